import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextProbeAtMs, phaseOf } from "../../src/policy/probe-schedule.ts";

const NOW_MS = 1_700_000_000_000;
const INTERVAL_MS = 5000;

const nowsMs = fc.integer({ min: NOW_MS, max: NOW_MS + 86_400_000 });
const intervalsMs = fc.integer({ min: 1000, max: 600_000 });
const names = fc.stringMatching(/^[a-z0-9-]{1,20} [a-z]{0,6}$/);
/** An origin's index among so many. */
const places = fc
  .integer({ min: 1, max: 200 })
  .chain((origins) => fc.tuple(fc.integer({ min: 0, max: origins - 1 }), fc.constant(origins)));

describe("the next probe of an origin", () => {
  it("is after now and at most an interval away, in whole milliseconds", () => {
    fc.assert(
      fc.property(names, places, intervalsMs, nowsMs, (name, [index, origins], intervalMs, nowMs) => {
        const atMs = nextProbeAtMs(name, index, origins, intervalMs, nowMs);
        expect(Number.isInteger(atMs)).toBe(true);
        expect(atMs).toBeGreaterThanOrEqual(nowMs);
        expect(atMs - nowMs).toBeLessThanOrEqual(intervalMs + 1);
      }),
    );
  });

  it("never comes a second time at the moment of the one before, so that no alarm is set to now for ever", () => {
    fc.assert(
      fc.property(names, places, intervalsMs, nowsMs, (name, [index, origins], intervalMs, nowMs) => {
        const firstMs = nextProbeAtMs(name, index, origins, intervalMs, nowMs);
        const secondMs = nextProbeAtMs(name, index, origins, intervalMs, firstMs + 1);
        expect(secondMs - firstMs).toBeGreaterThanOrEqual(intervalMs - 2);
        expect(secondMs - firstMs).toBeLessThanOrEqual(intervalMs + 2);
      }),
    );
  });

  it("is the same whenever it is asked for, so that a restart changes nothing", () => {
    fc.assert(
      fc.property(names, places, intervalsMs, nowsMs, (name, [index, origins], intervalMs, nowMs) => {
        const atMs = nextProbeAtMs(name, index, origins, intervalMs, nowMs);
        const laterMs = Math.floor((nowMs + atMs) / 2);
        if (laterMs >= atMs - 1) return;
        expect(nextProbeAtMs(name, index, origins, intervalMs, laterMs)).toBe(atMs);
      }),
    );
  });

  it("spreads a pool's origins evenly over the interval", () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 2, max: 20 }), nowsMs, (name, origins, nowMs) => {
        const places = Array.from(
          { length: origins },
          (_, index) => nextProbeAtMs(name, index, origins, INTERVAL_MS, nowMs) % INTERVAL_MS,
        ).sort((a, b) => a - b);
        const gaps = places.map((place, index) =>
          index + 1 < origins ? (places[index + 1] ?? 0) - place : INTERVAL_MS - place + (places[0] ?? 0),
        );
        for (const gap of gaps) expect(Math.abs(gap - INTERVAL_MS / origins)).toBeLessThanOrEqual(2);
      }),
    );
  });

  it("of another vantage or pool comes at another time", () => {
    const names = ["wallet ", "wallet weur", "wallet apac", "wallet enam", "cards ", "cards weur"];
    const places = names.map((name) => nextProbeAtMs(name, 0, 3, INTERVAL_MS, NOW_MS) % INTERVAL_MS);
    expect(new Set(places).size).toBe(names.length);
  });
});

describe("the phase of a name", () => {
  it("is from 0 to below 1", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(phaseOf(name)).toBeGreaterThanOrEqual(0);
        expect(phaseOf(name)).toBeLessThan(1);
      }),
    );
  });

  it("spreads pools whose names differ in little over the whole interval", () => {
    const tenths = new Array<number>(10).fill(0);
    for (let pool = 0; pool < 1000; pool++) {
      const tenth = Math.floor(phaseOf(`pool-${pool} weur`) * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) {
      expect(count).toBeGreaterThan(60);
      expect(count).toBeLessThan(140);
    }
  });
});
