import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AHEAD_MS, type Ask, type Holder, LEASE_MS, lend } from "../../src/policy/lending.ts";
import { type Bucket, type BucketShape, fullBucket } from "../../src/policy/token-bucket.ts";

const SHAPE: BucketShape = { capacity: 80, refill: 20, intervalMs: 1000 };
const START_MS = 1_700_000_000_000;
const ask = (given: Partial<Ask> = {}): Ask => ({ need: 1, want: 0, back: 0, spilled: 0, used: 0, ...given });

/** A bucket and who holds leases of it, asked one after another. */
function storeOf(shape: BucketShape = SHAPE, level = shape.capacity) {
  let bucket: Bucket = { ...fullBucket(shape, START_MS), level };
  let holders: readonly Holder[] = [];
  return {
    ask(edge: string, given: Partial<Ask>, afterMs = 0) {
      const lending = lend(bucket, holders, shape, edge, ask(given), START_MS + afterMs);
      ({ bucket, holders } = lending);
      return lending.grant;
    },
    get level() {
      return bucket.level;
    },
    get holders() {
      return holders;
    },
  };
}

describe("the request at hand", () => {
  it("is paid when the bucket has its tokens", () => {
    const store = storeOf();
    expect(store.ask("a", { need: 80 })).toMatchObject({ isPaid: true, lease: 0, level: 0 });
  });

  it("is not paid when they are missing, and then costs nothing", () => {
    const store = storeOf(SHAPE, 4);
    expect(store.ask("a", { need: 5 })).toMatchObject({ isPaid: false, lease: 0, level: 4 });
  });

  it("is paid in any bucket when it costs nothing, also where tokens are owed", () => {
    const store = storeOf(SHAPE, -5);
    expect(store.ask("a", { need: 0 }).isPaid).toBe(true);
  });

  it("that cannot be paid gets no lease either: its tokens would help none that costs the same", () => {
    expect(storeOf(SHAPE, 4).ask("a", { need: 5, want: 8 }).lease).toBe(0);
  });
});

describe("the lease of an edge that asks alone", () => {
  it("is none when none is wanted", () => {
    expect(storeOf().ask("a", { want: 0 }).lease).toBe(0);
  });

  it("is an eighth of what is left, when less is wanted", () => {
    expect(storeOf().ask("a", { want: 2 })).toMatchObject({ lease: 9, level: 70 });
  });

  it("is what is wanted, when that is more than an eighth", () => {
    expect(storeOf().ask("a", { want: 24 }).lease).toBe(24);
  });

  it("is half of what is left at most", () => {
    expect(storeOf().ask("a", { want: 60 }).lease).toBe(39);
  });

  it("is all that is left where as much is back in half a second, and then what comes", () => {
    expect(storeOf(SHAPE, 11).ask("a", { want: 20 })).toMatchObject({ lease: 10, level: -10 });
    expect(storeOf(SHAPE, 11).ask("a", { want: 19 })).toMatchObject({ lease: 5, level: 5 });
    expect(storeOf(SHAPE, 12).ask("a", { want: 80 })).toMatchObject({ lease: 5, level: 6 });
  });

  it("leaves what lay unused to others, when it is renewed", () => {
    const store = storeOf({ ...SHAPE, refill: 0 }, 20);
    const { lease } = store.ask("a", { want: 8 });
    expect(lease).toBe(8);
    expect(store.ask("a", { need: 0, want: 40, used: 3, back: 5 }, 1000)).toMatchObject({
      lease: 5,
      level: 11,
    });
    expect(storeOf(SHAPE, 2).ask("a", { need: 0, want: 40, back: 3 })).toMatchObject({ lease: 2, level: 3 });
    expect(storeOf(SHAPE, 0).ask("a", { need: 0, want: 40, back: 3 })).toMatchObject({ lease: 0, level: 3 });
  });

  it("is at least one", () => {
    expect(storeOf(SHAPE, 3).ask("a", { want: 1 }).lease).toBe(1);
    expect(storeOf(SHAPE, 2).ask("a", { want: 1 }).lease).toBe(1);
  });

  it("is none of less than a whole token", () => {
    expect(storeOf(SHAPE, 1.9).ask("a", { want: 1 }).lease).toBe(0);
  });
});

describe("the lease where several edges ask", () => {
  const shared = (level: number) => {
    const store = storeOf(SHAPE, level);
    store.ask("other", { need: 0 });
    return store;
  };

  it("is an eighth of what is left at most, whatever is wanted", () => {
    expect(shared(80).ask("a", { want: 500 })).toMatchObject({ lease: 9, level: 70 });
  });

  it("is no more than wanted", () => {
    expect(shared(80).ask("a", { want: 2.5 }).lease).toBe(3);
  });

  it("is at least one", () => {
    expect(shared(2).ask("a", { want: 500 }).lease).toBe(1);
  });
});

