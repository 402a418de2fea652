import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drainOf, PoolEdge, type PoolGiven, REFUSED } from "./pools.ts";

const START_MS = Date.UTC(2026, 10, 30, 18);
const SECOND = 1000;
const MINUTE = 60_000;

const THREE = { hk: 50, sg: 30, fra: 20 };
const edgeOf = (given: PoolGiven, nowMs = START_MS) => new PoolEdge(given, nowMs);

function fail(edge: PoolEdge, name: string, nowMs: number, times = 5): void {
  for (let time = 0; time < times; time++) edge.ended(name, REFUSED, nowMs);
}

describe("the state of a pool in which all is well", () => {
  it("is the owners' own table, and is not worked out again", () => {
    const edge = edgeOf({ origins: THREE });
    const state = edge.state(START_MS);
    expect(state).toMatchObject({ kind: "normal", hasDrain: false, onTrial: [], validUntilMs: Infinity });
    expect(state.slots).toBe(edge.pool.owners);
    expect(edge.words(START_MS)).toEqual({ hk: "healthy: ok", sg: "healthy: ok", fra: "healthy: ok" });
    expect(edge.state(START_MS + 1e9)).toBe(state);
  });

  it("leaves out origins without weight", () => {
    expect(edgeOf({ origins: { hk: 1, sg: 0, fra: 1 } }).state(START_MS).usable).toEqual([0, 2]);
  });
});

describe("an origin that monitors find unhealthy", () => {
  const down = { origins: THREE, health: { hk: { probes: "unhealthy" as const } } };

  it("takes nobody, and its users go to the others in proportion", () => {
    const edge = edgeOf(down);
    expect(edge.words(START_MS).hk).toBe("unhealthy: probes");
    expect(edge.percents(START_MS)).toEqual({ hk: 0, sg: 60, fra: 40 });
  });

  it("is tried again when Control has not been heard for longer than a monitor may be silent", () => {
    const health = { path: "/healthz", interval: "5s", timeout: "2s" };
    const edge = edgeOf({ ...down, pool: { health, slow_start: { window: "0s" } } });
    expect(edge.words(START_MS + 17 * SECOND).hk).toBe("unhealthy: probes");
    expect(edge.words(START_MS + 18 * SECOND).hk).toBe("healthy: ok");
    edge.pool.heard.atMs = START_MS + 30 * SECOND;
    expect(edge.words(START_MS + 31 * SECOND).hk).toBe("unhealthy: probes");
  });

  it("keeps each state for 10 s, so that a flapping origin moves users once in that time", () => {
    const edge = edgeOf({ origins: THREE });
    edge.state(START_MS);
    edge.take(down, START_MS + 1);
    expect(edge.words(START_MS + 1).hk).toBe("unhealthy: probes");
    edge.take({ origins: THREE, health: { hk: { probes: "healthy" } } }, START_MS + 3 * SECOND);
    expect(edge.words(START_MS + 3 * SECOND).hk).toBe("unhealthy: held");
    expect(edge.percents(START_MS + 10 * SECOND).hk).toBe(0);
    expect(edge.words(START_MS + 11 * SECOND).hk).toBe("healthy: slow-start");
    edge.take(down, START_MS + 12 * SECOND);
    expect(edge.words(START_MS + 12 * SECOND).hk).toBe("healthy: held");
    expect(edge.words(START_MS + 22 * SECOND).hk).toBe("unhealthy: probes");
  });

  it("changes at most once in 10 s, however it flaps", () => {
    const edge = edgeOf({ origins: THREE });
    let before = edge.words(START_MS).hk?.split(":")[0];
    let changedAtMs = 0;
    for (let atMs = START_MS; atMs < START_MS + 120 * SECOND; atMs += 500) {
      const isDown = Math.floor(atMs / 3000) % 2 === 0;
      edge.take({ origins: THREE, health: { hk: { probes: isDown ? "unhealthy" : "healthy" } } }, atMs);
      const now = edge.words(atMs).hk?.split(":")[0];
      if (now === before) continue;
      expect(atMs - changedAtMs).toBeGreaterThanOrEqual(10 * SECOND);
      before = now;
      changedAtMs = atMs;
    }
    expect(changedAtMs).toBeGreaterThan(0);
  });

  it("obeys an operator at once, hold or not", () => {
    const edge = edgeOf({ origins: THREE });
    edge.state(START_MS);
    edge.take(down, START_MS + 1);
    edge.state(START_MS + 1);
    edge.take({ origins: THREE, overrides: [drainOf("hk")] }, START_MS + 2);
    expect(edge.words(START_MS + 2).hk).toBe("draining: drain");
  });

  it("leaves every user of the others where they are", () => {
    const some = fc.array(fc.tuple(fc.integer({ min: 1, max: 100 }), fc.boolean()), {
      minLength: 2,
      maxLength: 6,
    });
    fc.assert(
      fc.property(some, (members) => {
        const named = members.map(([weight, isDown], index) => ({ name: `o${index}`, weight, isDown }));
        const edge = edgeOf({
          origins: Object.fromEntries(named.map(({ name, weight }) => [name, weight])),
          pool: { panic_threshold: 0 },
          health: Object.fromEntries(
            named.map(({ name, isDown }) => [
              name,
              { probes: isDown ? ("unhealthy" as const) : ("healthy" as const) },
            ]),
          ),
        });
        if (named.every(({ isDown }) => isDown)) return;
        const { slots } = edge.state(START_MS);
        edge.pool.owners.forEach((owner, slot) => {
          if (named[owner]?.isDown !== true) expect(slots[slot]).toBe(owner);
          else expect(named[slots[slot] ?? 255]?.isDown).toBe(false);
        });
      }),
      { numRuns: 40 },
    );
  });
});

describe("an origin that asks for less in its probes' answers", () => {
  it("takes so many percent of its weight", () => {
    const capacity = { kind: "percent" as const, percent: 50 };
    const edge = edgeOf({ origins: { hk: 50, sg: 50 }, health: { hk: { capacity } } });
    expect(edge.words(START_MS).hk).toBe("healthy: capacity");
    expect(edge.percents(START_MS).hk).toBeCloseTo(33.3, 0);
  });

  it("is drained when it says so", () => {
    const edge = edgeOf({ origins: THREE, health: { hk: { capacity: { kind: "drain" } } } });
    expect(edge.words(START_MS).hk).toBe("draining: capacity");
    expect(edge.percents(START_MS).hk).toBe(0);
  });
});

describe("an edge whose clock was set back", () => {
  it("works the state out again all the same", () => {
    const edge = edgeOf({ origins: THREE });
    edge.state(START_MS);
    fail(edge, "hk", START_MS + 1);
    edge.state(START_MS + 1);
    const backMs = START_MS - 60 * MINUTE;
    expect(edge.state(backMs).validUntilMs).toBeLessThan(START_MS);
  });
});
