import { describe, expect, it } from "vitest";
import { takeReport } from "../../src/edge/origin-memory.ts";
import type { AttemptOutcome } from "../../src/policy/outcome.ts";
import { windowTotals } from "../../src/policy/outlier.ts";
import { ANSWERED, ejected, PoolEdge, REFUSED } from "./pools.ts";

const NOW_MS = 1_700_000_000_000;
const TWO = { hk: 1, sg: 1 };
const answered = (status: number, hasRetryAfter = false): AttemptOutcome => ({
  kind: "answered",
  status,
  hasRetryAfter,
});
const edgeOf = (ejection = {}, health = {}) =>
  new PoolEdge({ origins: TWO, pool: { ejection }, health }, NOW_MS);

/** Which of so many outcomes, one a millisecond, ejected the origin: its number from 1, or 0 for none. */
function ejectedBy(edge: PoolEdge, outcomes: readonly AttemptOutcome[]): number {
  return outcomes.findIndex((outcome, index) => edge.ended("hk", outcome, NOW_MS + index)) + 1;
}
const times = <T>(count: number, value: T): T[] => new Array<T>(count).fill(value);

describe("failures in a row", () => {
  it.each<[string, AttemptOutcome]>([
    ["refused or reset", REFUSED],
    ["no headers in time", { kind: "timed-out" }],
    ["a truncated body", { kind: "truncated" }],
    ["502", answered(502)],
    ["503", answered(503)],
    ["504", answered(504)],
    ["521, as Cloudflare says it", answered(521)],
  ])("eject the origin at the fifth: %s", (_, outcome) => {
    expect(ejectedBy(edgeOf(), times(8, outcome))).toBe(5);
  });

  it.each<[string, AttemptOutcome]>([
    ["500", answered(500)],
    ["503 with Retry-After", answered(503, true)],
    ["429", answered(429)],
    ["404", answered(404)],
    ["a client that went away", { kind: "client-gone" }],
  ])("are not counted: %s", (_, outcome) => {
    const edge = edgeOf();
    expect(ejectedBy(edge, times(50, outcome))).toBe(0);
    expect(windowTotals(edge.memory("hk").stats, NOW_MS + 50).failures).toBe(0);
  });

  it("count every 5xx where the file says so", () => {
    expect(ejectedBy(edgeOf({ count_5xx: true }), times(8, answered(500)))).toBe(5);
  });

  it("are as many as the file says", () => {
    expect(ejectedBy(edgeOf({ consecutive_failures: 2 }), times(8, REFUSED))).toBe(2);
  });

  it("begin anew after a success", () => {
    const outcomes = [...times(4, REFUSED), ANSWERED, ...times(5, REFUSED)];
    expect(ejectedBy(edgeOf(), outcomes)).toBe(10);
  });

  it("are not broken by outcomes that say nothing", () => {
    const outcomes = [...times(4, REFUSED), answered(500), { kind: "client-gone" } as const, REFUSED];
    expect(ejectedBy(edgeOf(), outcomes)).toBe(7);
  });

  it("tell of the ejection once", () => {
    const edge = edgeOf();
    ejectedBy(edge, times(5, REFUSED));
    expect(edge.ended("hk", REFUSED, NOW_MS + 6)).toBe(false);
  });

  it("eject nobody where the file switches ejection off, or Control has ejected already", () => {
    expect(ejectedBy(edgeOf({ enabled: false }), times(50, REFUSED))).toBe(0);
    const health = { hk: { ejection: ejected(NOW_MS + 30_000) } };
    expect(ejectedBy(edgeOf({}, health), times(50, REFUSED))).toBe(0);
  });
});

describe("a rate of failures", () => {
  it("ejects when it is proven: not at half, which could be less, but well above", () => {
    const mixed = (failures: number, successes: number) =>
      Array.from({ length: 40 }, () => [...times(failures, REFUSED), ...times(successes, ANSWERED)]).flat();
    expect(ejectedBy(edgeOf(), mixed(1, 1))).toBe(0);
    expect(ejectedBy(edgeOf(), mixed(3, 1))).toBeGreaterThanOrEqual(20);
  });
});

describe("what an edge tells Control", () => {
  it("is nothing without news, and nothing twice", () => {
    const edge = edgeOf();
    const memory = edge.memory("hk");
    expect(takeReport("wallet", "hk", memory)).toBeUndefined();
    edge.ended("hk", ANSWERED, NOW_MS);
    expect(takeReport("wallet", "hk", memory)).toEqual({
      pool: "wallet",
      origin: "hk",
      stats: memory.stats,
      tried: { successes: 0, failures: 0 },
    });
    expect(takeReport("wallet", "hk", memory)).toBeUndefined();
  });

  it("is no outcome that says nothing", () => {
    const edge = edgeOf();
    edge.ended("hk", { kind: "client-gone" }, NOW_MS);
    expect(edge.memory("hk").hasNews).toBe(false);
  });

  it("counts trials apart from traffic, and each once", () => {
    const edge = edgeOf();
    edge.ended("hk", ANSWERED, NOW_MS, { isTrial: true });
    edge.ended("hk", REFUSED, NOW_MS, { isTrial: true });
    const memory = edge.memory("hk");
    expect(takeReport("wallet", "hk", memory)?.tried).toEqual({ successes: 1, failures: 1 });
    expect(windowTotals(memory.stats, NOW_MS)).toEqual({ successes: 0, failures: 0 });
    edge.ended("hk", ANSWERED, NOW_MS);
    expect(takeReport("wallet", "hk", memory)?.tried).toEqual({ successes: 0, failures: 0 });
  });
});

describe("the retry budget", () => {
  it("loses a token by a failure, gains a tenth by a success, and keeps by what says nothing", () => {
    const edge = edgeOf();
    const { budget } = edge.pool.memory;
    edge.ended("hk", REFUSED, NOW_MS);
    edge.ended("sg", { kind: "client-gone" }, NOW_MS);
    expect(budget.milliTokens).toBe(9000);
    edge.ended("sg", ANSWERED, NOW_MS);
    expect(budget.milliTokens).toBe(9100);
  });
});

describe("a slow start", () => {
  it("counts the successes since the origin came back", () => {
    const edge = edgeOf();
    const memory = edge.memory("hk");
    edge.ended("hk", ANSWERED, NOW_MS);
    memory.returned = { atMs: NOW_MS, successes: 0 };
    edge.ended("hk", ANSWERED, NOW_MS + 1);
    edge.ended("hk", REFUSED, NOW_MS + 2);
    expect(memory.returned.successes).toBe(1);
  });
});
