import { describe, expect, it } from "vitest";
import { bucketOf } from "../../src/policy/crowd-curve.ts";
import type { Line } from "../../src/policy/line.ts";
import { mustTellArrivals, needsMerge } from "../../src/policy/merging.ts";
import type { LocalArrivals } from "../../src/policy/position.ts";
import { applyReport, crowdOf, newPresence } from "../../src/policy/presence.ts";

const NOW = 1_800_000_000_000;
const STEADY = { steadySinceMs: NOW - 60_000, mergeInMs: 100 };

/** People who came evenly in the three seconds before the line was drawn, and as many before as make the total. */
function line(total: number, lately: number, edges = 8): Line {
  const start = bucketOf(NOW - 100_000);
  return {
    ...{ atMs: NOW, edges, unreportedMs: edges * 100, completeMs: NOW - 100 },
    buckets: [start, start + 1, bucketOf(NOW - 3000), bucketOf(NOW)],
    before: [0, total - lately, total - lately, total],
  };
}

const NOBODY_HERE: LocalArrivals = { arrivals: [], reportedUntilMs: NOW, edges: 1 };
const needs = (of: Line, meeting = STEADY, local = NOBODY_HERE) =>
  needsMerge(of, NOW + 50, local, meeting, NOW + 50);

describe("a new place", () => {
  it("waits for a merge while a hundredth of it is unknown, and in a short line", () => {
    expect(needs(line(2000, 2000))).toBe(true);
    expect(needs(line(150, 0))).toBe(true);
  });

  it("is told at once in a long line to which few come", () => {
    expect(needs(line(10_000, 30))).toBe(false);
    expect(needs(line(100_000, 1500))).toBe(false);
  });

  it("is told at once where one edge alone is at work, but not before it knows that", () => {
    expect(needs(line(2000, 2000, 1))).toBe(false);
    expect(needs(line(2000, 2000, 1), { ...STEADY, steadySinceMs: NOW - 500 })).toBe(true);
  });

  it("is told at once where so many edges exchange that a merge would take long", () => {
    expect(needs(line(2000, 2000), { ...STEADY, mergeInMs: 600 })).toBe(false);
  });

  it("is told at once when all who came before it are in the line already", () => {
    expect(needsMerge(line(2000, 2000), NOW - 101, NOBODY_HERE, STEADY, NOW)).toBe(false);
  });
});

describe("arrivals at an edge", () => {
  it("are told soon when they are more than its part of a quarter of a percent", () => {
    expect(mustTellArrivals(1, line(0, 0))).toBe(true);
    expect(mustTellArrivals(0, line(0, 0))).toBe(false);
    expect([mustTellArrivals(3, line(10_000, 0)), mustTellArrivals(4, line(10_000, 0))]).toEqual([
      false,
      true,
    ]);
  });
});

describe("a time up to which all arrivals are known", () => {
  const known = (untils: readonly (readonly [edge: string, untilMs: number])[], nowMs: number) => {
    const presence = newPresence();
    for (const [edge, untilMs] of untils)
      applyReport(presence, { edge, seq: 1, untilMs, moves: [] }, untilMs);
    return crowdOf(presence, nowMs).completeMs - nowMs;
  };

  it("is that of the edge that told least lately", () => {
    expect(
      known(
        [
          ["a", NOW - 70],
          ["b", NOW - 180],
        ],
        NOW,
      ),
    ).toBe(-180);
  });

  it("waits longer for an edge that had arrivals lately", () => {
    const presence = newPresence();
    const moves = [{ bucket: bucketOf(NOW), from: 0, to: NOW / 1000 + 60, count: 1 }];
    applyReport(presence, { edge: "a", seq: 1, untilMs: NOW, moves }, NOW);
    expect(crowdOf(presence, NOW + 1000).completeMs).toBe(NOW);
    expect(crowdOf(presence, NOW + 4000).completeMs).toBe(NOW + 1000);
    applyReport(presence, { edge: "a", seq: 2, untilMs: NOW + 4000, moves: [] }, NOW + 4000);
    expect(crowdOf(presence, NOW + 5000).completeMs).toBe(NOW + 4700);
  });

  it("waits longer for an edge that had none where reports take long, or many edges take turns", () => {
    const presence = newPresence();
    applyReport(presence, { edge: "a", seq: 1, untilMs: NOW, moves: [] }, NOW);
    applyReport(presence, { edge: "b", seq: 1, untilMs: NOW + 600, moves: [] }, NOW + 1000);
    // One exchange there and back, its own way, and the pace.
    expect(crowdOf(presence, NOW + 2000).completeMs).toBe(NOW + 2000 - 3 * 400 - 100);
    const many = newPresence();
    for (let edge = 0; edge < 120; edge += 1) {
      applyReport(many, { edge: `${edge}`, seq: 1, untilMs: NOW, moves: [] }, NOW);
    }
    expect(crowdOf(many, NOW + 2000).completeMs).toBe(NOW + 2000 - 3 * 400);
  });

  it("passes an edge that had nothing to tell, and waits for what is on its way", () => {
    expect(
      known(
        [
          ["a", NOW],
          ["b", NOW - 2000],
        ],
        NOW,
      ),
    ).toBe(-300);
    expect(known([["a", NOW]], NOW)).toBe(-50);
    expect(known([], NOW)).toBe(-50);
  });
});
