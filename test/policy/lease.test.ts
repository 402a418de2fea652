import { describe, expect, it } from "vitest";
import {
  beginAsk,
  beginReturn,
  beginTelling,
  decideLease,
  dropAsk,
  endAsk,
  failAsk,
  forgetDemand,
  heldTokens,
  isLive,
  MAX_ASKS,
  newLease,
  noteDemand,
  owedTokens,
  refund,
  reshape,
  spend,
  standingOf,
} from "../../src/policy/lease.ts";
import { type Grant, LEASE_MS } from "../../src/policy/lending.ts";

const SHAPE = { capacity: 60, refill: 20, intervalMs: 1000 };
const NOW = 1_700_000_000_000;
const grant = (given: Partial<Grant> = {}): Grant => ({
  isPaid: true,
  lease: 0,
  ahead: undefined,
  level: 30,
  othersHoldMs: 0,
  ...given,
});

/** A lease after one ask that was answered at once. */
function leaseWith(given: Partial<Grant>, atMs = NOW) {
  const lease = newLease(SHAPE, atMs);
  const begun = beginAsk(lease, 1, atMs);
  endAsk(lease, begun, grant(given), atMs);
  return lease;
}

describe("a bucket that nothing is known of", () => {
  it("is asked for", () => {
    expect(decideLease(newLease(SHAPE, NOW), 1, NOW)).toEqual({ kind: "ask" });
  });

  it("is asked for with the next few requests in mind, as apps send some in a row", () => {
    expect(beginAsk(newLease(SHAPE, NOW), 2, NOW)).toEqual({
      need: 2,
      want: 18,
      back: 0,
      spilled: 0,
      used: 0,
    });
  });

  it("is full as far as clients are told", () => {
    expect(standingOf(newLease(SHAPE, NOW), NOW)).toEqual({ remaining: 60, fullInMs: 0 });
  });
});

describe("tokens at hand", () => {
  it("are spent without asking, for a second from the ask that brought them", () => {
    const lease = newLease(SHAPE, NOW);
    const begun = beginAsk(lease, 1, NOW);
    endAsk(lease, begun, grant({ lease: 3 }), NOW + 100);
    expect(decideLease(lease, 3, NOW + LEASE_MS - 1)).toEqual({ kind: "spend" });
    expect(decideLease(lease, 3, NOW + LEASE_MS)).toEqual({ kind: "ask" });
  });

  it("are not spent twice", () => {
    const lease = leaseWith({ lease: 3, level: 0 });
    spend(lease, 2);
    expect(decideLease(lease, 2, NOW)).toEqual({ kind: "deny", retryAfterMs: 50 });
    expect(decideLease(lease, 1, NOW)).toEqual({ kind: "spend" });
  });

  it("that are to come are spent from their times on", () => {
    const lease = leaseWith({ level: -2, ahead: { count: 2, firstInMs: 50, everyMs: 50 } });
    expect(decideLease(lease, 1, NOW + 49).kind).toBe("deny");
    expect(decideLease(lease, 1, NOW + 50).kind).toBe("spend");
    spend(lease, 1);
    expect(decideLease(lease, 1, NOW + 99).kind).toBe("deny");
    expect(decideLease(lease, 1, NOW + 100).kind).toBe("spend");
  });

  it("that come when the bucket is full are not spent, and go back", () => {
    const lease = leaseWith({ lease: 4, level: -100, ahead: { count: 100, firstInMs: 5, everyMs: 5 } });
    lease.shape = { ...SHAPE, capacity: 5 };
    expect(beginReturn(lease, NOW + 500)).toMatchObject({ back: 104 });
  });

  it("are not spent after the clock went back further than a lease lasts", () => {
    const lease = leaseWith({ lease: 3 });
    expect(isLive(lease, NOW)).toBe(true);
    expect(isLive(lease, NOW - 1)).toBe(false);
  });

  it("never come to life with an answer that was given up before", () => {
    const lease = newLease(SHAPE, NOW);
    const begun = beginAsk(lease, 1, NOW);
    failAsk(lease, begun);
    endAsk(lease, begun, grant({ lease: 3 }), NOW + 900);
    expect(lease.asking).toBe(0);
    expect(isLive(lease, NOW + 900)).toBe(false);
    expect(beginReturn(lease, NOW + 900)).toMatchObject({ back: 3 });
  });
});

