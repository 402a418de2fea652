import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LONGEST_POLL_MS } from "../../src/policy/poll-pace.ts";
import { prequeuePollMs } from "../../src/policy/prequeue-poll.ts";

describe("somebody in a pre-queue", () => {
  it("is told to ask again right after the start once it is near", () => {
    expect(prequeuePollMs(10_000, 5, 0)).toBe(10_500);
    expect(prequeuePollMs(10_000, 5, 0.999)).toBeLessThan(12_500);
  });

  it("is told so in a spread that the edges carry", () => {
    expect(prequeuePollMs(10_000, 20_000, 0.5)).toBe(15_500);
  });

  it("asks seldom before, and once more before the last call", () => {
    expect(prequeuePollMs(3_600_000, 5, 0)).toBe(LONGEST_POLL_MS);
    expect(prequeuePollMs(40_000, 5, 0)).toBe(25_000);
  });

  it("is never told longer than people are counted for, and asks after the start in the end", () => {
    const left = fc.integer({ min: 0, max: 100_000_000 });
    const people = fc.integer({ min: 0, max: 1_000_000 });
    const random = fc.double({ min: 0, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(left, people, random, (leftMs, waiting, chance) => {
        const ms = prequeuePollMs(leftMs, waiting, chance);
        expect(ms).toBeLessThanOrEqual(LONGEST_POLL_MS);
        expect(ms).toBeGreaterThanOrEqual(500);
        if (leftMs <= 30_000) expect(ms).toBeGreaterThan(leftMs);
      }),
    );
  });
});
