import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  arrivalByRoom,
  arrivalOf,
  arrivalThatCounts,
  newArrivalClock,
} from "../../src/policy/arrival-clock.ts";
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

describe("an arrival by a clock that was wrong", () => {
  it("is what the room's clock said, once the edge has learned it, and never a time to come", () => {
    expect(arrivalByRoom(NOW + 0.5, 0, NOW)).toBe(NOW + 0.5);
    expect(arrivalByRoom(NOW + 3_600_000, -3_600_000, NOW + 80)).toBe(NOW);
    expect(arrivalByRoom(NOW - 3_600_000, 3_600_000, NOW + 80)).toBe(NOW);
    // The clock was set back by a minute while the edge asked.
    expect(arrivalByRoom(NOW, 60_000, NOW + 80)).toBe(NOW + 80);
  });

  it("keeps the order of those who came at one edge", () => {
    const clock = newArrivalClock();
    const came = Array.from({ length: 20 }, (_, n) => arrivalOf(clock, NOW + Math.floor(n / 5), 0.3));
    const byRoom = came.map((atMs) => arrivalByRoom(atMs, -3_600_000, NOW));
    expect(byRoom).toEqual([...byRoom].sort((a, b) => a - b));
    expect(new Set(byRoom).size).toBe(new Set(came).size);
  });

  it("counts as of now if it is to come, as it is if not, and nobody gains by showing it", () => {
    expect([0, 1999, 2000, 2001, 3_600_000].map((ms) => arrivalThatCounts(NOW + ms, NOW) - NOW)).toEqual([
      0, 1999, 2000, 0, 0,
    ]);
    const times = fc.integer({ min: -10_000, max: 7_200_000 });
    fc.assert(
      fc.property(times, fc.nat(7_200_000), fc.array(fc.nat(60_000)), (aheadMs, onWayMs, waits) => {
        // Given now, and shown again and again.
        const given = NOW + aheadMs;
        let nowMs = NOW + onWayMs;
        let counted = given;
        for (const waitMs of waits) {
          counted = arrivalThatCounts(counted, nowMs);
          expect(counted).toBeLessThanOrEqual(nowMs + 2000);
          expect(counted).toBeGreaterThanOrEqual(Math.min(given, NOW));
          nowMs += waitMs;
        }
      }),
    );
  });
});
