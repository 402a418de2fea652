import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seriesKey } from "../../src/policy/series-key.ts";
import { addCount, newRing, setLevel, stepAt, stepsSince } from "../../src/policy/series-ring.ts";

const STEP_MS = 10_000;

describe("the history's ring", () => {
  it("keeps its length of time and no more, whatever the times at which things are counted", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60_000), { maxLength: 100 }), (pausesMs) => {
        const ring = newRing(STEP_MS, 5);
        let nowMs = 1_000_000;
        for (const pauseMs of pausesMs) {
          nowMs += pauseMs;
          addCount(stepAt(ring, nowMs), "requests", 1);
        }
        const starts = ring.steps.map(({ startMs }) => startMs);
        expect(starts.every((startMs) => startMs % STEP_MS === 0)).toBe(true);
        expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
        expect((starts.at(-1) ?? 0) - (starts[0] ?? 0)).toBeLessThan(5 * STEP_MS);
      }),
    );
  });

  it("adds counts up within a step and keeps the last level", () => {
    const ring = newRing(STEP_MS, 5);
    for (const [nowMs, by] of [
      [10_000, 1],
      [19_999, 2],
      [20_000, 4],
    ] as const) {
      addCount(stepAt(ring, nowMs), "requests", by);
      setLevel(stepAt(ring, nowMs), "waiting main", by);
    }
    expect(ring.steps).toEqual([
      { startMs: 10_000, counts: { requests: 3 }, levels: { "waiting main": 2 } },
      { startMs: 20_000, counts: { requests: 4 }, levels: { "waiting main": 4 } },
    ]);
  });

  it("counts for the newest step what comes from a clock that went back", () => {
    const ring = newRing(STEP_MS, 5);
    addCount(stepAt(ring, 50_000), "requests", 1);
    addCount(stepAt(ring, 20_000), "requests", 1);
    expect(ring.steps).toEqual([{ startMs: 50_000, counts: { requests: 2 }, levels: {} }]);
  });

  it("tells again the step that was open at a moment, and all later ones", () => {
    const ring = newRing(STEP_MS, 5);
    for (const nowMs of [10_000, 20_000, 30_000]) stepAt(ring, nowMs);
    expect(stepsSince(ring, 25_000).map(({ startMs }) => startMs)).toEqual([20_000, 30_000]);
  });
});

describe("a counter's place in the history", () => {
  it("leaves out routes and keeps what an operator looks for", () => {
    expect(seriesKey('tidegate_requests_total{route="/a b{,\\"}*",decision="proxied",code="2xx"}')).toBe(
      "requests proxied 2xx",
    );
    expect(seriesKey('tidegate_origin_requests_total{pool="wallet",origin="hk",code="none"}')).toBe(
      "origin wallet hk none",
    );
  });

  it("has none for what nobody looks at over time", () => {
    expect(seriesKey('tidegate_room_polls_total{room="main"}')).toBeUndefined();
    expect(seriesKey("constructor")).toBeUndefined();
  });
});
