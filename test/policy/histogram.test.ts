import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BOUNDS_SECONDS, BUCKET_LABELS, bucketOf, quantileMs } from "../../src/policy/histogram.ts";

const counted = (durationsMs: readonly number[]) => {
  const counts = BUCKET_LABELS.map(() => 0);
  for (const durationMs of durationsMs)
    counts[bucketOf(durationMs)] = (counts[bucketOf(durationMs)] ?? 0) + 1;
  return counts;
};

describe("a histogram of durations", () => {
  it("counts a duration in the first bucket whose bound it does not pass", () => {
    expect([0, 5, 5.001, 10, 10_000, 10_001].map(bucketOf)).toEqual([0, 0, 1, 1, 13, 14]);
  });

  it("tells a quantile that lies in the bucket of the true one", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 9_999, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (durationsMs, share) => {
          const sorted = durationsMs.toSorted((a, b) => a - b);
          const bucket = bucketOf(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
          const found = quantileMs(counted(durationsMs), share) ?? Number.NaN;
          const lower = bucket === 0 ? 0 : (BOUNDS_SECONDS[bucket - 1] ?? 0) * 1000;
          expect(found).toBeGreaterThanOrEqual(lower - 1e-6);
          expect(found).toBeLessThanOrEqual((BOUNDS_SECONDS[bucket] ?? 0) * 1000 + 1e-6);
        },
      ),
    );
  });

  it("knows nothing of nobody, and says the last bound of what has none", () => {
    expect(quantileMs(counted([]), 0.5)).toBeUndefined();
    expect(quantileMs(counted([60_000]), 0.5)).toBe(10_000);
  });
});
