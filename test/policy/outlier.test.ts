import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Evidence } from "../../src/policy/outcome.ts";
import {
  CONTROL_THRESHOLDS,
  confirmedAfterMs,
  decideEjection,
  EDGE_THRESHOLDS,
  type LiveStats,
  mergeStats,
  noOutcomes,
  observeOutcome,
  wilsonLowerBound,
  windowTotals,
  witnessesOf,
} from "../../src/policy/outlier.ts";

const NOW_MS = 1_800_000_000_000;
/** `+` success, `-` failure, `.` neutral. */
const EVIDENCE: Record<string, Evidence> = { "+": "success", "-": "failure", ".": "neutral" };

const seen = (outcomes: string, startMs = NOW_MS, stepMs = 1): LiveStats => {
  const stats = noOutcomes();
  [...outcomes].forEach((outcome, index) => {
    observeOutcome(stats, EVIDENCE[outcome] ?? "neutral", startMs + index * stepMs);
  });
  return stats;
};
const decide = (stats: LiveStats, nowMs = NOW_MS) => decideEjection(stats, EDGE_THRESHOLDS, nowMs);
const eject = (reason: string) => ({ kind: "eject", reason });
const KEEP = { kind: "keep" };

describe("Wilson's lower bound", () => {
  // Newcombe, Statist. Med. 17 (1998) 857-872, table I, method 3, to four places.
  it.each([
    [81, 263, 0.2553],
    [15, 148, 0.0624],
    [0, 20, 0],
    [1, 29, 0.0061],
  ])("of %i in %i is %f", (hits, total, expected) => {
    expect(wilsonLowerBound(hits, total)).toBeCloseTo(expected, 4);
  });

  // With every trial a hit the bound is n / (n + z²).
  it.each([1, 5, 10, 20, 1000])("of %i in as many is n / (n + z²)", (total) => {
    expect(wilsonLowerBound(total, total)).toBeCloseTo(total / (total + 1.96 ** 2), 12);
  });

  it("is 0 without trials", () => {
    expect(wilsonLowerBound(0, 0)).toBe(0);
  });

  it("solves the score equation that defines it: (rate - p)² = z² p (1 - p) / n, with p below the rate", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (total, share) => {
          const hits = Math.round(share * total);
          const rate = hits / total;
          const bound = wilsonLowerBound(hits, total);
          expect(bound).toBeGreaterThanOrEqual(0);
          expect(bound).toBeLessThanOrEqual(rate);
          expect((rate - bound) ** 2).toBeCloseTo((1.96 ** 2 * bound * (1 - bound)) / total, 9);
        },
      ),
    );
  });
});

describe("consecutive failures", () => {
  it("eject at the fifth", () => {
    expect(decide(seen("----"))).toEqual(KEEP);
    expect(decide(seen("-----"))).toEqual(eject("consecutive-failures"));
  });

  it("start again after a success", () => {
    expect(decide(seen("----+----"))).toEqual(KEEP);
  });

  it("are neither broken nor made by what tells nothing", () => {
    expect(decide(seen("--.-.-..-"))).toEqual(eject("consecutive-failures"));
    expect(decide(seen("....................."))).toEqual(KEEP);
  });
});

