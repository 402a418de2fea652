import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstSlot, nextSlot } from "../../src/policy/golden-walk.ts";
import { newTable, rebalance, SLOTS, walkOrder } from "../../src/policy/slot-table.ts";

describe("the golden-ratio walk", () => {
  it("visits every slot once in 4,096 steps", () => {
    const seen = new Set<number>();
    for (let step = 0, slot = 17; step < SLOTS; step++, slot = nextSlot(slot)) seen.add(slot);
    expect(seen.size).toBe(SLOTS);
  });

  it("splits 10,000 requests 50/30/20 within 0.1 %, from any start and after any history", () => {
    const history = rebalance(rebalance(newTable([1, 5, 9]), [90, 5, 5]), [50, 30, 20]);
    const walk = walkOrder(history, 3);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
        const counts = [0, 0, 0];
        for (let step = 0, slot = firstSlot(random); step < 10_000; step++, slot = nextSlot(slot)) {
          const owner = walk[slot] ?? 255;
          counts[owner] = (counts[owner] ?? 0) + 1;
        }
        expect(Math.abs((counts[0] ?? 0) / 10_000 - 0.5)).toBeLessThanOrEqual(0.001);
        expect(Math.abs((counts[1] ?? 0) / 10_000 - 0.3)).toBeLessThanOrEqual(0.001);
        expect(Math.abs((counts[2] ?? 0) / 10_000 - 0.2)).toBeLessThanOrEqual(0.001);
      }),
    );
  });

  it("starts anywhere", () => {
    expect(firstSlot(0)).toBe(0);
    expect(firstSlot(0.9999999)).toBe(SLOTS - 1);
  });
});
