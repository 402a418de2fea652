import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  hedgeDelayMs as hedge,
  type LatencyQuantile,
  LEAST_SAMPLES,
  noLatencies,
  observeSample,
  quantile,
  SAMPLES,
} from "../../src/policy/latency-quantile.ts";

const seen = (samples: readonly number[]): LatencyQuantile => {
  const state = noLatencies();
  for (const sample of samples) observeSample(state, sample);
  return state;
};
const hedgeDelayMs = (state: LatencyQuantile, timeLeftMs: number, leastMs = 1) =>
  hedge(state, timeLeftMs, leastMs);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe("a quantile", () => {
  // Nearest rank, as in Wikipedia's worked example "Percentile": {15, 20, 35, 40, 50}.
  it.each([
    [0.05, 15],
    [0.3, 20],
    [0.4, 20],
    [0.5, 35],
    [1, 50],
  ])("%f of {15, 20, 35, 40, 50} is %i", (share, expected) => {
    expect(quantile([50, 15, 40, 20, 35], share)).toBe(expected);
  });

  it("is 95 % of 1 to 100: 95", () => {
    expect(quantile(upTo(100), 0.95)).toBe(95);
  });
});

describe("when a read is hedged", () => {
  it("is never before there are samples enough", () => {
    expect(hedgeDelayMs(seen(upTo(LEAST_SAMPLES - 1)), 10_000)).toEqual({ kind: "no" });
    expect(hedgeDelayMs(noLatencies(), 10_000)).toEqual({ kind: "no" });
  });

  it("is after the 95th percentile: of twenty samples the second slowest", () => {
    expect(hedgeDelayMs(seen(upTo(20)), 10_000)).toEqual({ kind: "after", delayMs: 19 });
  });

  it("is not after one accident among twenty", () => {
    expect(hedgeDelayMs(seen([...upTo(19), 9000]), 10_000)).toEqual({ kind: "after", delayMs: 19 });
  });

  it("is not at once, however fast the origin is", () => {
    expect(hedgeDelayMs(seen(Array(50).fill(0)), 10_000, 20)).toEqual({
      kind: "after",
      delayMs: 20,
    });
  });

  it("is not when the request's time would be over first", () => {
    expect(hedgeDelayMs(seen(Array(50).fill(400)), 400)).toEqual({ kind: "no" });
    expect(hedgeDelayMs(seen(Array(50).fill(400)), 401)).toEqual({ kind: "after", delayMs: 400 });
  });

  it("forgets a slow time within one ring of fast samples and one refresh", () => {
    const state = seen([...Array(SAMPLES).fill(5000), ...Array(SAMPLES + 16).fill(20)]);
    expect(state.samplesMs).toHaveLength(SAMPLES);
    expect(hedgeDelayMs(state, 10_000)).toEqual({ kind: "after", delayMs: 20 });
  });
});

describe("the figure", () => {
  it("is at most sixteen samples old, in bounded memory, and survives storing as JSON", () => {
    const samples = fc.array(fc.integer({ min: 1, max: 60_000 }), {
      minLength: LEAST_SAMPLES,
      maxLength: 400,
    });
    fc.assert(
      fc.property(samples, (given) => {
        const state = seen(given);
        expect(state.samplesMs.length).toBeLessThanOrEqual(SAMPLES);
        const possible = upTo(16).map((ago) =>
          quantile(given.slice(0, given.length - ago + 1).slice(-SAMPLES), 0.95),
        );
        expect(possible).toContain(state.p95Ms);
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      }),
    );
  });
});