describe("the failure rate", () => {
  const noStreaks = { ...EDGE_THRESHOLDS, consecutiveFailures: Number.POSITIVE_INFINITY };
  const outcomes = (failures: number, total: number) => "-".repeat(failures) + "+".repeat(total - failures);

  // Bounds: 14/20 → 0.481, 15/20 → 0.531, 59/100 → 0.492, 60/100 → 0.502, 530/1000 → 0.499, 531/1000 → 0.500.
  it.each([
    [14, 20, false],
    [15, 20, true],
    [59, 100, false],
    [60, 100, true],
    [530, 1000, false],
    [531, 1000, true],
  ])("of %i in %i ejects: %s", (failures, total, ejects) => {
    const stats = seen(outcomes(failures, total));
    expect(decideEjection(stats, noStreaks, NOW_MS + 1000).kind).toBe(ejects ? "eject" : "keep");
  });

  it("says nothing below the minimum volume", () => {
    expect(decideEjection(seen(outcomes(18, 19)), noStreaks, NOW_MS + 1000)).toEqual(KEEP);
    expect(decideEjection(seen(outcomes(19, 20)), noStreaks, NOW_MS + 1000)).toEqual(eject("failure-rate"));
  });

  it("forgets what is older than the window", () => {
    const stats = seen(outcomes(19, 20));
    expect(windowTotals(stats, NOW_MS + 9000)).toEqual({ successes: 1, failures: 19 });
    expect(windowTotals(stats, NOW_MS + 10_000)).toEqual({ successes: 0, failures: 0 });
  });

  it("is that of the outcomes in the ten latest seconds, whatever the pace and pauses", () => {
    const steps = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 4000 }), failed: fc.boolean() }), {
      maxLength: 100,
    });
    fc.assert(
      fc.property(steps, (given) => {
        const stats = noOutcomes();
        const log: { second: number; failed: boolean }[] = [];
        let nowMs = NOW_MS;
        for (const { afterMs, failed } of given) {
          nowMs += afterMs;
          observeOutcome(stats, failed ? "failure" : "success", nowMs);
          const second = Math.floor(nowMs / 1000);
          log.push({ second, failed });
          const inWindow = log.filter((each) => each.second > second - 10);
          const failures = inWindow.filter((each) => each.failed).length;
          expect(windowTotals(stats, nowMs)).toEqual({ successes: inWindow.length - failures, failures });
        }
      }),
    );
  });

  it("is that of a longer window where one is configured", () => {
    const stats = noOutcomes(60_000);
    for (let count = 0; count < 20; count++) observeOutcome(stats, "failure", NOW_MS + count);
    expect(windowTotals(stats, NOW_MS + 53_000).failures).toBe(20);
    expect(windowTotals(stats, NOW_MS + 66_000).failures).toBe(0);
  });

  it("leaves out a future that a clock jump took back", () => {
    const stats = seen(outcomes(20, 20), NOW_MS + 3_600_000);
    expect(windowTotals(stats, NOW_MS)).toEqual({ successes: 0, failures: 0 });
    observeOutcome(stats, "success", NOW_MS);
    expect(windowTotals(stats, NOW_MS)).toEqual({ successes: 1, failures: 0 });
  });
});

describe("no success in the last ten", () => {
  const thresholds = { ...EDGE_THRESHOLDS, consecutiveFailures: Number.POSITIVE_INFINITY };

  it("ejects where streaks are switched off, however long the ten took", () => {
    const slowly = seen("+----------", NOW_MS, 60_000);
    expect(decideEjection(slowly, thresholds, NOW_MS + 600_000)).toEqual(eject("no-success"));
  });

  it("does not with nine, or with one success among them", () => {
    expect(decideEjection(seen("---------"), thresholds, NOW_MS)).toEqual(KEEP);
    expect(decideEjection(seen("+---------"), thresholds, NOW_MS)).toEqual(KEEP);
  });
});

