import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LARGEST_INTEGER, wholeSeconds } from "../../src/policy/whole-seconds.ts";

describe("a wait in whole seconds", () => {
  it.each([
    [0, 0],
    [1, 1],
    [500, 1],
    [1_000, 1],
    [1_001, 2],
    [3_000.000_000_4, 3],
    [-5_000, 0],
    [Number.POSITIVE_INFINITY, LARGEST_INTEGER],
  ])("%d ms are %d s", (durationMs, seconds) => {
    expect(wholeSeconds(durationMs)).toBe(seconds);
  });

  it("is never too short and less than a second too long", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1e12, noNaN: true }), (durationMs) => {
        const waitedMs = wholeSeconds(durationMs) * 1000;
        expect(waitedMs).toBeGreaterThanOrEqual(durationMs - 0.001);
        expect(waitedMs - durationMs).toBeLessThan(1000);
      }),
    );
  });
});
