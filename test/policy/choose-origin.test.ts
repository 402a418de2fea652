import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BalancingPolicy,
  chooseOrigin,
  type Draw,
  type PoolView,
} from "../../src/policy/choose-origin.ts";
import { firstSlot, nextSlot } from "../../src/policy/golden-walk.ts";
import { affinityHash } from "../../src/policy/identity-key.ts";
import { expectedLatencyMs, observeLatency } from "../../src/policy/latency.ts";
import {
  countSlots,
  NOBODY,
  newTable,
  rebalance,
  renameOwners,
  SLOTS,
  type SlotTable,
  walkOrder,
} from "../../src/policy/slot-table.ts";

interface PoolOptions {
  readonly policy?: BalancingPolicy;
  readonly weights: readonly number[];
  /** Other slots than those of a new table. */
  readonly slots?: SlotTable;
  /** Most open requests by origin; all without a ceiling when left out. */
  readonly ceilings?: readonly number[];
  /** Open requests by origin, which a test counts up. */
  readonly open?: readonly number[];
  readonly load?: (origin: number) => number;
}

function poolOf({ policy = "weighted", weights, slots, ceilings, open, load }: PoolOptions): PoolView {
  const table = slots ?? newTable(weights);
  return {
    policy,
    slots: table,
    walk: walkOrder(table, weights.length),
    usable: weights.flatMap((weight, index) => (weight > 0 ? [index] : [])),
    hasRoom: (origin) => (open?.[origin] ?? 0) < (ceilings?.[origin] ?? Number.POSITIVE_INFINITY),
    load: load ?? (() => 1),
  };
}

const user = (hash: number): Draw => ({ kind: "user", hash: hash >>> 0 });

/** `howMany` requests without a user, as one edge draws them. */
function walk(howMany: number, random = 0): Draw[] {
  let slot = firstSlot(random);
  return Array.from({ length: howMany }, () => {
    slot = nextSlot(slot);
    return { kind: "walk", slot } as const;
  });
}

/** One user for each slot, then for each slot again with other high bits, and so on. */
const everySlot = (rounds = 1): Draw[] =>
  Array.from({ length: rounds * SLOTS }, (_, index) =>
    user((Math.imul(index, 0x9e37_7001) & ~(SLOTS - 1)) | (index % SLOTS)),
  );

/** How often each origin was chosen; the last place counts {@link NOBODY}. */
function tally(
  pool: PoolView,
  draws: readonly Draw[],
  origins: number,
  nearest?: readonly number[],
): number[] {
  const counts = new Array<number>(origins + 1).fill(0);
  for (const draw of draws) {
    const chosen = chooseOrigin(pool, draw, nearest);
    const place = chosen === NOBODY ? origins : chosen;
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return counts;
}

const shares = (counts: readonly number[]): number[] => {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => count / all);
};

function expectShares(counts: readonly number[], expected: readonly number[], tolerance: number): void {
  shares(counts).forEach((share, index) => {
    expect(Math.abs(share - (expected[index] ?? 0))).toBeLessThanOrEqual(tolerance);
  });
}

const someWeights = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1000 })), { minLength: 1, maxLength: 12 })
  .filter((weights) => weights.some((weight) => weight > 0));
const anyDraw: fc.Arbitrary<Draw> = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }).map((hash) => user(hash)),
  fc.integer({ min: 0, max: SLOTS - 1 }).map((slot) => ({ kind: "walk", slot }) as const),
);
const POLICIES: readonly BalancingPolicy[] = ["weighted", "least-loaded", "nearest", "failover"];

describe("a weighted pool", () => {
  const pool = poolOf({ weights: [50, 30, 20] });

  it("splits 10,000 requests without a user 50/30/20 within 0.1 %, from any start", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
        expectShares(tally(pool, walk(10_000, random), 3), [0.5, 0.3, 0.2, 0], 0.001);
      }),
      { numRuns: 50 },
    );
  });

  it("splits the users of all slots exactly as the slots are owned", () => {
    expect(tally(pool, everySlot(), 3)).toEqual([2048, 1229, 819, 0]);
  });

  it("splits 100,000 named users 50/30/20 as well as chance allows", () => {
    const users = Array.from({ length: 100_000 }, (_, index) => user(affinityHash(`user-${index}`)));
    expectShares(tally(pool, users, 3), [0.5, 0.3, 0.2, 0], 0.006);
  });

  it("serves a weight of 1 beside 999", () => {
    const uneven = poolOf({ weights: [1, 999] });
    expect(tally(uneven, walk(SLOTS), 2)[0]).toBe(4);
    expect(tally(uneven, everySlot(), 2)[0]).toBe(4);
  });

  it("gives every user the same origin each time, and requests without a user one after another", () => {
    fc.assert(
      fc.property(anyDraw, (draw) => {
        expect(chooseOrigin(pool, draw)).toBe(chooseOrigin(pool, draw));
      }),
    );
    expect(new Set(walk(8).map((draw) => chooseOrigin(pool, draw))).size).toBe(3);
  });

  it("gives nobody when no origin has weight", () => {
    const empty = poolOf({ weights: [0, 0] });
    expect(tally(empty, [...walk(100), ...everySlot()], 2)).toEqual([0, 0, 100 + SLOTS]);
  });
});

