import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SLOW_START_DEFAULTS, type SlowStartOptions, slowStartFactor } from "../../src/policy/slow-start.ts";

const byTimeOnly = (windowMs: number, aggression = 1, minimum = 0.1): SlowStartOptions => ({
  windowMs,
  aggression,
  minimum,
  neededSuccesses: 0,
});
const at = (seconds: number, options: SlowStartOptions, successes = 0) =>
  slowStartFactor({ sinceMs: seconds * 1000, successes }, options);

describe("slow start by time", () => {
  // Envoy, round_robin_lb_test.cc (slow start), recomputed.
  it.each([
    [60, 1, 12, 0.2],
    [60, 1, 20, 1 / 3],
    [60, 1, 61, 1],
    [10, 1.5, 9, 0.9322],
  ])("with a window of %i s and aggression %f after %i s is %f", (window, aggression, seconds, expected) => {
    expect(at(seconds, byTimeOnly(window * 1000, aggression))).toBeCloseTo(expected, 4);
  });

  it("has the minimum from the first moment on", () => {
    expect(at(0, byTimeOnly(60_000))).toBe(0.1);
    expect(at(5, byTimeOnly(60_000))).toBe(0.1);
  });

  it("counts at least one second", () => {
    expect(at(0, byTimeOnly(5000))).toBe(0.2);
    expect(at(0.5, byTimeOnly(5000))).toBe(0.2);
  });

  it("is over at the end of the window, also of one below a second", () => {
    expect(at(60, byTimeOnly(60_000))).toBe(1);
    expect(at(0, byTimeOnly(500))).toBe(1);
  });

  it("rises faster at first with more aggression", () => {
    expect(at(15, byTimeOnly(60_000, 2))).toBe(0.5);
  });
});

describe("slow start by successes", () => {
  it("gives no more than they prove, though the time is over", () => {
    expect(at(3600, SLOW_START_DEFAULTS, 0)).toBe(0.1);
    expect(at(3600, SLOW_START_DEFAULTS, 10)).toBe(0.5);
    expect(at(3600, SLOW_START_DEFAULTS, 20)).toBe(1);
  });

  it("gives no more than the time does, though all is proven", () => {
    expect(at(5, SLOW_START_DEFAULTS, 1000)).toBe(0.5);
  });

  it("brings an origin with traffic back within its window: 66 requests a second when whole", () => {
    let successes = 0;
    let factor = 0;
    for (let ms = 0; ms <= 10_000; ms += 100) {
      factor = slowStartFactor({ sinceMs: ms, successes: Math.floor(successes) });
      successes += 6.6 * factor;
    }
    expect(factor).toBe(1);
  });
});

describe("the factor", () => {
  const options = fc.record({
    windowMs: fc.integer({ min: 1, max: 600_000 }),
    aggression: fc.double({ min: 0.1, max: 10, noNaN: true }),
    minimum: fc.double({ min: 0.01, max: 1, noNaN: true }),
    neededSuccesses: fc.nat(1000),
  });
  const ms = fc.integer({ min: -1000, max: 700_000 });

  it("is never below the minimum, never above 1, and never falls with time or successes", () => {
    fc.assert(
      fc.property(options, ms, ms, fc.nat(1500), fc.nat(1500), (given, t1, t2, s1, s2) => {
        const early = slowStartFactor({ sinceMs: Math.min(t1, t2), successes: Math.min(s1, s2) }, given);
        const late = slowStartFactor({ sinceMs: Math.max(t1, t2), successes: Math.max(s1, s2) }, given);
        expect(early).toBeGreaterThanOrEqual(given.minimum);
        expect(late).toBeLessThanOrEqual(1);
        expect(late).toBeGreaterThanOrEqual(early);
      }),
    );
  });

  it("is 1 when the time is over and all is proven", () => {
    fc.assert(
      fc.property(options, (given) => {
        const done = { sinceMs: given.windowMs, successes: given.neededSuccesses };
        expect(slowStartFactor(done, given)).toBe(1);
      }),
    );
  });
});
