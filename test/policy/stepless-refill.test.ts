import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { COMMON_SCALE, fillMs, MAX_UNITS, steplessRefill } from "../../src/policy/stepless-refill.ts";
import type { BucketShape } from "../../src/policy/token-bucket.ts";

const shape = (capacity: number, refill: number, intervalMs: number): BucketShape => ({
  capacity,
  refill,
  intervalMs,
});

/** All that a configuration may say. */
const anyShape = fc.record({
  capacity: fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 1_000_000_000 })),
  refill: fc.oneof(
    fc.integer({ min: 1, max: 1000 }),
    fc.integer({ min: 1, max: 1_000_000_000 }),
    fc.integer({ min: 1, max: 100_000 }).map((thousandths) => thousandths / 1000),
    fc.double({ min: 1e-9, max: 1e9, noNaN: true, noDefaultInfinity: true }),
  ),
  intervalMs: fc.oneof(
    fc.constantFrom(10, 250, 1000, 7000, 60_000, 3_600_000, 86_400_000),
    fc.integer({ min: 10, max: 86_400_000 }),
  ),
});

describe("a stepless refill", () => {
  it.each([
    // capacity, refill, interval -> scale, step, units a step
    [60, 20, 1000, COMMON_SCALE, 1, 72_000],
    [60, 0.5, 1000, COMMON_SCALE, 1, 1800],
    [1000, 1000, 86_400_000, COMMON_SCALE, 3, 125],
    [100, 100, 3_600_000, COMMON_SCALE, 1, 100],
    // Seven seconds divide no hour: tokens are cut by the interval itself.
    [5, 20, 7000, 350, 1, 1],
    [5, 1, 1009, 1009, 1, 1],
    // More than fits into doubles by the common scale.
    [1_000_000_000, 1_000_000_000, 1000, 1, 1, 1_000_000],
  ])("of %i, %f in %i ms", (capacity, refill, intervalMs, scale, stepMs, unitsPerStep) => {
    expect(steplessRefill(shape(capacity, refill, intervalMs))).toEqual({
      ...{ scale, stepMs, unitsPerStep },
      capacityUnits: capacity * scale,
    });
  });

  it("is made of whole numbers that doubles and Lua hold exactly", () => {
    fc.assert(
      fc.property(anyShape, (any) => {
        const { scale, capacityUnits, stepMs, unitsPerStep } = steplessRefill(any);
        for (const value of [scale, stepMs, unitsPerStep]) {
          expect(Number.isSafeInteger(value)).toBe(true);
          expect(value).toBeGreaterThan(0);
        }
        expect(capacityUnits).toBe(any.capacity * scale);
        expect(capacityUnits).toBeLessThanOrEqual(MAX_UNITS);
        expect(unitsPerStep).toBeLessThanOrEqual(capacityUnits);
        // Redis 7 writes a script's numbers with `%.17g`, and takes no exponent.
        expect(fillMs({ scale, capacityUnits, stepMs, unitsPerStep })).toBeLessThan(1e17);
      }),
      { numRuns: 5000 },
    );
  });

  it("brings the rate that was asked for: exactly for decimals, never more, 0.01 % less at most", () => {
    fc.assert(
      fc.property(anyShape, (any) => {
        const { scale, stepMs, unitsPerStep, capacityUnits } = steplessRefill(any);
        // Full in a single step; or so slow that nobody knows.
        if (unitsPerStep === capacityUnits || any.capacity / (any.refill / any.intervalMs) > 8e16) return;
        const rate = (any.refill / any.intervalMs) * scale * stepMs;
        expect(unitsPerStep / rate).toBeLessThanOrEqual(1 + 1e-12);
        expect(unitsPerStep / rate).toBeGreaterThanOrEqual(1 - 1.0001e-4);
      }),
      { numRuns: 5000 },
    );
  });

  it("steps once in a millisecond for usual limits, or by less than a thousandth of a token", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 10, max: 3_600_000 }),
        (capacity, refill, intervalMs) => {
          const { scale, stepMs, unitsPerStep } = steplessRefill(shape(capacity, refill, intervalMs));
          expect(stepMs === 1 || unitsPerStep / scale <= 1 / 1000).toBe(true);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it("of nothing is a step that nobody lives to see", () => {
    const { capacityUnits, stepMs, unitsPerStep } = steplessRefill(shape(50, 0, 1000));
    expect(unitsPerStep).toBe(capacityUnits);
    expect(stepMs).toBeGreaterThan(90 * 365 * 86_400_000);
    expect(Number.isSafeInteger(stepMs)).toBe(true);
  });
});
