import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PoolEdge, type PoolGiven } from "./pools.ts";

/** 1 December 2026, 02:00 in Hong Kong. */
const START_MS = Date.UTC(2026, 10, 30, 18);
const END_MS = START_MS + 7_200_000;

const THREE = { hk: 50, sg: 30, fra: 20 };
const WINDOW = {
  pool: "wallet",
  start: new Date(START_MS).toISOString(),
  end: new Date(END_MS).toISOString(),
  drain: "10m",
};
const edgeOf = (given: PoolGiven, nowMs = START_MS) => new PoolEdge(given, nowMs);

describe("a panic", () => {
  const health = { hk: { probes: "unhealthy" as const }, sg: { probes: "unhealthy" as const } };

  it("spreads reads over all, as the slots are owned, and gives writes the busy answer", () => {
    const edge = edgeOf({ origins: THREE, health });
    expect(edge.state(START_MS).kind).toBe("panic");
    expect(edge.percents(START_MS)).toEqual({ hk: 50, sg: 30, fra: 20 });
    expect(edge.place(START_MS, "anybody", { isWrite: true })).toBe("busy");
  });

  it("spreads writes, too, where the file says so", () => {
    const edge = edgeOf({ origins: THREE, health, pool: { panic_writes: "spread" } });
    const places = new Set(
      Array.from({ length: 200 }, (_, user) => edge.place(START_MS, `user-${user}`, { isWrite: true })),
    );
    expect([...places].sort()).toEqual(["fra", "hk", "sg"]);
  });

  it("never comes where the file says 0", () => {
    const edge = edgeOf({ origins: THREE, health, pool: { panic_threshold: 0 } });
    expect(edge.state(START_MS).kind).toBe("normal");
    expect(edge.percents(START_MS)).toEqual({ hk: 0, sg: 0, fra: 100 });
    expect(edge.place(START_MS, "anybody", { isWrite: true })).toBe("fra");
  });

  it("does not come when one of two regions is down, be it the larger one", () => {
    const edge = edgeOf({ origins: { hk: 90, sg: 10 }, health: { hk: { probes: "unhealthy" } } });
    expect(edge.state(START_MS).kind).toBe("normal");
    expect(edge.place(START_MS, "anybody", { isWrite: true })).toBe("sg");
  });

  it("sends nobody to an origin in maintenance", () => {
    const edge = edgeOf({ origins: THREE, health, maintenance: [{ ...WINDOW, origin: "hk" }] });
    expect(edge.percents(START_MS).hk).toBe(0);
  });
});

describe("priorities", () => {
  const FOUR = { hk: {}, sg: {}, fra: { priority: 1 }, tyo: { priority: 1 } };

  it("keep the second level idle while the first is whole", () => {
    expect(edgeOf({ origins: FOUR }).percents(START_MS)).toEqual({ hk: 50, sg: 50, fra: 0, tyo: 0 });
  });

  it("spill by Envoy's rule: half of the first level leaves 70 % there", () => {
    const edge = edgeOf({ origins: FOUR, health: { hk: { probes: "unhealthy" } } });
    expect(edge.percents(START_MS)).toEqual({ hk: 0, sg: 70, fra: 15, tyo: 15 });
  });

  it("spill by the file's factor", () => {
    const edge = edgeOf({
      origins: FOUR,
      health: { hk: { probes: "unhealthy" } },
      pool: { over_provisioning: 2 },
    });
    expect(edge.percents(START_MS)).toEqual({ hk: 0, sg: 100, fra: 0, tyo: 0 });
  });

  it("give all to the second level when the first is gone", () => {
    const health = { hk: { probes: "unhealthy" as const }, sg: { probes: "unhealthy" as const } };
    expect(edgeOf({ origins: FOUR, health }).percents(START_MS)).toEqual({ hk: 0, sg: 0, fra: 50, tyo: 50 });
  });

  it("leave somebody whenever an origin with weight is healthy", () => {
    const member = fc.record({
      weight: fc.constantFrom(1, 5, 1000),
      priority: fc.integer({ min: 0, max: 2 }),
      isDown: fc.boolean(),
    });
    const threshold = fc.constantFrom(0, 50, 100);
    fc.assert(
      fc.property(fc.array(member, { minLength: 1, maxLength: 5 }), threshold, (members, panic_threshold) => {
        const levels = [...new Set(members.map(({ priority }) => priority))].sort();
        // The file allows no gaps.
        const named = members.map(
          (given, index) => [`o${index}`, { ...given, priority: levels.indexOf(given.priority) }] as const,
        );
        const edge = edgeOf({
          origins: Object.fromEntries(
            named.map(([name, { weight, priority }]) => [name, { weight, priority }]),
          ),
          pool: { panic_threshold },
          health: Object.fromEntries(
            named.map(([name, { isDown }]) => [
              name,
              { probes: isDown ? ("unhealthy" as const) : ("healthy" as const) },
            ]),
          ),
        });
        if (members.every(({ isDown }) => isDown)) return;
        expect(edge.state(START_MS).usable).not.toEqual([]);
        expect(edge.place(START_MS)).toMatch(/^o\d$/);
      }),
      {
        numRuns: 300,
        // A small origin beside a large one that is out, in a level that is not the first.
        examples: [
          [
            [
              { weight: 5, priority: 0, isDown: true },
              { weight: 1, priority: 1, isDown: false },
              { weight: 1000, priority: 1, isDown: true },
            ],
            0,
          ],
        ],
      },
    );
  });
});