describe("a denial", () => {
  it("is believed until its exact end, without asking", () => {
    const lease = leaseWith({ isPaid: false, level: 0.5 });
    expect(decideLease(lease, 1, NOW)).toEqual({ kind: "deny", retryAfterMs: 25 });
    expect(decideLease(lease, 1, NOW + 24).kind).toBe("deny");
    expect(decideLease(lease, 1, NOW + 25).kind).toBe("ask");
  });

  it("of a cost above the capacity has no end", () => {
    expect(decideLease(leaseWith({}), 61, NOW)).toEqual({ kind: "deny", retryAfterMs: undefined });
  });

  it("is looked into when others may have brought tokens back", () => {
    const lease = leaseWith({ isPaid: false, level: -50, othersHoldMs: 700 });
    expect(decideLease(lease, 1, NOW + 699).kind).toBe("deny");
    expect(decideLease(lease, 1, NOW + 700).kind).toBe("ask");
  });

  it("is looked into after a minute without news", () => {
    const lease = newLease({ ...SHAPE, refill: 0 }, NOW);
    const begun = beginAsk(lease, 1, NOW);
    endAsk(lease, begun, grant({ isPaid: false, level: 0 }), NOW);
    expect(decideLease(lease, 1, NOW + 59_999).kind).toBe("deny");
    expect(decideLease(lease, 1, NOW + 60_000).kind).toBe("ask");
  });

  it("is believed for a second when another ask was under way: answers overtake each other", () => {
    const lease = newLease({ ...SHAPE, refill: 0 }, NOW);
    const first = beginAsk(lease, 1, NOW);
    const second = beginAsk(lease, 1, NOW);
    endAsk(lease, first, grant({ isPaid: false, level: 0 }), NOW);
    endAsk(lease, second, grant({ isPaid: false, level: 0 }), NOW);
    expect(decideLease(lease, 1, NOW + 999).kind).toBe("deny");
    expect(decideLease(lease, 1, NOW + 1000).kind).toBe("ask");
  });

  it("waits while another ask may bring enough", () => {
    const lease = leaseWith({ level: 1 });
    const begun = beginAsk(lease, 1, NOW);
    expect(decideLease(lease, 1, NOW).kind).toBe("wait");
    endAsk(lease, begun, grant({ lease: 1, level: 0 }), NOW);
    expect(decideLease(lease, 1, NOW).kind).toBe("spend");
  });
});

