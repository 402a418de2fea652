import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  advance,
  type Bucket,
  type BucketShape,
  fullBucket,
  putBack,
  take,
  timeUntil,
  tokensPerMs,
  wholeTokens,
} from "../../src/policy/token-bucket.ts";

const START_MS = 1_700_000_000_000;
/** Sums of fractions. */
const ROUNDING = 1e-6;

/** A time in steps of 100 ms, a cost, and whether it is allowed. */
type Row = readonly [step: number, cost: number, isAllowed: boolean];

function expectRows(shape: BucketShape, rows: readonly Row[]) {
  let bucket = fullBucket(shape, START_MS);
  for (const [index, [step, cost, isAllowed]] of rows.entries()) {
    const taking = take(bucket, shape, cost, START_MS + step * 100);
    expect(taking.kind === "allowed", `row ${index}: t${step}, ${cost}`).toBe(isAllowed);
    bucket = taking.bucket;
  }
}

const perSecond = (capacity: number, refill: number): BucketShape => ({
  capacity,
  refill,
  intervalMs: 1000,
});

interface Step {
  readonly afterMs: number;
  readonly cost: number;
}

/** Takes one after another; what was allowed, with its time. */
function takeAll(shape: BucketShape, steps: readonly Step[]) {
  let bucket = fullBucket(shape, START_MS);
  let nowMs = START_MS;
  return steps.map(({ afterMs, cost }) => {
    nowMs += afterMs;
    const before = bucket;
    const taking = take(bucket, shape, cost, nowMs);
    bucket = taking.bucket;
    return { atMs: nowMs, cost, before, taking };
  });
}

const shapes = fc.record({
  capacity: fc.integer({ min: 1, max: 1000 }),
  refill: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 1000 }),
    fc.double({ min: 0.01, max: 50, noNaN: true }),
  ),
  intervalMs: fc.constantFrom(1000, 60_000, 3_600_000),
});
const steps = (maxCost = 50) =>
  fc.array(
    fc.record({ afterMs: fc.integer({ min: 0, max: 2000 }), cost: fc.integer({ min: 0, max: maxCost }) }),
    { maxLength: 60 },
  );

// golang.org/x/time/rate, rate_test.go: 10 a second.
describe("the token bucket, by the published table of golang.org/x/time/rate", () => {
  it("with a burst of 1", () => {
    expectRows(perSecond(1, 10), [
      [0, 1, true],
      [0, 1, false],
      [0, 1, false],
      [1, 1, true],
      [1, 1, false],
      [1, 1, false],
      [2, 2, false],
      [2, 1, true],
      [2, 1, false],
    ]);
  });

  it("with a burst of 3", () => {
    expectRows(perSecond(3, 10), [
      [0, 2, true],
      [0, 2, false],
      [0, 1, true],
      [0, 1, false],
      [1, 4, false],
      [2, 1, true],
      [3, 1, true],
      [4, 1, true],
      [4, 1, true],
      [4, 1, false],
      [4, 1, false],
      [9, 3, true],
      [9, 0, true],
    ]);
  });

  it("with a clock that goes back", () => {
    expectRows(perSecond(3, 10), [
      [1, 1, true],
      [0, 1, true],
      [0, 1, true],
      [0, 1, false],
      [0, 1, false],
      [1, 1, true],
      [1, 1, false],
      [1, 1, false],
      [2, 1, true],
      [2, 1, false],
      [2, 1, false],
    ]);
  });

  it("with a rate that no binary fraction meets, the first is allowed", () => {
    expectRows(perSecond(1, 0.7692307692307693), [[0, 1, true]]);
  });
});

describe("a full bucket", () => {
  it("holds its capacity, and never more, however long nobody comes", () => {
    const shape = perSecond(5, 100);
    expect(advance(fullBucket(shape, START_MS), shape, START_MS + 1e12).level).toBe(5);
  });

  it("takes nothing back beyond its capacity", () => {
    const shape = perSecond(5, 1);
    expect(putBack({ level: 4, atMs: START_MS }, shape, 3)).toEqual({ level: 5, atMs: START_MS });
  });

  it("that never refills pays for its capacity once", () => {
    const shape = perSecond(2, 0);
    expectRows(shape, [
      [0, 1, true],
      [1, 1, true],
      [1e9, 1, false],
    ]);
    expect(timeUntil(0, 1, shape)).toBeUndefined();
  });
});

describe("a bucket below zero, of tokens that are promised", () => {
  it("has no whole tokens, and tells the time until the first", () => {
    expect(wholeTokens(-3)).toBe(0);
    expect(timeUntil(-3, 1, perSecond(5, 10))).toBe(400);
  });
});

