import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Availability, EVERYBODY } from "../../src/policy/availability.ts";
import { type PlacementMember, type PlacementOptions, placementWeights } from "../../src/policy/placement.ts";

const OPTIONS: PlacementOptions = { overProvisioningFactor: 1.4, panicThresholdPercent: 50 };

const healthy = (factor = 1): Availability => ({
  ...EVERYBODY,
  state: "healthy",
  reason: factor < 1 ? "slow-start" : "ok",
  factor,
  sinceMs: 0,
  override: "none",
});
const OUT: Availability = {
  state: "unhealthy",
  reason: "probes",
  factor: 0,
  takesNewUsers: false,
  takesPresentUsers: false,
  takesReads: false,
  takesWrites: false,
  sinceMs: 0,
  override: "none",
};
const DRAINING: Availability = {
  ...healthy(),
  state: "draining",
  reason: "drain",
  factor: 0,
  takesNewUsers: false,
};

const member = (weight: number, priority = 0, availability = healthy()): PlacementMember => ({
  weight,
  priority,
  availability,
});

/** As shares, so that the scale does not matter. */
function sharesOf(members: readonly PlacementMember[], options = OPTIONS): number[] {
  const weights = placementWeights(members, options);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => (total === 0 ? 0 : Math.round((weight / total) * 1000) / 1000));
}

describe("where new users go", () => {
  it.each<[string, readonly PlacementMember[], readonly number[]]>([
    ["by weight when all is well", [member(2), member(1), member(1)], [0.5, 0.25, 0.25]],
    ["away from what is out, in proportion", [member(2), member(1, 0, OUT), member(1)], [0.667, 0, 0.333]],
    ["away from what drains", [member(1), member(1, 0, DRAINING)], [1, 0]],
    ["little to what comes back", [member(1), member(1, 0, healthy(0.1))], [0.909, 0.091]],
    ["nowhere when nobody takes new users", [member(1, 0, OUT), member(1, 0, DRAINING)], [0, 0]],
    ["nowhere without weight", [member(0), member(1)], [0, 1]],
  ])("within one priority: %s", (_, members, expected) => {
    expect(sharesOf(members)).toEqual(expected);
  });

  it.each<[string, readonly PlacementMember[], readonly number[]]>([
    ["the first level only, when it is whole", [member(1), member(1), member(2, 1)], [0.5, 0.5, 0]],
    ["70/30 when half of two", [member(1), member(1, 0, OUT), member(1, 1)], [0.7, 0, 0.3]],
    [
      "35/65 when a quarter is left of the first",
      [member(1), member(1, 0, OUT), member(1, 0, OUT), member(1, 0, OUT), member(1, 1), member(1, 1)],
      [0.35, 0, 0, 0, 0.325, 0.325],
    ],
    ["the second level when the first is gone", [member(1, 0, OUT), member(1, 1)], [0, 1]],
    [
      "all on the first level while 5/7 of it are there",
      [member(5), member(2, 0, OUT), member(1, 1)],
      [1, 0, 0],
    ],
    ["levels in the order of their numbers, gaps or not", [member(1, 9), member(1, 3)], [0, 1]],
    [
      "by slow start within a level, which counts as healthy",
      [member(1), member(1, 0, healthy(0.5)), member(1, 1)],
      [0.667, 0.333, 0],
    ],
  ])("over priorities: %s", (_, members, expected) => {
    expect(sharesOf(members)).toEqual(expected);
  });

  it("keeps a level's load when one of its origins comes back slowly: the level's others take it", () => {
    const members = [member(1), member(1, 0, healthy(0.1)), member(1, 0, OUT), member(1, 1)];
    // 2/3 × 1.4 = 93 % stay on the first level.
    expect(sharesOf(members)).toEqual([0.845, 0.085, 0, 0.07]);
  });
});

const availabilities = fc.oneof(
  fc.constant(OUT),
  fc.constant(DRAINING),
  fc.double({ min: 0.01, max: 1, noNaN: true }).map(healthy),
);
const members = fc.array(
  fc.record({
    // What an origin is due in slots: at least one when it has weight.
    weight: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4096 })),
    priority: fc.integer({ min: 0, max: 2 }),
    availability: availabilities,
  }),
  { minLength: 1, maxLength: 8 },
);
const options = fc.record({
  overProvisioningFactor: fc.double({ min: 1, max: 10, noNaN: true }),
  panicThresholdPercent: fc.integer({ min: 0, max: 100 }),
});

describe("the weights of a placement", () => {
  it("are numbers of zero or more, one an origin, and zero where nobody new may go", () => {
    fc.assert(
      fc.property(members, options, (given, using) => {
        const weights = placementWeights(given, using);
        expect(weights).toHaveLength(given.length);
        weights.forEach((weight, index) => {
          expect(weight).toBeGreaterThanOrEqual(0);
          expect(Number.isFinite(weight)).toBe(true);
          if (given[index]?.availability.takesNewUsers !== true) expect(weight).toBe(0);
        });
      }),
    );
  });

  it("sum above zero whenever an origin with weight takes new users", () => {
    fc.assert(
      fc.property(members, options, (given, using) => {
        const someone = given.some(({ weight, availability }) => weight > 0 && availability.takesNewUsers);
        const total = placementWeights(given, using).reduce((sum, weight) => sum + weight, 0);
        expect(total > 0).toBe(someone);
      }),
      { numRuns: 5000 },
    );
  });

  it("sum above zero on the defaults, too, when the level that is left is small", () => {
    const given = [member(4076, 0, OUT), member(12, 1, OUT), member(4, 1), member(4, 1)];
    expect(sharesOf(given)).toEqual([0, 0, 0.5, 0.5]);
  });

  it("keep the proportions within a level", () => {
    fc.assert(
      fc.property(members, options, (given, using) => {
        const weights = placementWeights(given, using);
        given.forEach((one, index) => {
          given.forEach((other, otherIndex) => {
            const isPair =
              one.priority === other.priority &&
              one.weight > 0 &&
              one.weight === other.weight &&
              one.availability === other.availability;
            if (isPair) expect(weights[index]).toBeCloseTo(weights[otherIndex] ?? 0, 9);
          });
        });
      }),
    );
  });
});