describe("a weight of zero", () => {
  it.each(POLICIES)("gets exactly nothing in a %s pool, also when all others are nearly full", (policy) => {
    fc.assert(
      fc.property(someWeights, fc.array(anyDraw, { minLength: 1, maxLength: 200 }), (weights, draws) => {
        const open = weights.map(() => 0);
        const pool = poolOf({ policy, weights, open, ceilings: weights.map(() => 20) });
        for (const draw of draws) {
          const chosen = chooseOrigin(pool, draw, pool.usable);
          if (chosen === NOBODY) continue;
          expect(weights[chosen]).toBeGreaterThan(0);
          open[chosen] = (open[chosen] ?? 0) + 1;
        }
      }),
    );
  });
});

describe("an origin's ceiling", () => {
  it.each(POLICIES)("is never passed in a %s pool, and nobody is chosen only when all are full", (policy) => {
    const ceilingsOf = (weights: readonly number[]) =>
      fc.array(fc.integer({ min: 0, max: 15 }), { minLength: weights.length, maxLength: weights.length });
    const given = someWeights.chain((weights) => fc.tuple(fc.constant(weights), ceilingsOf(weights)));
    fc.assert(
      fc.property(given, fc.array(anyDraw, { maxLength: 200 }), ([weights, ceilings], draws) => {
        const open = weights.map(() => 0);
        const pool = poolOf({ policy, weights, ceilings, open });
        for (const draw of draws) {
          const chosen = chooseOrigin(pool, draw, pool.usable);
          const isFull = pool.usable.every((origin) => (open[origin] ?? 0) >= (ceilings[origin] ?? 0));
          expect(chosen === NOBODY).toBe(isFull);
          if (chosen === NOBODY) continue;
          open[chosen] = (open[chosen] ?? 0) + 1;
          expect(open[chosen]).toBeLessThanOrEqual(ceilings[chosen] ?? 0);
        }
      }),
    );
  });

  it("spills a full origin's requests to the others by their weights", () => {
    const pool = poolOf({ weights: [50, 30, 20], ceilings: [0, 1e9, 1e9] });
    expectShares(tally(pool, walk(10_000), 3), [0, 0.6, 0.4, 0], 0.02);
    expectShares(tally(pool, everySlot(), 3), [0, 0.6, 0.4, 0], 0.02);
  });

  it("reaches the one origin with room, however small its weight", () => {
    const pool = poolOf({ weights: [999_999, 1], ceilings: [0, 1e9] });
    expect(tally(pool, [...walk(500), ...everySlot()], 2)).toEqual([0, 500 + SLOTS, 0]);
  });

  it("sends a user away while their origin is full and home when it has room", () => {
    const weights = [50, 30, 20];
    const open = [0, 0, 0];
    const pool = poolOf({ weights, ceilings: [1, 1e9, 1e9], open });
    const home = chooseOrigin(pool, user(7));
    expect(home).toBe(0);
    open[0] = 1;
    const away = chooseOrigin(pool, user(7));
    expect(away).not.toBe(0);
    expect(chooseOrigin(pool, user(7))).toBe(away);
    open[0] = 0;
    expect(chooseOrigin(pool, user(7))).toBe(0);
  });
});

