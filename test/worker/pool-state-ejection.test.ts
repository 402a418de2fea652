import { describe, expect, it } from "vitest";
import { nextEjection } from "../../src/policy/ejection.ts";
import { ANSWERED, cameBack, drainOf, ejected, PoolEdge, type PoolGiven, REFUSED } from "./pools.ts";

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

  it("that Control makes longer after a failed trial lasts as long here, whatever this edge made of it", () => {
    const endsAtMs = START_MS + 30 * SECOND;
    const edge = edgeOf({ origins: THREE, health: { hk: { ejection: ejected(endsAtMs) } } });
    edge.state(endsAtMs + SECOND);
    edge.ended("hk", REFUSED, endsAtMs + SECOND, { isTrial: true });
    // As often in a row as can be counted, so that nothing else tells it from the word before.
    const longer = ejected(endsAtMs + 40 * SECOND);
    edge.take({ origins: THREE, health: { hk: { ejection: longer } } }, endsAtMs + 2 * SECOND);
    edge.state(endsAtMs + 2 * SECOND);
    expect(edge.memory("hk").ejection).toEqual(longer);
    // That its trial begins then is no news, and what was tried here stays counted.
    const trialAtMs = endsAtMs + 41 * SECOND;
    edge.state(trialAtMs);
    edge.ended("hk", ANSWERED, trialAtMs, { isTrial: true });
    const onTrial = nextEjection(longer, { kind: "tick" }, trialAtMs, 0.5);
    edge.take({ origins: THREE, health: { hk: { ejection: onTrial } } }, trialAtMs);
    edge.state(trialAtMs);
    expect(edge.memory("hk").ejection).toMatchObject({ kind: "trial", successes: 1 });
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
