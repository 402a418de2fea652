import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decideSecond,
  firstLookMs,
  type LateRead,
  mayRescue,
  noteRescue,
  type SecondMeans,
} from "../../src/policy/second-attempt.ts";

const TIMEOUT_MS = 2_000;
const NO_HEDGE = { kind: "no" } as const;
const hedgeAfter = (delayMs: number) => ({ kind: "after", delayMs }) as const;

describe("a read without an answer", () => {
  it.each([
    ["looks at the half of its time", NO_HEDGE, 0, 1_000],
    ["looks there too where answers are quick", NO_HEDGE, 30, 1_000],
    ["waits for the p95 of an origin that usually takes longer", NO_HEDGE, 1_200, 1_200],
    ["leaves the second origin a quarter of the time, whatever the p95", NO_HEDGE, 2_000, 1_500],
    ["looks after the hedge's delay in a pool that hedges", hedgeAfter(40), 30, 40],
    ["looks at the half all the same when hedges would come later", hedgeAfter(1_300), 30, 1_000],
  ])("%s", (_, hedge, p95Ms, lookMs) => {
    expect(firstLookMs(hedge, TIMEOUT_MS, p95Ms)).toBe(lookMs);
  });
});

describe("a late read", () => {
  const read: LateRead = { waitedMs: 1_000, timeoutMs: TIMEOUT_MS, p95Ms: 30 };
  const means: SecondMeans = {
    attempts: 1,
    mostAttempts: 3,
    hasBudget: true,
    isOriginOut: false,
    mayRescue: true,
  };
  const decided = (some: Partial<SecondMeans>, more: Partial<LateRead> = {}) =>
    decideSecond({ ...read, ...more }, { ...means, ...some });
  const lookAgain = (afterMs: number) => ({ kind: "look-again", afterMs });

  it("is asked of a second origin out of the budget", () => {
    expect(decided({})).toEqual({ kind: "start", paidBy: "budget" });
  });

  it("without budget is rescued from an origin that has gone out, and from no other", () => {
    expect(decided({ hasBudget: false, isOriginOut: true })).toEqual({ kind: "start", paidBy: "rescue" });
    expect(decided({ hasBudget: false })).toEqual(lookAgain(250));
    expect(decided({ hasBudget: false, isOriginOut: true, mayRescue: false })).toEqual(lookAgain(250));
  });

  it("of a pool that hedges looks again at the half of its time", () => {
    expect(decided({ hasBudget: false }, { waitedMs: 40 })).toEqual(lookAgain(960));
  });

  it("makes no more attempts than are allowed", () => {
    expect(decided({ attempts: 3 })).toEqual({ kind: "no" });
  });

  it("stops looking when its time is over, after four more looks at most", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 600_000 }),
        fc.integer({ min: 0, max: 600_000 }),
        (ms, p95Ms) => {
          let waitedMs = firstLookMs(NO_HEDGE, ms, p95Ms);
          for (let looks = 0; ; looks++) {
            expect(waitedMs).toBeLessThan(ms);
            expect(looks).toBeLessThanOrEqual(4);
            const decision = decided({ hasBudget: false }, { waitedMs, timeoutMs: ms, p95Ms });
            if (decision.kind !== "look-again") return decision.kind === "no";
            expect(decision.afterMs).toBeGreaterThan(0);
            waitedMs += decision.afterMs;
          }
        },
      ),
    );
  });
});

describe("rescues", () => {
  const WINDOW_MS = 10_000;
  const well = { successes: 100, failures: 0 };
  const made = (count: number, nowMs = 1_000) => {
    const rescues = { sinceMs: 0, made: 0 };
    for (let index = 0; index < count; index++) noteRescue(rescues, WINDOW_MS, nowMs);
    return rescues;
  };

  it("are half of what the others answer, and then there are none for a while", () => {
    expect(mayRescue(made(49), well, WINDOW_MS, 2_000)).toBe(true);
    expect(mayRescue(made(50), well, WINDOW_MS, 2_000)).toBe(false);
    expect(mayRescue(made(50), well, WINDOW_MS, WINDOW_MS)).toBe(true);
  });

  it("are counted anew after the window", () => {
    const rescues = made(50);
    noteRescue(rescues, WINDOW_MS, 12_000);
    expect(rescues).toEqual({ sinceMs: 12_000, made: 1 });
  });

  it("are none where the others fail too, or answer nothing", () => {
    expect(mayRescue(made(0), { successes: 100, failures: 9 }, WINDOW_MS, 0)).toBe(true);
    expect(mayRescue(made(0), { successes: 100, failures: 10 }, WINDOW_MS, 0)).toBe(false);
    expect(mayRescue(made(0), { successes: 0, failures: 0 }, WINDOW_MS, 0)).toBe(false);
  });

  it("begin anew when the clock was set back", () => {
    expect(mayRescue(made(50, 60_000), well, WINDOW_MS, 1_000)).toBe(true);
  });
});