describe("a least-loaded pool", () => {
  it("keeps the weights exactly while all are equally loaded", () => {
    const pool = poolOf({ policy: "least-loaded", weights: [50, 30, 20] });
    expectShares(tally(pool, walk(10_000), 3), [0.5, 0.3, 0.2, 0], 0.001);
    expect(tally(pool, everySlot(), 3)).toEqual([2048, 1229, 819, 0]);
  });

  it("of two origins compares both each time, whatever slots the draw takes", () => {
    const load = (origin: number) => (origin === 0 ? 10 : 1);
    const pool = poolOf({ policy: "least-loaded", weights: [50, 50], load });
    expect(tally(pool, walk(10_000), 2)).toEqual([0, 10_000, 0]);
    expect(tally(pool, everySlot(16), 2)).toEqual([0, 16 * SLOTS, 0]);
  });

  it("with one origin that has weight gives that one", () => {
    const pool = poolOf({ policy: "least-loaded", weights: [0, 7], load: () => 1e9 });
    expect(tally(pool, [...walk(1000), ...everySlot()], 2)).toEqual([0, 1000 + SLOTS, 0]);
  });

  it("sends an idle origin no more than the requests that it is a candidate for", () => {
    const load = (origin: number) => (origin === 2 ? 0 : 10);
    const pool = poolOf({ policy: "least-loaded", weights: [50, 30, 20], load });
    // Drawn first, or second among the others than the first: 0.2 + 0.5 × 0.2/0.5 + 0.3 × 0.2/0.7.
    expect(shares(tally(pool, everySlot(64), 3))[2]).toBeCloseTo(0.486, 1);
    expect(shares(tally(pool, walk(10_000), 3))[2]).toBeCloseTo(0.486, 1);
  });

  it("starves no origin: one that was slow once is tried again when its latency has faded", () => {
    const latencies = [
      { ms: 5000, atMs: 0 },
      { ms: 10, atMs: 0 },
    ];
    let nowMs = 0;
    const load = (origin: number) => {
      const latency = latencies[origin];
      return latency === undefined ? 0 : Math.max(1, expectedLatencyMs(latency, nowMs));
    };
    const pool = poolOf({ policy: "least-loaded", weights: [50, 50], load });
    const triedAtMs: number[] = [];
    for (const draw of walk(1200)) {
      nowMs += 100;
      const origin = chooseOrigin(pool, draw);
      const latency = latencies[origin];
      if (latency !== undefined) observeLatency(latency, 10, nowMs);
      if (origin === 0) triedAtMs.push(nowMs);
    }
    // 5,000 ms fade to 10 ms in ln(500) × 10 s.
    expect(triedAtMs[0]).toBeGreaterThan(50_000);
    expect(triedAtMs[0]).toBeLessThan(65_000);
  });

  it("relieves a slow origin in a closed loop: it gets far less than its third", () => {
    const msByOrigin = [100, 10, 10];
    const open = [0, 0, 0];
    const pool = poolOf({
      policy: "least-loaded",
      weights: [1, 1, 1],
      load: (origin) => ((open[origin] ?? 0) + 1) * (msByOrigin[origin] ?? 0),
    });
    const ending: { origin: number; atMs: number }[] = [];
    const counts = [0, 0, 0];
    walk(20_000).forEach((draw, nowMs) => {
      for (let index = ending.length - 1; index >= 0; index--) {
        const request = ending[index];
        if (request === undefined || request.atMs > nowMs) continue;
        open[request.origin] = (open[request.origin] ?? 0) - 1;
        ending.splice(index, 1);
      }
      const origin = chooseOrigin(pool, draw);
      counts[origin] = (counts[origin] ?? 0) + 1;
      open[origin] = (open[origin] ?? 0) + 1;
      ending.push({ origin, atMs: nowMs + (msByOrigin[origin] ?? 0) });
    });
    expect(shares(counts)[0]).toBeLessThan(0.15);
  });

  it("takes the candidate with room, whatever its load", () => {
    const load = (origin: number) => (origin === 0 ? 0 : 100);
    const pool = poolOf({ policy: "least-loaded", weights: [50, 50], load, ceilings: [0, 1e9] });
    expect(tally(pool, [...walk(1000), ...everySlot()], 2)).toEqual([0, 1000 + SLOTS, 0]);
  });

  it("gives a user the same two candidates each time", () => {
    const loads = [1, 1, 1];
    const pool = poolOf({
      policy: "least-loaded",
      weights: [50, 30, 20],
      load: (origin) => loads[origin] ?? 0,
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc.array(fc.nat(9), { minLength: 3, maxLength: 30 }),
        (hash, given) => {
          const chosen = new Set<number>();
          given.forEach((load, index) => {
            loads[index % 3] = load;
            chosen.add(chooseOrigin(pool, user(hash)));
          });
          expect(chosen.size).toBeLessThanOrEqual(2);
        },
      ),
    );
  });
});

