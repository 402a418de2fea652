import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Ask } from "../../src/policy/lending.ts";
import {
  type BucketPlan,
  forgetBucket,
  noteBucket,
  planBucket,
  type SeenBucket,
  unseenBucket,
} from "../../src/policy/seen-bucket.ts";

const SHAPE = { capacity: 10, refill: 10, intervalMs: 1000 };
const plan = (seen: SeenBucket, ask: Partial<Ask>, nowMs: number) =>
  planBucket(seen, SHAPE, { need: 0, want: 0, back: 0, spilled: 0, ...ask }, nowMs);
const note = (seen: SeenBucket, of: BucketPlan, level: number, nowMs: number, isPaid = true) =>
  noteBucket(seen, of, { isPaid, lease: of.lease, level }, SHAPE, nowMs, 0.01);

/** A bucket that was left at `level` at time 0. */
function seenAt(level: number): SeenBucket {
  const seen = unseenBucket();
  note(seen, plan(seen, { need: SHAPE.capacity - level }, 0), level, 0);
  return seen;
}

describe("what goes back to a bucket", () => {
  it("is what was leased, while its place is free", () => {
    expect(plan(seenAt(2), { back: 4 }, 100).giveBack).toBe(4);
  });

  it("is less by what has come in at its place", () => {
    // 5 were left and 5 leased. After 300 ms the store counts 8, so 2 of the 5 fit.
    expect(plan(seenAt(5), { back: 5, spilled: 3 }, 300).giveBack).toBeCloseTo(2);
  });

  it("is below nothing when the lease was spent after its place had filled up", () => {
    // 5 were left and 5 leased, for half a second; then all 5 were spent. The store counts 10, and 5 are there.
    expect(plan(seenAt(5), { back: 0, spilled: 5 }, 500).giveBack).toBeCloseTo(-5);
  });

  it("is what did not spill, where the bucket is not known", () => {
    expect(plan(unseenBucket(), { back: 5, spilled: 3 }, 0).giveBack).toBe(2);
    expect(plan(unseenBucket(), { back: 5, spilled: 9 }, 0).giveBack).toBe(0);
  });

  it("is never more than what is brought back", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 10, noNaN: true }),
        fc.integer({ min: 0, max: 10 }),
        fc.double({ min: 0, max: 50, noNaN: true }),
        fc.integer({ min: 0, max: 5000 }),
        (level, back, spilled, nowMs) => {
          expect(plan(seenAt(level), { back, spilled }, nowMs).giveBack).toBeLessThanOrEqual(back);
        },
      ),
    );
  });
});

describe("a lease from a bucket whose other users are not known", () => {
  it("is what is wanted at first, up to half", () => {
    expect(planBucket(unseenBucket(), { ...SHAPE, capacity: 81 }, wants(1, 9), 0).lease).toBe(9);
    expect(planBucket(unseenBucket(), { ...SHAPE, capacity: 81 }, wants(1, 90), 0).lease).toBe(40);
    expect(planBucket(unseenBucket(), { ...SHAPE, capacity: 5 }, wants(1, 40), 0).lease).toBe(2);
  });

  it("is what is wanted, up to half, when this edge is alone", () => {
    expect(plan(seenAt(9), { need: 1, want: 3 }, 0).lease).toBe(3);
    expect(plan(seenAt(9), { need: 1, want: 30 }, 0).lease).toBe(4);
  });

  it("is an eighth for two seconds after a sign of others", () => {
    const seen = seenAt(10);
    note(seen, plan(seen, { need: 1 }, 1000), 8, 1000);
    expect(plan(seen, { need: 1, want: 30 }, 2999).lease).toBe(1);
    const later = seenAt(10);
    note(later, plan(later, { need: 1 }, 1000), 8, 1000);
    expect(plan(later, { need: 1, want: 30 }, 3000).lease).toBe(4);
  });

  it("is never smaller than the need, so that a denied request gets none", () => {
    expect(plan(seenAt(10), { need: 5, want: 8 }, 0).lease).toBe(0);
    expect(plan(seenAt(10), { need: 3, want: 8 }, 0).lease).toBe(3);
  });

  it("is none of the last token", () => {
    expect(plan(seenAt(2), { need: 1, want: 8 }, 0).lease).toBe(0);
  });
});

describe("signs of other edges", () => {
  it("are levels that this edge cannot explain", () => {
    const seen = seenAt(5);
    expect(note(seen, plan(seen, { need: 1 }, 100), 5, 100)).toBe(0);
    expect(note(seen, plan(seen, { need: 1 }, 100), 3, 100)).toBe(1200);
    expect(note(seen, plan(seen, { need: 1 }, 200), 3, 200)).toBe(1100);
    expect(note(seen, plan(seen, { need: 1 }, 1300), 9, 1300)).toBe(0);
    // Somebody has brought tokens back.
    expect(note(seen, plan(seen, {}, 1300), 9.5, 1300)).toBe(1200);
  });

  it("are a bucket that is not full at first sight", () => {
    const seen = unseenBucket();
    expect(note(seen, plan(seen, { need: 1 }, 0), 9, 0)).toBe(0);
    const used = unseenBucket();
    expect(note(used, plan(used, { need: 1 }, 0), 4, 0)).toBe(1200);
  });

  it("cannot be told while this edge itself has several calls under way", () => {
    const seen = seenAt(10);
    const [first, second] = [plan(seen, { need: 1 }, 0), plan(seen, { need: 1 }, 0)];
    expect(note(seen, second, 8, 0)).toBe(0);
    expect(note(seen, first, 9, 0)).toBe(0);
  });

  it("begin anew when a call has failed: what it did is not known", () => {
    const seen = seenAt(5);
    plan(seen, { need: 1 }, 0);
    forgetBucket(seen);
    expect(plan(seen, { need: 1 }, 0).expected).toBeUndefined();
  });
});

function wants(need: number, want: number): Ask {
  return { need, want, back: 0, spilled: 0 };
}
