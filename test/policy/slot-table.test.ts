import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  countSlots,
  lendSlots,
  movedShare,
  NOBODY,
  newTable,
  rebalance,
  renameOwners,
  SLOTS,
  slotCounts,
  walkOrder,
} from "../../src/policy/slot-table.ts";

const weightsOf = (length: number) =>
  fc
    .array(
      fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 1_000_000 })),
      {
        minLength: length,
        maxLength: length,
      },
    )
    .filter((weights) => weights.some((weight) => weight > 0));
const weights = fc.integer({ min: 1, max: 40 }).chain(weightsOf);
const twoWeights = fc.integer({ min: 1, max: 20 }).chain((n) => fc.tuple(weightsOf(n), weightsOf(n)));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const quota = (all: readonly number[], index: number) => ((all[index] ?? 0) / sum(all)) * SLOTS;

describe("slot counts", () => {
  it.each([
    [
      [50, 30, 20],
      [2048, 1229, 819],
    ],
    [
      [40, 40, 20],
      [1639, 1638, 819],
    ],
    [
      [1, 1, 1],
      [1366, 1365, 1365],
    ],
    [[100], [4096]],
    [
      [1, 999],
      [4, 4092],
    ],
    [
      [1, 1_000_000],
      [1, 4095],
    ],
    [
      [0, 5],
      [0, 4096],
    ],
    [
      [0, 0],
      [0, 0],
    ],
  ])("of weights %j are %j", (given, expected) => {
    expect(slotCounts(given)).toEqual(expected);
  });

  it("sum to all slots, give a weight above zero at least one, and zero none", () => {
    fc.assert(
      fc.property(weights, (given) => {
        const counts = slotCounts(given);
        expect(sum(counts)).toBe(SLOTS);
        counts.forEach((count, index) => {
          if (given[index] === 0) expect(count).toBe(0);
          else expect(count).toBeGreaterThanOrEqual(1);
        });
      }),
    );
  });

  it("are the exact quota rounded up or down, when no weight is too small for a slot", () => {
    fc.assert(
      fc.property(weights, (given) => {
        fc.pre(given.every((weight, index) => weight === 0 || quota(given, index) >= 1));
        slotCounts(given).forEach((count, index) => {
          expect(Math.abs(count - quota(given, index))).toBeLessThan(1 + 1e-6);
        });
      }),
    );
  });

  it("hold for 200 origins of which one has nearly all the weight", () => {
    const counts = slotCounts([1_000_000, ...new Array<number>(199).fill(1)]);
    expect(sum(counts)).toBe(SLOTS);
    expect(counts.slice(1).every((count) => count === 1)).toBe(true);
  });
});

describe("a change of weights", () => {
  it("from 50/30/20 to 40/40/20 moves a tenth of the users and none of the third origin's", () => {
    const before = newTable([50, 30, 20]);
    const after = rebalance(before, [40, 40, 20]);
    expect(movedShare(before, after)).toBeCloseTo(0.1, 3);
    before.forEach((owner, slot) => {
      if (owner === 2 || after[slot] === 2) expect(after[slot]).toBe(owner);
    });
  });

  it("from 50/30/20 to 30/30/40 moves a fifth", () => {
    const before = newTable([50, 30, 20]);
    expect(movedShare(before, rebalance(before, [30, 30, 40]))).toBeCloseTo(0.2, 3);
  });

  it("moves only slots that must move, whatever came before", () => {
    fc.assert(
      fc.property(twoWeights, ([first, second]) => {
        const before = newTable(first);
        const after = rebalance(before, second);
        const held = countSlots(before, first.length);
        const now = countSlots(after, first.length);
        const mustMove = sum(now.map((count, index) => Math.max(0, count - (held[index] ?? 0))));
        expect(sum(now)).toBe(SLOTS);
        expect(movedShare(before, after) * SLOTS).toBe(mustMove);
        second.forEach((weight, index) => {
          if (weight === 0) expect(now[index]).toBe(0);
          else expect(now[index]).toBeGreaterThanOrEqual(1);
        });
      }),
    );
  });

  it("leaves an origin alone whose share stays the same", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 99 }), (a, b) => {
        const before = newTable([a, 100 - a, 37]);
        const after = rebalance(before, [b, 100 - b, 37]);
        expect([...after].map((owner) => owner === 2)).toEqual([...before].map((owner) => owner === 2));
      }),
    );
  });

  it("that is undone brings every user home", () => {
    fc.assert(
      fc.property(twoWeights, ([first, second]) => {
        const before = newTable(first);
        expect(rebalance(rebalance(before, second), first, before)).toEqual(before);
      }),
    );
  });

  it("brings users home without being told where home is, when the first table was new", () => {
    const before = newTable([50, 30, 20]);
    expect(rebalance(rebalance(before, [40, 40, 20]), [50, 30, 20])).toEqual(before);
  });
});

describe("origins that come and go", () => {
  it("keep their users by name when the order changes", () => {
    const before = newTable([50, 30, 20]);
    const after = renameOwners(before, ["hk", "sg", "fra"], ["fra", "hk", "sg"]);
    expect(countSlots(after, 3)).toEqual([819, 2048, 1229]);
    expect(rebalance(after, [20, 50, 30])).toEqual(after);
  });

  it("leave their slots to the others and nobody else moves", () => {
    const before = newTable([50, 30, 20]);
    const orphaned = renameOwners(before, ["hk", "sg", "fra"], ["hk", "fra"]);
    const after = rebalance(orphaned, [50, 20]);
    expect(after.includes(NOBODY)).toBe(false);
    before.forEach((owner, slot) => {
      if (owner === 0) expect(after[slot]).toBe(0);
      if (owner === 2) expect(after[slot]).toBe(1);
    });
  });
});

describe("lent slots", () => {
  it("go to the others in proportion, and nobody else moves", () => {
    const table = newTable([50, 30, 20]);
    const lent = lendSlots(table, [false, true, true]);
    const counts = countSlots(lent, 3);
    expect(counts[0]).toBe(0);
    expect((counts[1] ?? 0) / SLOTS).toBeCloseTo(0.6, 3);
    table.forEach((owner, slot) => {
      if (owner !== 0) expect(lent[slot]).toBe(owner);
    });
  });

  it("are not lent when nobody is there to take them", () => {
    const table = newTable([50, 50]);
    expect(lendSlots(table, [false, false])).toEqual(table);
  });
});

describe("walk order", () => {
  it("has the same counts in one run an origin", () => {
    const table = rebalance(newTable([50, 30, 20]), [10, 10, 80]);
    const walk = walkOrder(table, 3);
    expect(countSlots(walk, 3)).toEqual(countSlots(table, 3));
    expect([...walk]).toEqual([...walk].sort((a, b) => a - b));
  });
});
