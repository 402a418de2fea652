import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arrivalOf, newArrivalClock } from "../../src/policy/arrival-clock.ts";
import { TICK_MS } from "../../src/policy/crowd-curve.ts";
import { randomFrom } from "../support/lease-model.ts";

const NOW = 1_800_000_000_000;

describe("the times of those who arrive in one millisecond at one edge", () => {
  it("lie within it, in whole ticks, and in the order of their coming", () => {
    const steps = fc.array(fc.tuple(fc.nat(3), fc.double({ min: 0, max: 0.999_999, noNaN: true })), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(steps, (all) => {
        const clock = newArrivalClock();
        let nowMs = NOW;
        let lastMs = 0;
        for (const [passMs, random] of all) {
          nowMs += passMs;
          const atMs = arrivalOf(clock, nowMs, random);
          expect(Math.floor(atMs)).toBe(nowMs);
          expect(Number.isInteger(atMs / TICK_MS)).toBe(true);
          expect(atMs).toBeGreaterThanOrEqual(lastMs);
          lastMs = atMs;
        }
      }),
    );
  });

  it("are spread evenly over it, however many they are", () => {
    const random = randomFrom(4);
    for (const each of [1, 3, 12]) {
      const clock = newArrivalClock();
      const parts: number[] = [];
      for (let ms = 0; ms < 4000; ms += 1) {
        for (let n = 0; n < each; n += 1) parts.push(arrivalOf(clock, NOW + ms, random()) - NOW - ms);
      }
      const settled = parts.slice(-3000 * each).sort((a, b) => a - b);
      for (const share of [0.1, 0.25, 0.5, 0.75, 0.9]) {
        expect(settled[Math.floor(share * settled.length)] ?? 0).toBeCloseTo(share, 1);
      }
    }
  });

  it("go by the clock when it is set back", () => {
    const clock = newArrivalClock();
    arrivalOf(clock, NOW, 0.5);
    expect(Math.floor(arrivalOf(clock, NOW - 3_600_000, 0.5))).toBe(NOW - 3_600_000);
  });
});
