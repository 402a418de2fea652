import { beforeEach, describe, expect, it } from "vitest";
import { noOutcomes } from "../../src/policy/outlier.ts";
import { configOf, HEALTH, Keeping, SECOND, VANTAGES } from "./keeping.ts";

let control: Keeping;
beforeEach(() => {
  control = new Keeping();
});

describe("the vantages' votes", () => {
  it.each([
    [[true, true, true], "healthy"],
    [[false, true, true], "healthy"],
    [[false, false, true], "unhealthy"],
    [[false, false, false], "unhealthy"],
    [[false, true], "healthy"],
    [[false], "unhealthy"],
    [[], "unknown"],
  ])("%j make an origin %s", (votes, expected) => {
    votes.forEach((healthy, index) => {
      control.probe("hk", VANTAGES[index] ?? "", healthy);
    });
    control.evaluate();
    expect(control.of("hk").probes).toBe(expected);
    expect(control.of("sg").probes).toBe("unknown");
  });

  it("may take out any number of origins, all of them too", () => {
    for (const origin of ["hk", "sg"]) for (const vantage of VANTAGES) control.probe(origin, vantage, false);
    control.evaluate();
    expect([control.of("hk").probes, control.of("sg").probes]).toEqual(["unhealthy", "unhealthy"]);
  });

  it("lapse when the monitors have stopped, which makes nobody unhealthy", () => {
    for (const vantage of VANTAGES) control.probe("hk", vantage, false);
    control.evaluate();
    // Three intervals of 5 s and the time of one probe, 2 s.
    control.nowMs += 17 * SECOND;
    expect(control.evaluate()).toBe(false);
    expect(control.of("hk").probes).toBe("unhealthy");
    control.nowMs += 1;
    expect(control.evaluate()).toBe(true);
    expect(control.of("hk").probes).toBe("unknown");
  });

  it("lapse one by one: the vantages that go on decide", () => {
    for (const vantage of VANTAGES) control.probe("hk", vantage, false);
    control.nowMs += 18 * SECOND;
    control.probe("hk", "weur", true);
    control.evaluate();
    expect(control.of("hk").probes).toBe("healthy");
  });

  it("of an origin's capacity: the newest word counts, from whichever vantage", () => {
    control.probe("hk", "weur", true, { kind: "percent", percent: 10 });
    control.nowMs += SECOND;
    control.probe("hk", "apac", true, { kind: "percent", percent: 60 });
    control.evaluate();
    expect(control.of("hk").capacity).toEqual({ kind: "percent", percent: 60 });
    control.nowMs += SECOND;
    control.probe("hk", "enam", true);
    control.evaluate();
    expect(control.of("hk").capacity).toBeUndefined();
  });
});

describe("what is published", () => {
  it("is a new value when, and only when, something changed", () => {
    control.evaluate();
    const first = control.published;
    control.nowMs += SECOND;
    for (const vantage of VANTAGES) control.probe("hk", vantage, true);
    expect(control.evaluate()).toBe(true);
    const second = control.published;
    expect(second).not.toBe(first);
    for (let round = 0; round < 20; round++) {
      control.nowMs += 5 * SECOND;
      for (const vantage of VANTAGES) control.probe("hk", vantage, true);
      expect(control.evaluate()).toBe(false);
      expect(control.published).toBe(second);
    }
  });

  it("does not change with the clock of clean intervals", () => {
    control.eject("hk");
    control.nowMs += 30 * SECOND;
    control.evaluate();
    control.report("edge-1", "hk", noOutcomes(), { successes: 3, failures: 0 });
    control.evaluate();
    control.nowMs += 20 * SECOND;
    expect(control.evaluate()).toBe(false);
    control.nowMs += 11 * SECOND;
    expect(control.evaluate()).toBe(true);
    expect(control.of("hk").ejection).toMatchObject({ kind: "none", times: 0 });
  });

  it("is worked out at most every 200 ms, but at once when it is urgent", () => {
    control.evaluate();
    for (const vantage of VANTAGES) control.probe("hk", vantage, false);
    control.nowMs += 199;
    expect(control.evaluate(false)).toBe(false);
    expect(control.evaluate(true)).toBe(true);
    for (const vantage of VANTAGES) control.probe("hk", vantage, true);
    control.nowMs += 200;
    expect(control.evaluate(false)).toBe(true);
  });
});

describe("after a restart", () => {
  it("an ejection is the same, with its end and its count", () => {
    control.eject("hk");
    const before = control.of("hk").ejection;
    control.restart();
    control.nowMs += SECOND;
    control.evaluate();
    expect(control.of("hk").ejection).toEqual(before);
  });

  it("an origin that is unhealthy stays so, however long it has been", () => {
    for (let round = 0; round < 60; round++) {
      for (const vantage of VANTAGES) control.probe("hk", vantage, false);
      control.evaluate();
      control.nowMs += 5 * SECOND;
    }
    expect(control.of("hk").probes).toBe("unhealthy");
    control.restart();
    control.evaluate();
    expect(control.of("hk").probes).toBe("unhealthy");
  });

  it("what was unhealthy is unknown when the monitors have stopped meanwhile", () => {
    for (const vantage of VANTAGES) control.probe("hk", vantage, false);
    control.evaluate();
    control.restart();
    control.nowMs += 60 * SECOND;
    control.evaluate();
    control.nowMs += 18 * SECOND;
    control.evaluate();
    expect(control.of("hk").probes).toBe("unknown");
  });
});

describe("what leaves the configuration", () => {
  it("is forgotten: an origin's votes and ejection", () => {
    for (const vantage of VANTAGES) control.probe("hk", vantage, false);
    control.eject("hk");
    const both = control.config;
    control.config = configOf({ sg: 1, fra: 1 });
    control.evaluate();
    expect(Object.keys(control.published.wallet ?? {})).toEqual(["sg", "fra"]);
    control.config = both;
    control.evaluate();
    expect(control.of("hk")).toMatchObject({ probes: "unknown", ejection: { kind: "none", times: 0 } });
  });

  it("is forgotten: a vantage's votes", () => {
    for (const vantage of VANTAGES) control.probe("hk", vantage, false);
    control.config = configOf({ hk: 1, sg: 1 }, { health: { ...HEALTH, vantages: ["weur"] } });
    control.probe("hk", "weur", true);
    control.evaluate();
    expect([...control.keeper.votesOf("wallet", "hk").keys()]).toEqual(["weur"]);
    expect(control.of("hk").probes).toBe("healthy");
  });

  it("is forgotten: all votes, when nobody probes the pool any more", () => {
    for (const vantage of VANTAGES) control.probe("hk", vantage, false);
    control.config = configOf({ hk: 1, sg: 1 }, {});
    control.nowMs += 1;
    control.evaluate();
    expect(control.of("hk").probes).toBe("unknown");
  });
});
