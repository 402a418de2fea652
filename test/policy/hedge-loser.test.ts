import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideLoser, LONGEST_WAIT_MS, type Loser, type LoserOptions } from "../../src/policy/hedge-loser.ts";

const loser: Loser = { waitedMs: 40, p95Ms: 30, othersWaitedFor: 0 };
const pool: LoserOptions = { timeoutMs: 10_000, ejects: true, consecutiveFailures: 5 };
const decided = (more: Partial<Loser> = {}, options: Partial<LoserOptions> = {}) =>
  decideLoser({ ...loser, ...more }, { ...pool, ...options });
const giveUp = { kind: "give-up" };
const wait = (forMs: number) => ({ kind: "wait", forMs });

describe("a hedge's loser", () => {
  it("has half of the pool's time-out, from its sending on", () => {
    expect(decided()).toEqual(wait(4_960));
    expect(decided({ waitedMs: 1_000 }, { timeoutMs: 3_000 })).toEqual(wait(500));
  });

  it("has timed out at once when it has had that already", () => {
    expect(decided({ waitedMs: 5_000 })).toEqual(wait(0));
    expect(decided({ waitedMs: 9_000 })).toEqual(wait(0));
  });

  it("of an origin that usually takes long has twice that, and never more than the time-out", () => {
    expect(decided({ p95Ms: 4_000 })).toEqual(wait(7_960));
    expect(decided({ p95Ms: 6_000 })).toEqual(wait(9_960));
  });

  it("is given up while enough others are waited for to eject", () => {
    expect(decided({ othersWaitedFor: 4 }).kind).toBe("wait");
    expect(decided({ othersWaitedFor: 5 })).toEqual(giveUp);
    // Ten outcomes without a success eject whatever stands in a row.
    expect(decided({ othersWaitedFor: 10 }, { consecutiveFailures: 100 })).toEqual(giveUp);
  });

  it("is given up where nothing is ejected", () => {
    expect(decided({}, { ejects: false })).toEqual(giveUp);
  });

  it("is waited for no longer than the platform keeps work behind an answer", () => {
    expect(decided({}, { timeoutMs: 600_000 })).toEqual(wait(LONGEST_WAIT_MS - 40));
    // An origin that needs more than that to be told from a slow one is left alone.
    expect(decided({ p95Ms: 60_000 }, { timeoutMs: 600_000 })).toEqual(giveUp);
  });

  it("never waits beyond its time-out, nor for a negative time", () => {
    const ms = fc.integer({ min: 0, max: 700_000 });
    fc.assert(
      fc.property(ms, ms, fc.integer({ min: 10, max: 600_000 }), (waitedMs, p95Ms, timeoutMs) => {
        const decision = decided({ waitedMs, p95Ms }, { timeoutMs });
        if (decision.kind === "give-up") return;
        expect(decision.forMs).toBeGreaterThanOrEqual(0);
        expect(decision.forMs).toBeLessThanOrEqual(LONGEST_WAIT_MS);
        if (decision.forMs > 0) expect(waitedMs + decision.forMs).toBeLessThanOrEqual(timeoutMs);
      }),
    );
  });
});
