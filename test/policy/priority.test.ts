import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PRIORITY_DEFAULTS, type PriorityLevel, priorityLoads } from "../../src/policy/priority.ts";

/** `1/2` is one healthy of two. */
const levels = (text: string): PriorityLevel[] =>
  text.split(", ").map((level) => {
    const [healthyWeight = 0, totalWeight = 0] = level.split("/").map(Number);
    return { healthyWeight, totalWeight };
  });

describe("loads by priority", () => {
  // Envoy, load_balancer_impl_base_test.cc: GentleFailover, GentleFailoverWithExtraLevels, PrioritySelection.
  it.each([
    ["1/1, 1/1", [100, 0], "ff"],
    ["1/2, 1/2", [70, 30], "ff"],
    ["1/4, 2/2", [35, 65], "ff"],
    ["1/4, 1/4", [50, 50], "tt"],
    ["0/1, 0/1", [50, 50], "tt"],
    ["0/1, 0/2", [34, 66], "tt"],
    ["1/1, 1/1, 1/1", [100, 0, 0], "fff"],
    ["1/2, 1/2, 1/2", [70, 30, 0], "fff"],
    ["1/4, 2/2, 1/2", [35, 65, 0], "fff"],
    ["1/4, 1/4, 1/4", [35, 35, 30], "fff"],
    ["1/5, 1/5, 1/5", [34, 33, 33], "ttt"],
    ["0/5, 0/5, 5/5", [0, 0, 100], "fff"],
    ["0/5, 0/5, 4/5", [0, 0, 100], "fff"],
    ["0/5, 0/5, 2/5", [34, 33, 33], "ttt"],
    ["0/5, 0/3, 0/2", [50, 30, 20], "ttt"],
    ["0/5, 2/6, 1/3", [37, 42, 21], "ttt"],
    ["0/3, 0/3, 0/3", [34, 33, 33], "ttt"],
    ["0/0, 0/6, 0/3", [0, 67, 33], "ttt"],
    ["0/1, 0/2, 1/1", [0, 0, 100], "fff"],
  ])("of %s are %j, panic %s", (given, loads, panic) => {
    expect(priorityLoads(levels(given))).toEqual({
      loads,
      panic: [...panic].map((letter) => letter === "t"),
    });
  });

  // The same file: OverProvisioningFactor, WeightedPriorityHealth, WeightedPriorityHealthExcluded.
  it.each([
    ["2/4, 2/4", [50, 50]],
    ["6/10, 1/1", [60, 40]],
    ["4/10, 1/1", [40, 60]],
  ])("of %s without over-provisioning are %j", (given, expected) => {
    const { loads } = priorityLoads(levels(given), { ...PRIORITY_DEFAULTS, overProvisioningFactor: 1 });
    expect(loads).toEqual(expected);
  });

  it.each([
    ["1/3, 2/3", [46, 54], "ff"],
    ["2/3, 0/3", [100, 0], "ft"],
  ])("of %s are %j, panic %s: health is rounded down, and one level panics alone", (given, loads, panic) => {
    expect(priorityLoads(levels(given))).toEqual({
      loads,
      panic: [...panic].map((letter) => letter === "t"),
    });
  });

  it("follow Envoy's code where its documentation rounds otherwise: 25, 25, 20 % healthy", () => {
    const { loads } = priorityLoads(levels("25/100, 25/100, 20/100"), {
      ...PRIORITY_DEFAULTS,
      panicThresholdPercent: 0,
    });
    expect(loads).toEqual([37, 35, 28]);
  });

  it("go to the first level when panic is off and nobody is healthy", () => {
    const noPanic = { ...PRIORITY_DEFAULTS, panicThresholdPercent: 0 };
    expect(priorityLoads(levels("0/5, 0/5"), noPanic)).toEqual({ loads: [100, 0], panic: [false, false] });
  });

  it("of an empty pool go to the first level, and of no levels are none", () => {
    expect(priorityLoads(levels("0/0, 0/0")).loads).toEqual([100, 0]);
    expect(priorityLoads([])).toEqual({ loads: [], panic: [] });
  });

  const level = fc
    .tuple(fc.integer({ min: 0, max: 1_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([totalWeight, share]) => ({ totalWeight, healthyWeight: totalWeight * share }));
  const options = fc.record({
    overProvisioningFactor: fc.double({ min: 1, max: 10, noNaN: true }),
    panicThresholdPercent: fc.integer({ min: 0, max: 100 }),
  });

  it("are whole, not negative, and always sum to 100", () => {
    fc.assert(
      fc.property(fc.array(level, { minLength: 1, maxLength: 8 }), options, (given, chosen) => {
        const { loads, panic } = priorityLoads(given, chosen);
        expect(loads).toHaveLength(given.length);
        expect(panic).toHaveLength(given.length);
        for (const load of loads) {
          expect(Number.isInteger(load)).toBe(true);
          expect(load).toBeGreaterThanOrEqual(0);
        }
        expect(loads.reduce((sum, load) => sum + load, 0)).toBe(100);
      }),
    );
  });

  it("stay with the first level while its health covers the load, and nobody panics", () => {
    fc.assert(
      fc.property(fc.integer({ min: 72, max: 100 }), fc.array(level, { maxLength: 4 }), (percent, others) => {
        const { loads, panic } = priorityLoads([{ healthyWeight: percent, totalWeight: 100 }, ...others]);
        expect(loads[0]).toBe(100);
        expect(panic).not.toContain(true);
      }),
    );
  });
});