describe("tokens ahead", () => {
  it("are those of the next half second, each from its time on, when the bucket is empty", () => {
    const store = storeOf(SHAPE, 0.5);
    const grant = store.ask("a", { need: 0, want: 100 });
    expect(grant.ahead).toEqual({ count: 10, firstInMs: 25, everyMs: 50 });
    expect(grant.level).toBe(-9.5);
    expect(25 + 9 * 50).toBeLessThanOrEqual(AHEAD_MS);
  });

  it("are not given while the bucket has a token", () => {
    expect(storeOf(SHAPE, 3).ask("a", { need: 0, want: 2 }).ahead).toBeUndefined();
  });

  it("are not given to one of several", () => {
    const store = storeOf(SHAPE, 0.5);
    store.ask("other", { need: 0 });
    expect(store.ask("a", { need: 0, want: 100 }).ahead).toBeUndefined();
  });

  it("are given again when the others have been silent for two leases", () => {
    const store = storeOf({ ...SHAPE, refill: 2 }, -4);
    store.ask("other", { need: 0 });
    expect(store.ask("a", { need: 0, want: 9 }, 2 * LEASE_MS - 1).ahead).toBeUndefined();
    expect(store.ask("a", { need: 0, want: 9 }, 2 * LEASE_MS).ahead).toBeDefined();
  });

  it("are not given where none is wanted, nor where none ever comes", () => {
    expect(storeOf(SHAPE, 0).ask("a", { need: 0, want: 0 }).ahead).toBeUndefined();
    expect(storeOf({ ...SHAPE, refill: 0 }, 0).ask("a", { need: 0, want: 9 }).ahead).toBeUndefined();
  });
});

describe("what others hold", () => {
  it("is told by how long it may take to come back", () => {
    const store = storeOf();
    store.ask("a", { want: 8 });
    expect(store.ask("b", {}, 100).othersHoldMs).toBe(LEASE_MS + 200 - 100);
    expect(store.ask("b", {}, 1300).othersHoldMs).toBe(0);
  });

  it("is nothing when they have told of all they had", () => {
    const store = storeOf();
    store.ask("a", { want: 8 });
    store.ask("a", { need: 0, back: 3, used: 6 }, 50);
    expect(store.ask("b", {}, 100).othersHoldMs).toBe(0);
  });

  it("is not one's own", () => {
    const store = storeOf();
    store.ask("a", { want: 8 });
    expect(store.ask("a", {}, 100).othersHoldMs).toBe(0);
  });

  it("takes up room: no burst of a lease and a bucket that has filled up behind it", () => {
    const store = storeOf();
    store.ask("a", { need: 0, want: 8 });
    // 70 and 20 more came in, of 80; 10 are with the other edge.
    expect(store.ask("b", { need: 0 }, 1000).level).toBe(70);
    expect(store.ask("a", { need: 0, back: 10 }, 1001).level).toBeCloseTo(80);
  });

  it("is believed for as long as a lease may last, whatever the store's clock does", () => {
    const store = storeOf();
    store.ask("a", { want: 8 }, 3_600_000);
    expect(store.ask("b", {}, 0).othersHoldMs).toBe(LEASE_MS + 200);
    expect(store.ask("b", {}, LEASE_MS + 200).othersHoldMs).toBe(0);
  });
});

describe("an edge's own leases", () => {
  it("do not pile up in the store's belief while it asks again and again", () => {
    const store = storeOf();
    for (let round = 0; round < 50; round++) {
      store.ask("a", { need: 0, want: 1, used: round === 0 ? 0 : 9 }, round * 10);
    }
    expect(store.holders).toHaveLength(1);
  });

  it("take up room while the edge may not have heard of them", () => {
    const store = storeOf({ ...SHAPE, refill: 200 });
    store.ask("a", { need: 0, want: 40 });
    // Sent before the answer came: 40 are out, and 20 of 80 have come in since.
    expect(store.ask("a", { need: 0 }, 100).level).toBe(40);
  });

  it("that were lost take no room from the edge itself, once they would have been heard of", () => {
    const store = storeOf({ ...SHAPE, refill: 200 });
    store.ask("a", { need: 0, want: 40 });
    expect(store.ask("a", { need: 0 }, 300).level).toBe(80);
  });
});

describe("holders", () => {
  it("are forgotten when they have been silent for two leases", () => {
    const store = storeOf();
    store.ask("a", {});
    store.ask("b", {}, 2 * LEASE_MS - 1);
    expect(store.holders.map(({ edge }) => edge)).toEqual(["a", "b"]);
    store.ask("b", {}, 2 * LEASE_MS);
    expect(store.holders.map(({ edge }) => edge)).toEqual(["b"]);
  });

  it("are 64 at most; the one that asked longest ago is forgotten", () => {
    const store = storeOf();
    for (let index = 0; index < 70; index++) store.ask(`e${index}`, { need: 0 });
    store.ask("e6", { need: 0 });
    store.ask("new", { need: 0 });
    expect(store.holders).toHaveLength(64);
    expect(store.holders[0]?.edge).toBe("e8");
    expect(store.holders.slice(-2).map(({ edge }) => edge)).toEqual(["e6", "new"]);
  });
});