describe("asks", () => {
  it("are as many at the same time as the bucket can pay, as far as is known", () => {
    const lease = leaseWith({ level: 2 });
    for (const kind of ["ask", "ask", "wait"]) {
      expect(decideLease(lease, 1, NOW).kind).toBe(kind);
      if (kind === "ask") beginAsk(lease, 1, NOW);
    }
  });

  it("are a bounded number at the same time", () => {
    const lease = newLease(SHAPE, NOW);
    for (let count = 0; count < MAX_ASKS; count++) {
      expect(decideLease(lease, 1, NOW).kind).toBe("ask");
      beginAsk(lease, 1, NOW);
    }
    expect(decideLease(lease, 1, NOW).kind).toBe("wait");
  });

  it("are told apart: one that is lost is under way longer than those after it", () => {
    const lease = leaseWith({ level: 30 });
    const lost = beginAsk(lease, 10, NOW);
    const answered = beginAsk(lease, 1, NOW + 100);
    endAsk(lease, answered, grant({ level: 29 }), NOW + 100);
    expect(standingOf(lease, NOW + 100).remaining).toBe(19);
    failAsk(lease, lost);
    expect(standingOf(lease, NOW + 100).remaining).toBe(29);
  });

  it("that fail leave the bucket as it was known", () => {
    const lease = leaseWith({ level: 1 });
    const begun = beginAsk(lease, 1, NOW);
    failAsk(lease, begun);
    expect(decideLease(lease, 1, NOW).kind).toBe("ask");
  });

  it("want four times what was needed in the last second", () => {
    const lease = leaseWith({});
    for (let count = 0; count < 5; count++) noteDemand(lease, 1, NOW + 100);
    expect(beginAsk(lease, 1, NOW + 900).want).toBe(20);
    expect(beginAsk(lease, 1, NOW + 1900).want).toBe(20);
  });

  it("want a few after a pause, as from somebody new, unless requests do not come in rows", () => {
    const lease = leaseWith({});
    noteDemand(lease, 1, NOW + 2000);
    expect(beginAsk(lease, 1, NOW + 2000, false).want).toBe(0);
    expect(beginAsk(lease, 1, NOW + 2000).want).toBe(9);
  });

  it("want a few after a second in which nobody came, also when that was the first", () => {
    const lease = leaseWith({});
    noteDemand(lease, 1, NOW);
    forgetDemand(lease, 1);
    noteDemand(lease, 1, NOW + 1000);
    expect(beginAsk(lease, 1, NOW + 1000).want).toBe(9);
  });

  it("want nothing for one request a second", () => {
    const lease = leaseWith({});
    noteDemand(lease, 1, NOW);
    for (let second = 1; second < 5; second++) {
      noteDemand(lease, 1, NOW + second * 1000);
      expect(beginAsk(lease, 1, NOW + second * 1000).want).toBe(0);
    }
  });

  it("bring back what is held and tell what was spent, once", () => {
    const lease = leaseWith({ lease: 8, level: -2, ahead: { count: 2, firstInMs: 50, everyMs: 50 } });
    spend(lease, 3);
    expect(beginAsk(lease, 1, NOW)).toMatchObject({ back: 7, used: 3 });
    expect(heldTokens(lease)).toBe(0);
    expect(beginAsk(lease, 1, NOW)).toMatchObject({ back: 0, used: 0 });
  });

  it("tell what spilled over the full bucket, until an answer comes", () => {
    const lease = leaseWith({ lease: 8, level: 51 });
    expect(standingOf(lease, NOW + 100).remaining).toBe(60);
    spend(lease, 2);
    const first = beginAsk(lease, 1, NOW + 100);
    expect(first.spilled).toBeCloseTo(1);
    failAsk(lease, first);
    const second = beginAsk(lease, 1, NOW + 100);
    expect(second.spilled).toBeCloseTo(1);
    endAsk(lease, second, grant({ level: 50 }), NOW + 100);
    expect(beginAsk(lease, 1, NOW + 100).spilled).toBe(0);
  });

  it("tell nothing of a bucket that is full without doubt: the store knows its capacity", () => {
    expect(beginAsk(leaseWith({ level: 59 }), 60, NOW + 5000).spilled).toBe(0);
  });

  it("count as spilled what may have come in while the answer was on its way", () => {
    const lease = newLease(SHAPE, NOW);
    const begun = beginAsk(lease, 1, NOW);
    endAsk(lease, begun, grant({ lease: 8, level: 51 }), NOW + 100);
    expect(beginAsk(lease, 1, NOW + 100).spilled).toBeCloseTo(1);
  });
});

describe("an ask that was never made", () => {
  it("brings what it had with it to the next one, a second later, and none of it is spent", () => {
    const lease = leaseWith({ lease: 8, level: 0 });
    spend(lease, 3);
    dropAsk(lease, beginAsk(lease, 6, NOW), NOW);
    expect([heldTokens(lease), owedTokens(lease), lease.asking]).toEqual([0, 5, 0]);
    expect(isLive(lease, NOW + LEASE_MS - 1)).toBe(true);
    expect(beginReturn(lease, NOW + LEASE_MS)).toMatchObject({ need: 0, back: 5, used: 3 });
  });
});

