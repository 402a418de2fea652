import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cameBack, drainOf, ejected, PoolEdge, type PoolGiven, REFUSED } from "./pools.ts";

/** 1 December 2026, 02:00 in Hong Kong. */
const START_MS = Date.UTC(2026, 10, 30, 18);
const END_MS = START_MS + 7_200_000;
const SECOND = 1000;
const MINUTE = 60_000;

const THREE = { hk: 50, sg: 30, fra: 20 };
const WINDOW = {
  pool: "wallet",
  start: new Date(START_MS).toISOString(),
  end: new Date(END_MS).toISOString(),
  drain: "10m",
};
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

describe("a maintenance window", () => {
  const given = { origins: THREE, maintenance: [{ ...WINDOW, origin: "hk" }] };

  it("acts at its exact time in an edge that hears nothing from Control", () => {
    const edge = edgeOf(given, START_MS - 60 * MINUTE);
    const seen = [-11 * MINUTE, -10 * MINUTE - 1, -10 * MINUTE, -1, 0, END_MS - START_MS - 1].map((atMs) => [
      atMs,
      edge.words(START_MS + atMs).hk,
      edge.percents(START_MS + atMs).hk,
    ]);
    expect(seen).toEqual([
      [-11 * MINUTE, "healthy: ok", 50],
      [-10 * MINUTE - 1, "healthy: ok", 50],
      [-10 * MINUTE, "draining: drain", 0],
      [-1, "draining: drain", 0],
      [0, "maintenance: maintenance", 0],
      [END_MS - START_MS - 1, "maintenance: maintenance", 0],
    ]);
  });

  it("ends at its exact time, by slow start", () => {
    const edge = edgeOf(given, START_MS);
    edge.state(START_MS);
    expect(edge.words(END_MS - 1).hk).toBe("maintenance: maintenance");
    expect(edge.words(END_MS).hk).toBe("healthy: slow-start");
    // A tenth of 50 beside 30 and 20.
    expect(edge.percents(END_MS).hk).toBeCloseTo(9.1, 0);
  });

  it("ends without slow start where the pool wants none", () => {
    const edge = edgeOf({ ...given, pool: { slow_start: { window: "0s" } } }, START_MS);
    edge.state(START_MS);
    expect(edge.words(END_MS).hk).toBe("healthy: ok");
    expect(edge.percents(END_MS).hk).toBe(50);
  });

  it("needs no slow start in an edge that starts cold after it", () => {
    expect(edgeOf(given, END_MS).words(END_MS).hk).toBe("healthy: ok");
  });

  it("of the whole pool leaves nobody, and tells each origin's end", () => {
    const edge = edgeOf({ origins: THREE, maintenance: [{ ...WINDOW, message: { en: "Back soon." } }] });
    expect(edge.state(START_MS).kind).toBe("maintenance");
    expect(edge.state(START_MS).usable).toEqual([]);
    for (const { endsAtMs, message } of edge.state(START_MS).services) {
      expect(endsAtMs).toBe(END_MS);
      expect(message).toEqual({ en: "Back soon." });
    }
    expect(edge.place(START_MS, "anybody")).toBe("maintenance");
    expect(edge.state(END_MS).kind).toBe("normal");
  });

  it("by command acts at its exact time, too", () => {
    const window = {
      id: 1,
      kind: "maintenance" as const,
      pool: "wallet",
      origin: "hk",
      startMs: START_MS,
      endMs: END_MS,
      drainMs: 0,
    };
    const edge = edgeOf({ origins: THREE, overrides: [window] }, START_MS - MINUTE);
    expect(edge.words(START_MS - 1).hk).toBe("healthy: ok");
    expect(edge.words(START_MS).hk).toBe("maintenance: maintenance");
    expect(edge.words(END_MS).hk).toBe("healthy: slow-start");
  });
});

