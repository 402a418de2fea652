import { beforeEach, describe, expect, it } from "vitest";
import type { EdgeReport, PoolsHealth } from "../../src/config/health-report.ts";
import type { Config } from "../../src/config/load.ts";
import { HealthKeeper, type KeptHealth } from "../../src/control/health-keeper.ts";
import { isOut } from "../../src/policy/ejection.ts";
import type { Evidence } from "../../src/policy/outcome.ts";
import { type LiveStats, noOutcomes, observeOutcome } from "../../src/policy/outlier.ts";
import type { ReportedCapacity } from "../../src/policy/probe-health.ts";
import type { TomlTable } from "../support/toml.ts";
import { snapshotWith } from "./pools.ts";

const START_MS = 1_700_000_000_000;
const SECOND = 1000;
const NOBODY_OUT = () => false;
const HEALTH = { interval: "5s", timeout: "2s", vantages: ["weur", "apac", "enam"] };
const VANTAGES: readonly string[] = HEALTH.vantages;

const configOf = (origins: Record<string, number> = { hk: 1, sg: 1 }, pool: TomlTable = { health: HEALTH }) =>
  snapshotWith({ origins, pool }).config;

/** A keeper with its clock, as Control has it: what it is told to keep when something changed is kept. */
class Keeping {
  config: Config = configOf();
  nowMs = START_MS;
  keeper = new HealthKeeper();
  kept: KeptHealth = { votes: [], ejections: [] };
  isOutOtherwise: (pool: string, origin: string) => boolean = NOBODY_OUT;

  evaluate(isUrgent = true): boolean {
    const changed = this.keeper.evaluate(this.config, this.nowMs, () => 0.5, this.isOutOtherwise, isUrgent);
    if (changed) this.kept = structuredClone(this.keeper.toKeep());
    return changed;
  }

  get published(): PoolsHealth {
    return this.keeper.published;
  }

  of(origin: string) {
    const health = this.published.wallet?.[origin];
    if (health === undefined) throw new Error(`nothing is known of ${origin}`);
    return health;
  }

  probe(origin: string, vantage: string, healthy: boolean, capacity?: ReportedCapacity): void {
    const record = {
      atMs: this.nowMs,
      passed: healthy,
      status: healthy ? 200 : 0,
      reason: healthy ? "ok" : "timed-out",
      durationMs: 5,
    };
    this.keeper.noteProbe({ pool: "wallet", vantage, origin, healthy, capacity, record });
  }

  report(edge: string, origin: string, stats: LiveStats, tried = { successes: 0, failures: 0 }): void {
    const reports: EdgeReport[] = [{ pool: "wallet", origin, stats: structuredClone(stats), tried }];
    this.keeper.noteTraffic(this.config, edge, reports, this.nowMs);
  }

  /** The object is evicted and starts again from what it kept. */
  restart(): void {
    this.keeper = new HealthKeeper();
    this.keeper.restore(structuredClone(this.kept), this.nowMs);
  }
}

function statsOf(outcomes: readonly Evidence[], atMs: number, windowMs?: number): LiveStats {
  const stats = noOutcomes(windowMs);
  for (const outcome of outcomes) observeOutcome(stats, outcome, atMs);
  return stats;
}
const FIVE_FAILURES: readonly Evidence[] = new Array<Evidence>(5).fill("failure");

let control: Keeping;
beforeEach(() => {
  control = new Keeping();
});

/** Ejects an origin: one edge's failures, confirmed. */
function eject(origin: string): void {
  control.report("edge-1", origin, statsOf(FIVE_FAILURES, control.nowMs));
  control.nowMs += 2 * SECOND;
  control.evaluate();
  expect(isOut(control.of(origin).ejection)).toBe(true);
}

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
    control.isOutOtherwise = (_, origin) => origin === "sg";
    expect(failAll("hk")).toEqual([]);
    control = new Keeping();
    control.config = configOf({ hk: 1, sg: 0 });
    expect(failAll("hk")).toEqual([]);
  });
});

describe("the end of an ejection", () => {
  it("is a trial after 30 s, and three good reads without a failure among them bring the origin back", () => {
    eject("hk");
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
    eject("hk");
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
    eject("hk");
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
    eject("hk");
    control.nowMs += 10 * SECOND;
    for (const vantage of VANTAGES) control.probe("hk", vantage, true);
    control.evaluate();
    expect(control.of("hk").ejection.kind).toBe("none");
  });

  it("is not the monitors' word when they always said healthy", () => {
    eject("hk");
    control.nowMs += 20 * SECOND;
    for (const vantage of VANTAGES) control.probe("hk", vantage, true);
    control.evaluate();
    expect(control.of("hk").ejection.kind).toBe("ejected");
  });

  it("is not undone by what failed before it", () => {
    eject("hk");
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
    eject("hk");
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
    eject("hk");
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
    eject("hk");
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