describe("the token bucket", () => {
  it("never lets more than capacity + rate × time through, in any window", () => {
    fc.assert(
      fc.property(shapes, steps(), (shape, given) => {
        const taken = takeAll(shape, given).filter(({ taking }) => taking.kind === "allowed");
        for (const [first, { atMs: fromMs }] of taken.entries()) {
          let sum = 0;
          for (const { atMs, cost } of taken.slice(first)) {
            sum += cost;
            const most = shape.capacity + ((atMs - fromMs) * shape.refill) / shape.intervalMs;
            expect(sum).toBeLessThanOrEqual(most + ROUNDING);
          }
        }
      }),
    );
  });

  it("charges nothing for a denial", () => {
    fc.assert(
      fc.property(shapes, steps(), (shape, given) => {
        for (const { atMs, before, taking } of takeAll(shape, given)) {
          if (taking.kind === "denied") expect(taking.bucket).toEqual(advance(before, shape, atMs));
        }
      }),
    );
  });

  it("keeps out nothing that it could pay for: a denied request has more than there was", () => {
    fc.assert(
      fc.property(shapes, steps(), (shape, given) => {
        for (const { cost, taking } of takeAll(shape, given)) {
          if (taking.kind === "denied") expect(taking.bucket.level).toBeLessThan(cost);
        }
      }),
    );
  });

  it("has as much left, whatever the order of costs that are all paid", () => {
    const orders = fc
      .array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 20 })
      .chain((costs) =>
        fc.tuple(fc.constant(costs), fc.shuffledSubarray(costs, { minLength: costs.length })),
      );
    fc.assert(
      fc.property(orders, ([costs, shuffled]) => {
        const shape = perSecond(400, 10);
        const leftOf = (order: readonly number[]) =>
          takeAll(
            shape,
            order.map((cost) => ({ afterMs: 0, cost })),
          ).at(-1)?.taking.bucket;
        expect(leftOf(shuffled)).toEqual(leftOf(costs));
      }),
    );
  });

  it("lets a small request pass after a large one was denied", () => {
    expectRows(perSecond(10, 0), [
      [0, 6, true],
      [0, 5, false],
      [0, 4, true],
    ]);
  });

  it("tells exactly when: a whole millisecond before it is denied, at the next one allowed", () => {
    fc.assert(
      fc.property(shapes, steps(), (shape, given) => {
        for (const { atMs, cost, taking } of takeAll(shape, given)) {
          if (taking.kind === "allowed" || taking.retryAfterMs === undefined) continue;
          const { bucket } = taking;
          // What is missing by less than a billionth is there.
          const leastMs = taking.retryAfterMs - 1e-9 / tokensPerMs(shape);
          expect(take(bucket, shape, cost, atMs + Math.ceil(leastMs) - 1).kind).toBe("denied");
          expect(take(bucket, shape, cost, atMs + Math.ceil(taking.retryAfterMs)).kind).toBe("allowed");
        }
      }),
    );
  });

  it("says never for what is above its capacity, however long one waits", () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 100 }), (shape, above) => {
        const taking = take(fullBucket(shape, START_MS), shape, shape.capacity + above, START_MS + 1e11);
        expect(taking).toMatchObject({ kind: "denied", retryAfterMs: undefined });
      }),
    );
  });

  it("gains as much in many steps as in one", () => {
    fc.assert(
      fc.property(shapes, fc.array(fc.nat(500), { maxLength: 50 }), (shape, gaps) => {
        const empty: Bucket = { level: 0, atMs: START_MS };
        let bucket = empty;
        for (const gap of gaps) bucket = advance(bucket, shape, bucket.atMs + gap);
        expect(bucket.level).toBeCloseTo(advance(empty, shape, bucket.atMs).level, 6);
      }),
    );
  });

  it.each([
    [0.7692307692307693, 1, 1000],
    [1 / 3, 2, 1000],
    [0.1, 1, 1000],
    [7, 3, 60_000],
    [1000 / 7, 10, 1000],
    [33.3, 5, 1000],
  ])(
    "with %d tokens and a burst of %d an interval of %d ms, hammered for hours: all of it and no more",
    (refill, capacity, intervalMs) => {
      const shape = { capacity, refill, intervalMs };
      const everyMs = Math.min(500, intervalMs / refill / 10);
      let bucket = fullBucket(shape, START_MS);
      let allowed = 0;
      const rounds = 100_000;
      for (let round = 1; round <= rounds; round++) {
        const taking = take(bucket, shape, 1, START_MS + round * everyMs);
        bucket = taking.bucket;
        if (taking.kind === "allowed") allowed += 1;
      }
      const most = capacity + (rounds * everyMs * refill) / intervalMs;
      expect(allowed).toBeLessThanOrEqual(most + ROUNDING);
      expect(allowed).toBeGreaterThanOrEqual(0.999 * most - 1);
    },
  );
});