describe("a slow start", () => {
  /** An edge to which hk has just come back from maintenance. */
  function returned(): PoolEdge {
    const edge = edgeOf({ origins: { hk: 1, sg: 1 }, maintenance: [{ ...WINDOW, origin: "hk" }] });
    edge.state(START_MS);
    edge.state(END_MS);
    return edge;
  }
  const proven = { kind: "answered", status: 200, hasRetryAfter: false } as const;

  it("never ends by waiting alone", () => {
    expect(returned().percents(END_MS + 60 * MINUTE).hk).toBeCloseTo(9.1, 0);
  });

  it("rises with time and proven successes, never falls and never exceeds the origin's share", () => {
    const edge = returned();
    for (let success = 0; success < 20; success++) edge.ended("hk", proven, END_MS + 1);
    const shares = Array.from({ length: 61 }, (_, step) => edge.percents(END_MS + step * 500 + 2).hk ?? 0);
    shares.forEach((share, step) => {
      expect(share).toBeGreaterThanOrEqual(shares[step - 1] ?? 0);
      expect(share).toBeLessThanOrEqual(50);
    });
    expect(shares[30]).toBeCloseTo(33.3, 0);
    expect(shares.at(-1)).toBe(50);
  });

  it("is over when it has its full share, and then nothing is worked out again", () => {
    const edge = returned();
    for (let success = 0; success < 20; success++) edge.ended("hk", proven, END_MS + 1);
    const atMs = END_MS + 31 * SECOND;
    expect(edge.words(atMs).hk).toBe("healthy: ok");
    expect(edge.state(atMs).validUntilMs).toBe(Infinity);
    expect(edge.memory("hk").returned).toBeUndefined();
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

describe("an ejection", () => {
  it("by this edge acts with the next request", () => {
    const edge = edgeOf({ origins: THREE });
    edge.state(START_MS);
    fail(edge, "hk", START_MS + 1);
    expect(edge.words(START_MS + 1).hk).toBe("ejected: consecutive-failures");
    expect(edge.percents(START_MS + 1)).toEqual({ hk: 0, sg: 60, fra: 40 });
  });

  it("by Control acts in an edge that has seen nothing", () => {
    const edge = edgeOf({
      origins: THREE,
      health: { hk: { ejection: ejected(START_MS + 30 * SECOND) } },
    });
    expect(edge.words(START_MS).hk).toBe("ejected: consecutive-failures");
  });

  it("by Control ends this edge's own when it ends, by slow start", () => {
    const edge = edgeOf({ origins: THREE });
    edge.state(START_MS);
    fail(edge, "hk", START_MS + 1);
    edge.take(
      { origins: THREE, health: { hk: { ejection: ejected(START_MS + 30 * SECOND) } } },
      START_MS + 2,
    );
    edge.state(START_MS + 2);
    const backMs = START_MS + 15 * SECOND;
    edge.take({ origins: THREE, health: { hk: { ejection: cameBack(backMs) } } }, backMs);
    expect(edge.words(backMs).hk).toBe("healthy: slow-start");
    expect(edge.memory("hk").ejection.kind).toBe("none");
  });

  it("that Control does not share lasts in this edge for its own time, and no longer", () => {
    const edge = edgeOf({ origins: THREE });
    fail(edge, "hk", START_MS);
    edge.take({ origins: THREE, health: { hk: { probes: "healthy" } } }, START_MS + SECOND);
    expect(edge.words(START_MS + 20 * SECOND).hk).toBe("ejected: consecutive-failures");
    expect(edge.words(START_MS + 34 * SECOND).hk).toBe("ejected: trial");
    expect(edge.state(START_MS + 34 * SECOND).onTrial).toEqual([0]);
  });

  it("of the file's length lasts so long", () => {
    const pool = { ejection: { base: "20m", max: "1h" } };
    const edge = edgeOf({ origins: THREE, pool });
    fail(edge, "hk", START_MS);
    expect(edge.words(START_MS + 15 * MINUTE).hk).toBe("ejected: consecutive-failures");
    expect(edge.words(START_MS + 23 * MINUTE).hk).toBe("ejected: trial");
  });

  it("by Control comes to its trial in time though Control has fallen silent", () => {
    const endsAtMs = START_MS + 30 * SECOND;
    const edge = edgeOf({ origins: THREE, health: { hk: { ejection: ejected(endsAtMs) } } });
    edge.state(START_MS);
    expect(edge.words(endsAtMs + SECOND).hk).toBe("ejected: trial");
    expect(edge.place(endsAtMs + SECOND, "anybody", { mayTry: true })).toBe("hk");
  });

  it("is over after three good trials, though Control has fallen silent", () => {
    const endsAtMs = START_MS + 30 * SECOND;
    const edge = edgeOf({ origins: THREE, health: { hk: { ejection: ejected(endsAtMs) } } });
    edge.state(START_MS);
    for (let trial = 1; trial <= 3; trial++) {
      const atMs = endsAtMs + trial * SECOND;
      edge.state(atMs);
      edge.ended("hk", { kind: "answered", status: 200, hasRetryAfter: false }, atMs, { isTrial: true });
    }
    expect(edge.words(endsAtMs + 4 * SECOND).hk).toBe("healthy: slow-start");
  });

  it("does not come again for what failed before it", () => {
    const edge = edgeOf({ origins: THREE });
    edge.state(START_MS);
    fail(edge, "hk", START_MS + 1);
    edge.state(START_MS + 1);
    for (let trial = 0; trial < 3; trial++) {
      const atMs = START_MS + (34 + trial) * SECOND;
      edge.state(atMs);
      edge.ended("hk", { kind: "answered", status: 200, hasRetryAfter: false }, atMs, { isTrial: true });
    }
    const backMs = START_MS + 37 * SECOND;
    expect(edge.words(backMs).hk).toBe("healthy: slow-start");
    fail(edge, "hk", backMs + 11 * SECOND, 4);
    expect(edge.words(backMs + 11 * SECOND).hk).toBe("healthy: slow-start");
    fail(edge, "hk", backMs + 11 * SECOND, 1);
    expect(edge.words(backMs + 11 * SECOND).hk).toBe("ejected: consecutive-failures");
  });
});

describe("the last origin", () => {
  it("is never ejected by this edge: the others being unhealthy, in maintenance or drained", () => {
    const others: PoolGiven[] = [
      { origins: { hk: 1, sg: 1 }, health: { sg: { probes: "unhealthy" } } },
      { origins: { hk: 1, sg: 1 }, maintenance: [{ ...WINDOW, origin: "sg" }] },
      { origins: { hk: 1, sg: 1 }, overrides: [drainOf("sg")] },
      { origins: { hk: 1, sg: 0 } },
      { origins: { hk: 1 } },
    ];
    for (const given of others) {
      const edge = edgeOf(given);
      edge.state(START_MS);
      fail(edge, "hk", START_MS, 50);
      expect(edge.memory("hk").ejection.kind).toBe("none");
      expect(edge.percents(START_MS).hk).toBe(100);
    }
  });

  it("of two that are ejected is the one whose ejection ends first, and it takes its traffic", () => {
    const edge = edgeOf({
      origins: { hk: 1, sg: 1 },
      health: {
        hk: { ejection: ejected(START_MS + 40 * SECOND) },
        sg: { ejection: ejected(START_MS + 20 * SECOND) },
      },
    });
    expect(edge.words(START_MS)).toEqual({ hk: "ejected: consecutive-failures", sg: "healthy: last-left" });
    expect(edge.percents(START_MS)).toEqual({ hk: 0, sg: 100 });
    expect(edge.place(START_MS, "anybody", { isWrite: true })).toBe("sg");
  });

  it("takes its traffic though it was ejected, when the other one goes out for another reason", () => {
    const outs: Omit<PoolGiven, "origins">[] = [
      { health: { sg: { probes: "unhealthy" } } },
      { maintenance: [{ ...WINDOW, origin: "sg" }] },
      { overrides: [drainOf("sg")] },
    ];
    for (const out of outs) {
      const edge = edgeOf({
        origins: { hk: 1, sg: 1 },
        ...out,
        health: { ...out.health, hk: { ejection: ejected(START_MS + 30 * SECOND) } },
      });
      expect(edge.place(START_MS, "a new user")).toBe("hk");
      expect(edge.place(START_MS, "a new user", { isWrite: true })).toBe("hk");
    }
  });
});

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