describe("a capacity that has shrunk", () => {
  it("cuts off what is in the bucket, and what comes back", () => {
    const small = { ...SHAPE, capacity: 5 };
    expect(storeOf(small, 70).ask("a", { need: 0 }).level).toBe(5);
    expect(storeOf(small, 70).ask("a", { need: 6 }).isPaid).toBe(false);
    expect(storeOf(small, 70).ask("a", { need: 2, back: 30 }).level).toBe(3);
  });
});

describe("what comes back", () => {
  it("is in the bucket again, up to its capacity", () => {
    const store = storeOf(SHAPE, 70);
    expect(store.ask("a", { need: 0, back: 8 }).level).toBe(78);
    expect(store.ask("a", { need: 0, back: 8 }).level).toBe(80);
  });

  it("can pay the request that brings it", () => {
    expect(storeOf(SHAPE, 0).ask("a", { need: 5, back: 5 })).toMatchObject({ isPaid: true, level: 0 });
  });
});

describe("what spilled", () => {
  it("was never in the bucket", () => {
    const store = storeOf(SHAPE, 60);
    expect(store.ask("a", { need: 0, spilled: 15 }, 1000).level).toBe(65);
  });

  it("takes nothing from what was there before", () => {
    expect(storeOf(SHAPE, 60).ask("a", { need: 0, spilled: 500 }, 1000).level).toBe(60);
  });
});

describe("what spilled before another edge asked", () => {
  it("is nothing to the bucket now", () => {
    const store = storeOf(SHAPE, 20);
    store.ask("a", { need: 0 });
    store.ask("b", { need: 0 }, 2000);
    expect(store.ask("a", { need: 0, spilled: 500 }, 4000).level).toBe(80);
  });
});

describe("a lease of which nobody told", () => {
  it("took up room to its end, whoever asks next and when", () => {
    const store = storeOf({ ...SHAPE, capacity: 400, refill: 200 });
    store.ask("a", { need: 0, want: 200 });
    // 200 left, room for 200 until 1200 ms, then 200 a second.
    expect(store.ask("b", { need: 0 }, 1700).level).toBeCloseTo(300);
  });
});

describe("lending", () => {
  const asks = fc.array(
    fc.record({
      edge: fc.constantFrom("a", "b", "c"),
      need: fc.nat(20),
      want: fc.nat(100),
      backShare: fc.double({ min: 0, max: 1, noNaN: true }),
      afterMs: fc.nat(3000),
    }),
    { maxLength: 40 },
  );

  it("keeps every token: in the bucket, lent or paid", () => {
    fc.assert(
      fc.property(asks, (given) => {
        const shape = { ...SHAPE, refill: 0 };
        const store = storeOf(shape);
        const held = new Map<string, number>();
        let paid = 0;
        let nowMs = 0;
        for (const { edge, need, want, backShare, afterMs } of given) {
          nowMs += afterMs;
          const has = held.get(edge) ?? 0;
          const back = Math.floor(has * backShare);
          const grant = store.ask(edge, { need, want, back, used: has - back }, nowMs);
          paid += (grant.isPaid ? need : 0) + has - back;
          held.set(edge, grant.lease);
          const out = [...held.values()].reduce((sum, tokens) => sum + tokens, 0);
          expect(store.level + out + paid).toBeCloseTo(shape.capacity);
        }
      }),
    );
  });

  it("never has more in the bucket and out than the bucket holds, and more comes only with time", () => {
    fc.assert(
      fc.property(asks, (given) => {
        const store = storeOf();
        const held = new Map<string, { tokens: number; untilMs: number }>();
        let nowMs = 0;
        for (const { edge, need, want, backShare, afterMs } of given) {
          nowMs += afterMs;
          for (const lease of held.values()) if (nowMs >= lease.untilMs) lease.tokens = 0;
          const has = held.get(edge)?.tokens ?? 0;
          const back = Math.floor(has * backShare);
          const grant = store.ask(edge, { need, want, back, used: has - back, spilled: 0 }, nowMs);
          const lent = grant.lease + (grant.ahead?.count ?? 0);
          held.set(edge, { tokens: lent, untilMs: nowMs + LEASE_MS });
          const out = [...held.values()].reduce((sum, { tokens }) => sum + tokens, 0);
          expect(store.level + out).toBeLessThanOrEqual(SHAPE.capacity + 1e-6);
        }
      }),
    );
  });
});
