import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LATENCY_MEMORY_MS, type Latency, observeLatency } from "../../src/policy/latency.ts";

const START_MS = 1_700_000_000_000;
const at = (ms: number): Latency => ({ ms, atMs: START_MS });

describe("an origin's latency", () => {
  it("is the first sample after the first sample", () => {
    const latency = at(0);
    observeLatency(latency, 80, START_MS);
    expect(latency).toEqual({ ms: 80, atMs: START_MS });
  });

  it("jumps to a slower sample at once", () => {
    const latency = at(20);
    observeLatency(latency, 900, START_MS + 1);
    expect(latency.ms).toBe(900);
  });

  it("forgets a peak slowly: after ten seconds a fast sample leaves 1/e of it", () => {
    const latency = at(1000);
    observeLatency(latency, 0, START_MS + LATENCY_MEMORY_MS);
    expect(latency.ms).toBeCloseTo(1000 / Math.E, 6);
  });

  it("falls by the same share for many samples as for one in the same time", () => {
    const often = at(1000);
    for (let step = 1; step <= 100; step++) observeLatency(often, 10, START_MS + step * 50);
    const once = at(1000);
    observeLatency(once, 10, START_MS + 5000);
    expect(often.ms).toBeCloseTo(once.ms, 6);
  });

  it("follows the newest sample alone after a long quiet time", () => {
    const latency = at(1000);
    observeLatency(latency, 30, START_MS + 100 * LATENCY_MEMORY_MS);
    expect(latency.ms).toBeCloseTo(30, 6);
  });

  it("stays where it is when the clock went backwards and the sample is faster", () => {
    const latency = at(100);
    observeLatency(latency, 1, START_MS - 60_000);
    expect(latency.ms).toBe(100);
  });

  it("lies between the fastest and the slowest sample, and is finite, whatever the clock does", () => {
    const sample = fc.record({
      ms: fc.integer({ min: 0, max: 600_000 }),
      afterMs: fc.integer({ min: -60_000, max: 600_000 }),
    });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 50 }), (samples) => {
        const first = samples[0]?.ms ?? 0;
        const latency = at(first);
        let nowMs = START_MS;
        for (const { ms, afterMs } of samples) {
          nowMs += afterMs;
          observeLatency(latency, ms, nowMs);
        }
        const values = samples.map(({ ms }) => ms);
        expect(latency.ms).toBeGreaterThanOrEqual(Math.min(...values) - 1e-6);
        expect(latency.ms).toBeLessThanOrEqual(Math.max(...values) + 1e-6);
      }),
    );
  });
});
