import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TwoGenerations } from "../../src/policy/two-generations.ts";

const BOUNDS = { maxEntries: 10, maxKeyLength: 100 };

describe("a memory of two generations", () => {
  it("never gives anything but what was set last, and never grows beyond twice its bounds", () => {
    const step = fc.tuple(fc.boolean(), fc.string({ maxLength: 30 }), fc.integer());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const memory = new TwoGenerations<number>(BOUNDS);
        const model = new Map<string, number>();
        for (const [isSet, key, value] of steps) {
          if (isSet) {
            memory.set(key, value);
            model.set(key, value);
            expect(memory.get(key)).toBe(value);
          } else expect([undefined, model.get(key)]).toContain(memory.get(key));
          expect(memory.size).toBeLessThanOrEqual(2 * BOUNDS.maxEntries);
        }
      }),
    );
  });

  it("keeps what is asked for, and forgets the rest", () => {
    const memory = new TwoGenerations<string>(BOUNDS);
    memory.set("user", "kept");
    memory.set("gone", "forgotten");
    for (let other = 0; other < 1000; other++) {
      memory.set(`other-${other}`, "");
      if (other % 5 === 0) expect(memory.get("user")).toBe("kept");
    }
    expect(memory.get("gone")).toBeUndefined();
    expect(memory.size).toBeLessThanOrEqual(20);
  });

  it("holds few long keys", () => {
    const memory = new TwoGenerations<number>(BOUNDS);
    for (let key = 0; key < 100; key++) memory.set(`${key}`.padEnd(60, "x"), key);
    expect(memory.size).toBeLessThanOrEqual(2);
  });

  it("holds nothing once cleared", () => {
    const memory = new TwoGenerations<number>(BOUNDS);
    for (let key = 0; key < 15; key++) memory.set(`${key}`, key);
    memory.clear();
    expect(memory.size).toBe(0);
    expect(memory.get("14")).toBeUndefined();
  });
});
