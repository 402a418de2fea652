import { beforeEach, describe, expect, it } from "vitest";
import { HealthKeeper } from "../../src/control/health-keeper.ts";
import { isOut } from "../../src/policy/ejection.ts";
import type { Evidence } from "../../src/policy/outcome.ts";
import { noOutcomes } from "../../src/policy/outlier.ts";
import { configOf, FIVE_FAILURES, Keeping, SECOND, START_MS, statsOf, VANTAGES } from "./keeping.ts";

let control: Keeping;
beforeEach(() => {
  control = new Keeping();
});

describe("an ejection for everybody", () => {
  it("waits until every edge had the time to contradict", () => {
    control.report("edge-1", "hk", statsOf(FIVE_FAILURES, control.nowMs));
    control.nowMs += 1499;
    control.evaluate();
    expect(isOut(control.of("hk").ejection)).toBe(false);
    control.nowMs += 1;
    control.evaluate();
    expect(control.of("hk").ejection).toMatchObject({ kind: "ejected", reason: "consecutive-failures" });
  });

  it("adds up what edges saw: five edges with one failure each", () => {
    for (let edge = 0; edge < 5; edge++) control.report(`edge-${edge}`, "hk", statsOf(["failure"], START_MS));
    control.nowMs += 2 * SECOND;
    control.evaluate();
    expect(isOut(control.of("hk").ejection)).toBe(true);
  });

  it("does not come while another edge succeeds there: then the path of the one is bad", () => {
    control.report("edge-1", "hk", statsOf(FIVE_FAILURES, control.nowMs));
    control.nowMs += SECOND;
    control.report("edge-2", "hk", statsOf(["success"], control.nowMs));
    control.nowMs += SECOND;
    control.evaluate();
    expect(isOut(control.of("hk").ejection)).toBe(false);
  });

  it("comes though another edge succeeded there before", () => {
    control.report("edge-2", "hk", statsOf(["success"], control.nowMs - 1));
    control.report("edge-1", "hk", statsOf(FIVE_FAILURES, control.nowMs));
    control.nowMs += 2 * SECOND;
    control.evaluate();
    expect(isOut(control.of("hk").ejection)).toBe(true);
  });

  it("by a rate looks at all edges together over the file's window", () => {
    control.config = configOf({ hk: 1, sg: 1 }, { ejection: { window: "60s", failure_rate: 30 } });
    const half: Evidence[] = ["failure", "success", "failure", "success", "failure", "success"];
    for (let edge = 0; edge < 10; edge++)
      control.report(`edge-${edge}`, "hk", statsOf(half, START_MS, 60_000));
    control.nowMs += 12 * SECOND;
    control.evaluate();
    expect(control.of("hk").ejection).toMatchObject({ kind: "ejected", reason: "failure-rate" });
  });

  it("does not come where the file switches it off", () => {
    control.config = configOf({ hk: 1, sg: 1 }, { ejection: { enabled: false } });
    control.report("edge-1", "hk", statsOf(FIVE_FAILURES, control.nowMs));
    control.nowMs += 2 * SECOND;
    control.evaluate();
    expect(isOut(control.of("hk").ejection)).toBe(false);
  });

  it("forgets edges that have fallen silent: what they saw last says nothing of now", () => {
    control.report("edge-1", "hk", statsOf(["failure", "failure", "failure", "failure"], control.nowMs));
    control.nowMs += 16 * SECOND;
    control.evaluate();
    control.report("edge-2", "hk", statsOf(["failure"], control.nowMs));
    control.nowMs += 2 * SECOND;
    control.evaluate();
    expect(isOut(control.of("hk").ejection)).toBe(false);
  });

  it("ignores what edges say of origins and pools that the configuration does not have", () => {
    const stats = statsOf(FIVE_FAILURES, control.nowMs);
    const tried = { successes: 0, failures: 0 };
    const reports = [
      { pool: "wallet", origin: "tyo", stats, tried },
      { pool: "cards", origin: "hk", stats, tried },
      { pool: "constructor", origin: "name", stats, tried },
    ];
    control.keeper.noteTraffic(control.config, "edge-1", reports, control.nowMs);
    control.nowMs += 2 * SECOND;
    control.evaluate();
    expect(Object.keys(control.published.wallet ?? {})).toEqual(["hk", "sg"]);
    expect(Object.keys(control.published)).toEqual(["wallet"]);
    expect(control.keeper.toKeep().ejections.map(([key]) => key)).toEqual(["wallet hk", "wallet sg"]);
  });
});

