import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clockState, learnClock, newStoreClock, storeTime } from "../../src/policy/store-clock.ts";

/** Learned from an answer that took so long, the time being told in the middle. */
function learned(localMs: number, skewMs: number, roundTripMs: number) {
  const clock = newStoreClock();
  learnClock(clock, localMs - skewMs + roundTripMs / 2, localMs, localMs + roundTripMs);
  return clock;
}

describe("a store's clock", () => {
  it("is not known before it was learned", () => {
    expect(clockState(newStoreClock(), 0)).toBe("unknown");
  });

  it("is never ahead of the store, and behind by no more than the answer took", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e7, max: 1e7 }),
        fc.integer({ min: 0, max: 2000 }),
        fc.integer({ min: 0, max: 60_000 }),
        (skewMs, roundTripMs, laterMs) => {
          const localMs = 1.8e12 + roundTripMs + laterMs;
          const told = storeTime(learned(1.8e12, skewMs, roundTripMs), localMs);
          const truth = localMs - skewMs;
          expect(told).toBeLessThanOrEqual(truth);
          expect(told).toBeGreaterThanOrEqual(truth - roundTripMs / 2 - 1);
        },
      ),
    );
  });

  it("is refreshed after a minute, and after a second when the answer was slow", () => {
    expect(clockState(learned(0, 0, 10), 60_000)).toBe("known");
    expect(clockState(learned(0, 0, 10), 60_010)).toBe("ageing");
    expect(clockState(learned(0, 0, 80), 1000)).toBe("known");
    expect(clockState(learned(0, 0, 80), 1080)).toBe("ageing");
  });

  it("is forgotten when this edge's clock went back or stood for long", () => {
    expect(clockState(learned(1000, 0, 0), 999)).toBe("unknown");
    expect(clockState(learned(0, 0, 0), 600_000)).toBe("unknown");
  });
});
