import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUCKET_MS, bucketOf, type CrowdCurve, peopleBefore, totalOf } from "../../src/policy/crowd-curve.ts";
import {
  type Line,
  lineFromNumbers,
  lineToNumbers,
  MAX_POINTS,
  publishLine,
  SETTLE_MS,
} from "../../src/policy/line.ts";
import { positionOf } from "../../src/policy/position.ts";

const NOW = 1_800_000_000_000;
const B = bucketOf(NOW);

/** People in buckets from `start` on. */
function curve(counts: readonly number[], start = B - counts.length): CrowdCurve {
  const buckets = [start];
  const before = [0];
  for (const [index, count] of counts.entries()) {
    buckets.push(start + index + 1);
    before.push((before.at(-1) ?? 0) + count);
  }
  return { buckets, before };
}

const publish = (previous: Line | undefined, of: CrowdCurve, atMs = NOW): Line =>
  publishLine(previous, { curve: of, edges: 1, unreportedMs: 0, completeMs: atMs }, atMs);

const counts = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 400 })), {
  minLength: 1,
  maxLength: 200,
});

describe("a published line", () => {
  it("is exact for the first four hundred and at the end, and a quarter of a percent off elsewhere", () => {
    fc.assert(
      fc.property(counts, (people) => {
        const truth = curve(people);
        const line = publish(undefined, truth);
        expect(totalOf(line)).toBe(totalOf(truth));
        for (const [index, bucket] of truth.buckets.entries()) {
          const exact = truth.before[index] ?? 0;
          const told = peopleBefore(line, bucket);
          expect(told).toBeLessThanOrEqual(exact + 1e-3);
          expect(told).toBeGreaterThanOrEqual(exact * 0.9975 - 1e-3);
          if (exact < 400) expect(exact - told).toBeLessThan(1);
        }
      }),
    );
  });

  it("never grows for a time that had settled, whoever comes back, comes late or leaves", () => {
    fc.assert(
      fc.property(fc.array(counts, { minLength: 2, maxLength: 12 }), (history) => {
        let line: Line | undefined;
        const start = B - 200;
        for (const [index, people] of history.entries()) {
          const atMs = NOW + index * 1000;
          const next = publish(line, curve(people, start + index * 15), atMs);
          expect(totalOf(next)).toBe(people.reduce((a, b) => a + b, 0));
          for (let i = 1; i < next.before.length; i += 1) {
            expect(next.before[i]).toBeGreaterThanOrEqual(next.before[i - 1] ?? 0);
          }
          if (line !== undefined) {
            const end = Math.min(bucketOf(line.atMs - SETTLE_MS), start + 500);
            for (let bucket = start; bucket <= end; bucket += 0.5) {
              expect(peopleBefore(next, bucket)).toBeLessThanOrEqual(peopleBefore(line, bucket) + 1e-6);
            }
          }
          line = lineFromNumbers(JSON.parse(JSON.stringify(lineToNumbers(next))));
          expect(line).toEqual(next);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("stays as it is while nothing happens, and does not sink by its own tolerance", () => {
    const truth = curve(Array.from({ length: 6000 }, (_, i) => ((i * 7919) % 97) + (i % 3)));
    let line = publish(undefined, truth);
    const first = line;
    for (let second = 1; second <= 60; second += 1) line = publish(line, truth, NOW + second * 1000);
    for (const bucket of truth.buckets) {
      expect(peopleBefore(line, bucket)).toBeGreaterThanOrEqual(peopleBefore(first, bucket) * 0.9975 - 1);
    }
  });

  it("has at most 1,500 points for a million people, also in a jagged crowd", () => {
    const next = seeded(3);
    for (const kind of ["smooth", "random", "bursts"] as const) {
      const people = Array.from({ length: 72_000 }, () => {
        if (kind === "smooth") return 14;
        if (kind === "random") return Math.floor(next() * 28);
        return next() < 0.01 ? 1400 : 0;
      });
      const truth = curve(people);
      const line = publish(undefined, truth);
      const changed = curve(
        people.map((count, i) => (i < 3000 ? 0 : Math.max(0, count - (next() < 0.01 ? 1 : 0)))),
      );
      const started = performance.now();
      const later = publish(line, changed, NOW + 1000);
      const ms = performance.now() - started;
      let worst = 0;
      for (const [index, bucket] of changed.buckets.entries()) {
        const exact = changed.before[index] ?? 0;
        if (exact >= 400) worst = Math.max(worst, (exact - peopleBefore(later, bucket)) / exact);
      }
      expect(later.buckets.length).toBeLessThanOrEqual(MAX_POINTS);
      expect(worst).toBeLessThan(0.005);
      const json = JSON.stringify(lineToNumbers(later)).length;
      if (process.env.TIDEGATE_FIGURES !== undefined) {
        console.log({ kind, points: later.buckets.length, json, ms, worst });
      }
    }
  });
});

describe("a position", () => {
  const line = publish(undefined, curve([10, 0, 4], B - 3), NOW);
  const local = (arrivals: { bucket: number; count: number }[]) => ({
    arrivals,
    reportedUntilMs: NOW,
    edges: 1,
  });

  it("is one more than all who came before, when a ticket is issued in a single edge", () => {
    const known = local([
      { bucket: B, count: 3 },
      { bucket: B + 1, count: 2 },
    ]);
    expect(positionOf(line, { t: NOW + 1.2 * BUCKET_MS, p: 0 }, known)).toEqual({ position: 20, ahead: 19 });
    expect(positionOf(line, { t: NOW + 0.4 * BUCKET_MS, p: 0 }, known)).toEqual({ position: 18, ahead: 17 });
  });

  it("goes by the fraction of a bucket later, and never above what was told", () => {
    expect(positionOf(line, { t: NOW - 2.5 * BUCKET_MS, p: 99 }, local([]))).toEqual({
      position: 6,
      ahead: 5,
    });
    expect(positionOf(line, { t: NOW - 2.5 * BUCKET_MS, p: 4 }, local([]))).toEqual({
      position: 4,
      ahead: 3,
    });
  });

  it("is at least one", () => {
    expect(positionOf(line, { t: NOW - 5000, p: 0 }, local([]))).toEqual({ position: 1, ahead: 0 });
    const empty = publish(undefined, { buckets: [], before: [] }, NOW);
    expect(positionOf(empty, { t: NOW + 10, p: 0 }, local([]))).toEqual({ position: 1, ahead: 0 });
  });

  it("never grows, whatever lines an edge gets", () => {
    fc.assert(
      fc.property(fc.array(counts, { minLength: 1, maxLength: 8 }), fc.nat(10_000), (history, age) => {
        let p = 0;
        for (const people of history) {
          const { position, ahead } = positionOf(
            publish(undefined, curve(people)),
            { t: NOW - age, p },
            local([]),
          );
          expect(position).toBeGreaterThanOrEqual(1);
          expect(ahead).toBe(position - 1);
          if (p > 0) expect(position).toBeLessThanOrEqual(p);
          p = position;
        }
      }),
    );
  });
});

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}