describe("a merge of several edges", () => {
  const control = (edges: readonly LiveStats[], nowMs: number) =>
    decideEjection(mergeStats(edges, nowMs), CONTROL_THRESHOLDS, nowMs);

  it("adds up windows: what no edge can prove, all together can", () => {
    const edges = Array.from({ length: 4 }, () => seen("-+-----"));
    for (const edge of edges) edge.consecutiveFailures = 0;
    expect(edges.map((edge) => decide(edge).kind)).toEqual(["keep", "keep", "keep", "keep"]);
    expect(windowTotals(mergeStats(edges, NOW_MS), NOW_MS)).toEqual({ successes: 4, failures: 24 });
    expect(control(edges, NOW_MS)).toEqual(eject("failure-rate"));
  });

  it("adds up streaks of a dead origin: two edges with three failures each, and nobody contradicts", () => {
    const edges = [seen("+++---"), seen("+---", NOW_MS + 2)];
    expect(control(edges, NOW_MS + 100)).toEqual(KEEP);
    expect(control(edges, NOW_MS + 2000)).toEqual(eject("consecutive-failures"));
  });

  it("counts a streak that begins in the millisecond of the edge's last success, as under load", () => {
    expect(control([seen("+-----", NOW_MS, 0)], NOW_MS + 2000)).toEqual(eject("consecutive-failures"));
  });

  it("counts a streak from the first failure of any edge", () => {
    const late = seen("---", NOW_MS + 1400);
    const merged = mergeStats([late, seen("----"), late], NOW_MS + 1500);
    expect(merged).toMatchObject({ consecutiveFailures: 10, failingSinceMs: NOW_MS });
    expect(mergeStats([seen("----"), late], NOW_MS + 1500).failingSinceMs).toBe(NOW_MS);
    expect(mergeStats([late], NOW_MS + 1500).failingSinceMs).toBe(NOW_MS + 1400);
  });

  it("has as many last outcomes as its edges have, up to ten", () => {
    expect(mergeStats([seen("--"), seen("+")], NOW_MS).lastCount).toBe(3);
    expect(mergeStats([seen("-------"), seen("-------")], NOW_MS).lastCount).toBe(10);
  });

  it("does not let one edge's streak take an origin out that others reach", () => {
    const attacked = seen("-----");
    const others = seen("+".repeat(30), NOW_MS, 50);
    expect(decide(attacked).kind).toBe("eject");
    expect(control([attacked, others], NOW_MS + 2000)).toEqual(KEEP);
  });

  it("finds no success where several edges sent too few each", () => {
    const edges = Array.from({ length: 5 }, (_, index) => seen("--", NOW_MS + index));
    const thresholds = { ...CONTROL_THRESHOLDS, consecutiveFailures: Number.POSITIVE_INFINITY };
    const merged = mergeStats(edges, NOW_MS + 2000);
    expect(decideEjection(merged, thresholds, NOW_MS + 2000)).toEqual(eject("no-success"));
    const withOneSuccess = mergeStats([...edges, seen("+")], NOW_MS + 2000);
    expect(decideEjection(withOneSuccess, thresholds, NOW_MS + 2000)).toEqual(KEEP);
  });

  it("does not count the last outcomes of an edge that fell asleep", () => {
    const asleep = seen("++++++++++", NOW_MS - 60_000);
    const merged = mergeStats([asleep, seen("----------")], NOW_MS + 2000);
    expect(merged.lastCount).toBe(10);
    expect(merged.lastBits).toBe(0);
  });

  it("leaves out edges that still count by another window", () => {
    const other = noOutcomes(60_000);
    for (let count = 0; count < 20; count++) observeOutcome(other, "failure", NOW_MS);
    expect(control([other], NOW_MS + 2000)).toEqual(KEEP);
    expect(
      decideEjection(mergeStats([other], NOW_MS + 2000, 60_000), CONTROL_THRESHOLDS, NOW_MS + 2000).kind,
    ).toBe("eject");
  });

  it("of none is empty", () => {
    expect(control([], NOW_MS)).toEqual(KEEP);
  });

  it("has the same window totals as one edge that saw everything, and survives storing as JSON", () => {
    const event = fc.record({
      edge: fc.nat(3),
      afterMs: fc.integer({ min: 0, max: 3000 }),
      failed: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        const edges = Array.from({ length: 4 }, noOutcomes);
        const all = noOutcomes();
        let nowMs = NOW_MS;
        for (const { edge, afterMs, failed } of events) {
          nowMs += afterMs;
          const evidence = failed ? "failure" : "success";
          const target = edges[edge];
          if (target !== undefined) observeOutcome(target, evidence, nowMs);
          observeOutcome(all, evidence, nowMs);
        }
        const stored: LiveStats[] = JSON.parse(JSON.stringify(edges));
        expect(windowTotals(mergeStats(stored, nowMs), nowMs)).toEqual(windowTotals(all, nowMs));
      }),
    );
  });
});

describe("how long a streak of all edges must have lasted", () => {
  const seen = (consecutiveFailures: number, failingSinceMs: number, lastSuccessAtMs = 0) => ({
    ...noOutcomes(),
    ...{ consecutiveFailures, failingSinceMs, lastSuccessAtMs, lastFailureAtMs: failingSinceMs },
  });

  it("is a second and a half where three edges agree, or where all report each second", () => {
    expect(confirmedAfterMs(CONTROL_THRESHOLDS, 3, 20_000)).toBe(1500);
    expect(confirmedAfterMs(CONTROL_THRESHOLDS, 1, 1000)).toBe(1500);
  });

  it("is longer than edges take to report where only one or two of thousands fail", () => {
    expect(confirmedAfterMs(CONTROL_THRESHOLDS, 2, 15_000)).toBe(22_500);
  });

  it("counts edges whose failures no edge's success contradicts", () => {
    const reports = [seen(2, 5000), seen(1, 7000), seen(3, 1000), seen(0, 0, 4000)];
    expect(witnessesOf(reports, mergeStats(reports, 8000))).toBe(2);
  });
});