describe("a failover pool", () => {
  it("sends everything to the first origin with room, in the order of the configuration", () => {
    const open = [0, 0, 0];
    const pool = poolOf({ policy: "failover", weights: [1, 1, 98], ceilings: [2, 2, 2], open });
    const chosen = walk(7).map((draw) => {
      const origin = chooseOrigin(pool, draw);
      if (origin !== NOBODY) open[origin] = (open[origin] ?? 0) + 1;
      return origin;
    });
    expect(chosen).toEqual([0, 0, 1, 1, 2, 2, NOBODY]);
  });

  it("leaves out an origin without weight", () => {
    const pool = poolOf({ policy: "failover", weights: [0, 1, 1] });
    expect(tally(pool, everySlot(), 3)).toEqual([0, SLOTS, 0, 0]);
  });

  it("goes back to the first as soon as it has room", () => {
    const open = [1, 0];
    const pool = poolOf({ policy: "failover", weights: [1, 1], ceilings: [1, 1], open });
    expect(chooseOrigin(pool, user(1))).toBe(1);
    open[0] = 0;
    expect(chooseOrigin(pool, user(1))).toBe(0);
  });
});

describe("a nearest pool", () => {
  it("sends everything to the nearest origin, whatever the weights", () => {
    const pool = poolOf({ policy: "nearest", weights: [98, 1, 1] });
    expect(tally(pool, walk(1000), 3, [2, 0, 1])).toEqual([0, 0, 1000, 0]);
  });

  it("goes on to the next nearest when the nearest is full", () => {
    const pool = poolOf({ policy: "nearest", weights: [1, 1, 1], ceilings: [1e9, 1e9, 0] });
    expect(tally(pool, walk(1000), 3, [2, 0, 1])).toEqual([1000, 0, 0, 0]);
  });

  it("goes by weight when places are unknown", () => {
    const pool = poolOf({ policy: "nearest", weights: [50, 30, 20] });
    expectShares(tally(pool, walk(10_000), 3, []), [0.5, 0.3, 0.2, 0], 0.001);
  });
});

describe("a user of a weighted pool", () => {
  const twoWeights = fc.integer({ min: 1, max: 8 }).chain((length) => {
    const weights = fc
      .array(fc.integer({ min: 0, max: 100 }), { minLength: length, maxLength: length })
      .filter((values) => values.some((value) => value > 0));
    return fc.tuple(weights, weights);
  });

  it("keeps the origin through any change of weights that takes nothing from it", () => {
    fc.assert(
      fc.property(
        twoWeights,
        fc.array(fc.integer({ min: 0, max: 0xffff_ffff }), { maxLength: 50 }),
        ([first, second], hashes) => {
          const before = newTable(first);
          const after = rebalance(before, second);
          const held = countSlots(before, first.length);
          const due = countSlots(after, second.length);
          for (const hash of hashes) {
            const home = chooseOrigin(poolOf({ weights: first, slots: before }), user(hash));
            if ((due[home] ?? 0) < (held[home] ?? 0)) continue;
            expect(chooseOrigin(poolOf({ weights: second, slots: after }), user(hash))).toBe(home);
          }
        },
      ),
    );
  });

  it("keeps the origin when 50/30/20 become 40/40/20, but for one in ten", () => {
    const before = poolOf({ weights: [50, 30, 20] });
    const after = poolOf({ weights: [40, 40, 20], slots: rebalance(before.slots, [40, 40, 20]) });
    const moves = everySlot().map((draw) => [chooseOrigin(before, draw), chooseOrigin(after, draw)] as const);
    const moved = moves.filter(([from, to]) => from !== to);
    expect(moved.length / SLOTS).toBeCloseTo(0.1, 3);
    expect(moved.every(([from, to]) => from === 0 && to === 1)).toBe(true);
  });

  it("keeps the origin when origins change places in the file", () => {
    const before = poolOf({ weights: [50, 30, 20] });
    const slots = renameOwners(before.slots, ["hk", "sg", "fra"], ["fra", "hk", "sg"]);
    const after = poolOf({ weights: [20, 50, 30], slots: rebalance(slots, [20, 50, 30]) });
    const nameBefore = ["hk", "sg", "fra"];
    const nameAfter = ["fra", "hk", "sg"];
    for (const draw of everySlot()) {
      expect(nameAfter[chooseOrigin(after, draw)]).toBe(nameBefore[chooseOrigin(before, draw)]);
    }
  });
});
