import { describe, expect, it } from "vitest";
import { PoolEdge, type PoolGiven } from "./pools.ts";

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
