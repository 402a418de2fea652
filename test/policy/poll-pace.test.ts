import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pollAfterMs } from "../../src/policy/poll-pace.ts";
import type { WaitEstimate } from "../../src/policy/wait-estimate.ts";

const range = (low: number): WaitEstimate => ({ kind: "range", low, high: low * 1.3 });

describe("the poll interval", () => {
  it.each([
    ["next in line", 0, range(0), 2000],
    ["a wait of 20 s", 100, range(20), 2000],
    ["a wait of 5 min", 1000, range(300), 30_000],
    ["a wait of an hour", 100_000, range(3600), 60_000],
    ["no estimate, near", 0, { kind: "unknown" }, 2000],
    ["no estimate, a thousand ahead", 1000, { kind: "unknown" }, 7000],
    ["no estimate, a million ahead", 1e6, { kind: "unknown" }, 60_000],
    ["a wait of ten minutes, and nine ahead", 9, range(600), 2000],
    ["a wait of ten minutes, and ten more ahead", 20, range(600), 12_000],
    ["a wait of an hour, and few ahead", 90, range(3600), 60_000],
    ["paused, next in line", 0, { kind: "paused" }, 2000],
    ["paused, near", 10, { kind: "paused" }, 5000],
    ["paused, far", 1e6, { kind: "paused" }, 60_000],
  ] as [string, number, WaitEstimate, number][])("with %s (%d ahead)", (_, ahead, estimate, most) => {
    expect(pollAfterMs(ahead, estimate, 0)).toBe(most);
    expect(pollAfterMs(ahead, estimate, 0.999)).toBeGreaterThanOrEqual(0.8 * most - 100);
  });

  it("is whole tenths of a second, between one second and a minute, whatever the jitter", () => {
    const estimate = fc.oneof(
      fc.integer({ min: 0, max: 1e6 }).map(range),
      fc.constantFrom<WaitEstimate>({ kind: "paused" }, { kind: "unknown" }),
    );
    fc.assert(
      fc.property(
        fc.nat(2_000_000),
        estimate,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (ahead, wait, random) => {
          const ms = pollAfterMs(ahead, wait, random);
          expect(ms % 100).toBe(0);
          expect(ms).toBeGreaterThanOrEqual(1000);
          expect(ms).toBeLessThanOrEqual(60_000);
        },
      ),
    );
  });
});