describe("the return of a lease", () => {
  it("brings everything back when nothing was used, and wants no more", () => {
    const lease = leaseWith({ lease: 8 });
    expect(beginReturn(lease, NOW + LEASE_MS)).toMatchObject({ need: 0, want: 0, back: 8 });
  });

  it("renews it when it was used and its user is still there", () => {
    const lease = leaseWith({ lease: 8 });
    noteDemand(lease, 1, NOW + 501);
    spend(lease, 1);
    expect(beginReturn(lease, NOW + LEASE_MS)).toMatchObject({ need: 0, want: 4, back: 7 });
  });

  it("renews nothing when its user has been silent for half its life: that would only be brought back", () => {
    const lease = leaseWith({ lease: 8 });
    noteDemand(lease, 1, NOW + 500);
    spend(lease, 1);
    expect(beginReturn(lease, NOW + LEASE_MS)).toMatchObject({ need: 0, want: 0, back: 7 });
  });

  it("is nothing when nothing is held", () => {
    expect(beginReturn(leaseWith({}), NOW + LEASE_MS)).toBeUndefined();
  });
});

describe("a limit that becomes another", () => {
  const SMALL = { ...SHAPE, capacity: 5 };

  it("has what is held go back, and is asked for anew", () => {
    const lease = leaseWith({ lease: 8, level: -2, ahead: { count: 2, firstInMs: 50, everyMs: 50 } });
    reshape(lease, SMALL);
    expect(decideLease(lease, 1, NOW)).toEqual({ kind: "ask" });
    expect([heldTokens(lease), owedTokens(lease)]).toEqual([0, 10]);
    expect(beginAsk(lease, 1, NOW).back).toBe(10);
  });

  it("spends no more than its capacity of what was lent by the former", () => {
    const lease = newLease(SHAPE, NOW);
    const begun = beginAsk(lease, 1, NOW);
    reshape(lease, SMALL);
    endAsk(lease, begun, grant({ lease: 30 }), NOW);
    expect([heldTokens(lease), owedTokens(lease)]).toEqual([5, 30]);
  });
});

describe("telling the store of denials", () => {
  it("asks for nothing, and is an ask like others", () => {
    const lease = leaseWith({ isPaid: false, level: 0 });
    expect(beginTelling(lease, NOW)).toMatchObject({ need: 0, want: 0 });
    expect(lease.asking).toBe(1);
  });
});

describe("a refund", () => {
  it("is spendable by the next request", () => {
    const lease = leaseWith({ level: 0 });
    refund(lease, 1, NOW);
    expect(decideLease(lease, 1, NOW + LEASE_MS - 1).kind).toBe("spend");
  });

  it("does not make a lease last longer", () => {
    const lease = leaseWith({ lease: 2 });
    spend(lease, 1);
    refund(lease, 1, NOW + 900);
    expect(isLive(lease, NOW + LEASE_MS)).toBe(false);
  });

  it("into a full bucket is spilled", () => {
    const lease = leaseWith({ level: 59 });
    refund(lease, 3, NOW + 50);
    spend(lease, 1);
    expect(beginAsk(lease, 0, NOW + 50)).toMatchObject({ back: 2, spilled: 3 });
  });
});

describe("a lease", () => {
  it("tells clients what is left and when the bucket is full, never less than nothing", () => {
    expect(standingOf(leaseWith({ lease: 8, level: 32 }), NOW)).toEqual({ remaining: 40, fullInMs: 1000 });
    expect(standingOf(leaseWith({ isPaid: false, level: -10 }), NOW)).toEqual({
      remaining: 0,
      fullInMs: 3500,
    });
  });
});