describe("the last origin of a pool", () => {
  const failAll = (...origins: string[]) => {
    for (const origin of origins) control.report("edge-1", origin, statsOf(FIVE_FAILURES, control.nowMs));
    control.nowMs += 2 * SECOND;
    control.evaluate();
    return origins.filter((origin) => isOut(control.of(origin).ejection));
  };

  it("is never ejected, not even when all fail at once", () => {
    expect(failAll("hk", "sg")).toHaveLength(1);
    control.config = configOf({ hk: 1 });
    control.keeper = new HealthKeeper();
    expect(failAll("hk")).toEqual([]);
  });

  it("is not ejected when probes have taken the others out", () => {
    for (const vantage of VANTAGES) control.probe("sg", vantage, false);
    expect(failAll("hk")).toEqual([]);
  });

  it("is not ejected when the others are drained, in maintenance or without weight", () => {
    control.out = new Set(["sg"]);
    expect(failAll("hk")).toEqual([]);
    control = new Keeping();
    control.config = configOf({ hk: 1, sg: 0 });
    expect(failAll("hk")).toEqual([]);
  });
});

describe("the end of an ejection", () => {
  it("is a trial after 30 s, and three good reads without a failure among them bring the origin back", () => {
    control.eject("hk");
    const stats = statsOf(FIVE_FAILURES, START_MS);
    control.nowMs += 30 * SECOND;
    control.evaluate();
    expect(control.of("hk").ejection.kind).toBe("trial");
    control.report("edge-1", "hk", stats, { successes: 2, failures: 0 });
    control.evaluate();
    expect(control.of("hk").ejection.kind).toBe("trial");
    control.report("edge-2", "hk", noOutcomes(), { successes: 1, failures: 0 });
    control.evaluate();
    expect(control.of("hk").ejection).toMatchObject({ kind: "none", times: 1 });
  });

  it("comes no earlier when a trial fails: it is out again, for longer", () => {
    control.eject("hk");
    control.nowMs += 30 * SECOND;
    control.evaluate();
    control.report("edge-1", "hk", noOutcomes(), { successes: 2, failures: 1 });
    control.evaluate();
    const { ejection } = control.of("hk");
    expect(ejection).toMatchObject({ kind: "ejected", times: 2 });
    // Twice 30 s, a tenth more or less.
    const lastsMs = ejection.kind === "ejected" ? ejection.endsAtMs - control.nowMs : 0;
    expect(Math.abs(lastsMs - 60 * SECOND)).toBeLessThanOrEqual(6 * SECOND);
  });

  it("takes the file's times", () => {
    control.config = configOf({ hk: 1, sg: 1 }, { ejection: { base: "20m", max: "2h" } });
    control.eject("hk");
    control.nowMs += 19 * 60 * SECOND;
    control.report("edge-1", "hk", noOutcomes(), { successes: 3, failures: 0 });
    control.evaluate();
    expect(control.of("hk").ejection.kind).toBe("ejected");
    control.nowMs += 60 * SECOND;
    control.report("edge-1", "hk", noOutcomes(), { successes: 0, failures: 1 });
    control.evaluate();
    expect(control.of("hk").ejection).toMatchObject({ kind: "ejected", times: 2 });
  });

  it("is the monitors' recovery when they had seen it fail too", () => {
    for (const vantage of VANTAGES) control.probe("hk", vantage, false);
    control.eject("hk");
    control.nowMs += 10 * SECOND;
    for (const vantage of VANTAGES) control.probe("hk", vantage, true);
    control.evaluate();
    expect(control.of("hk").ejection.kind).toBe("none");
  });

  it("is not the monitors' word when they always said healthy", () => {
    control.eject("hk");
    control.nowMs += 20 * SECOND;
    for (const vantage of VANTAGES) control.probe("hk", vantage, true);
    control.evaluate();
    expect(control.of("hk").ejection.kind).toBe("ejected");
  });

  it("is not undone by what failed before it", () => {
    control.eject("hk");
    const old = statsOf(FIVE_FAILURES, START_MS);
    control.nowMs += 30 * SECOND;
    control.evaluate();
    control.report("edge-1", "hk", old, { successes: 3, failures: 0 });
    control.evaluate();
    expect(control.of("hk").ejection.kind).toBe("none");
    control.nowMs += 11 * SECOND;
    control.evaluate();
    expect(control.of("hk").ejection.kind).toBe("none");
  });
});
