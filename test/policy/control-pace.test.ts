import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type EdgesHeard,
  EXCHANGES_PER_SECOND,
  FEW_EDGES_PACE_MS,
  LONGEST_PACE_MS,
  noteHeard,
  paceMs,
  toldWithinMs,
  urgentAfterMs,
} from "../../src/policy/control-pace.ts";
import { at, type ControlWorld, runControl } from "../support/control-model.ts";

/** So many edges get an exchange each within the longest pace. */
const MANY = (EXCHANGES_PER_SECOND * LONGEST_PACE_MS) / 1000;

describe("the pace of edges at Control", () => {
  it("is half a second for few, and for thousands so slow that their sum is what Control carries", () => {
    fc.assert(
      fc.property(fc.nat(MANY), (edges) => {
        const pace = paceMs(edges);
        expect(pace).toBeGreaterThanOrEqual(FEW_EDGES_PACE_MS);
        expect((edges * 1000) / pace).toBeLessThanOrEqual(EXCHANGES_PER_SECOND);
        if (edges <= 200) expect(pace).toBe(FEW_EDGES_PACE_MS);
        expect(paceMs(edges + 1)).toBeGreaterThanOrEqual(pace);
      }),
    );
  });

  it("leaves time to report within the 30 s that a request's waitUntil lasts", () => {
    expect(1.1 * toldWithinMs(paceMs(1e6))).toBeLessThan(25_000);
  });

  it("forgets edges that fell silent, and holds a bounded number of them", () => {
    const heard: EdgesHeard = new Map();
    for (let index = 0; index < 30_000; index += 1) noteHeard(heard, `e${index}`, 1000);
    expect(heard.size).toBe(20_000);
    noteHeard(heard, "last", 1000 + 4 * LONGEST_PACE_MS + 1);
    expect([...heard.keys()]).toEqual(["last"]);
  });
});

describe("urgent news", () => {
  it("waits for nothing while edges are few", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.double({ min: 0, max: 0.999 }), (edges, random) => {
        expect(urgentAfterMs(paceMs(edges), random)).toBe(0);
      }),
    );
  });

  it("of any number of edges is told at once by a hundred, and by the others spread over the pace", () => {
    fc.assert(
      fc.property(fc.integer({ min: 201, max: MANY }), (edges) => {
        const pace = paceMs(edges);
        const waits = Array.from({ length: edges }, (_, index) => urgentAfterMs(pace, index / edges));
        expect(waits.filter((ms) => ms === 0).length).toBeLessThanOrEqual(Math.max(102, 0.5 * edges + 2));
        expect(Math.max(...waits)).toBeLessThanOrEqual(pace);
        const early = waits.filter((ms) => ms < pace / 10).length;
        expect(early).toBeLessThanOrEqual(102 + 0.11 * edges);
      }),
    );
  });
});

describe("Control among edges that keep to its pace", () => {
  const run = (world: Omit<ControlWorld, "seed" | "seconds">) => {
    const figures = runControl({ seed: 1, seconds: 40, ...world });
    return { ...figures, most: Math.max(...figures.perSecond.slice(15, 40)) };
  };

  it.each([
    { edges: 8, places: 8, requestsPerSecond: 20 },
    { edges: 200, places: 200, requestsPerSecond: 5 },
    { edges: 200, places: 20, requestsPerSecond: 5 },
  ])("has every request of $edges edges in $places places decided by what was true a second ago", (world) => {
    const { ages, most } = run(world);
    expect(at(ages, 1)).toBeLessThanOrEqual(1000);
    expect(most).toBeLessThanOrEqual(2 * world.edges);
  });

  it.each([
    { edges: 1000, places: 1000, requestsPerSecond: 3, p50: 2000, p99: 4000 },
    { edges: 3000, places: 3000, requestsPerSecond: 1, p50: 6000, p99: 12_000 },
    { edges: 3000, places: 300, requestsPerSecond: 2, p50: 750, p99: 3000 },
    { edges: 4000, places: 100, requestsPerSecond: 2, p50: 750, p99: 2000 },
  ])("is asked no more than it carries by $edges edges in $places places", ({ p50, p99, ...world }) => {
    const { ages, most } = run(world);
    expect(most).toBeLessThanOrEqual(1.5 * EXCHANGES_PER_SECOND);
    expect(at(ages, 0.5)).toBeLessThan(p50);
    expect(at(ages, 0.99)).toBeLessThan(p99);
  });

  it("carries the news of 3,000 edges that a region fails", () => {
    const { perSecond } = run({ edges: 3000, places: 300, requestsPerSecond: 2, urgentAtSecond: 25 });
    expect(perSecond[25]).toBeGreaterThan(100);
    expect(Math.max(...perSecond.slice(20, 40))).toBeLessThanOrEqual(2 * EXCHANGES_PER_SECOND);
  });

  it("is told all that was counted in the end, however many edges there are", () => {
    const edges = fc.constantFrom(1, 5, 50, 300, 700, 1500);
    fc.assert(
      fc.property(edges, fc.nat(1000), fc.constantFrom(0.05, 0.5, 5), (count, seed, requestsPerSecond) => {
        const places = Math.max(1, Math.floor(count / 3));
        const { counted, told } = runControl({ seed, edges: count, places, requestsPerSecond, seconds: 10 });
        expect(told).toBe(counted);
      }),
      { numRuns: 30 },
    );
  });
});
