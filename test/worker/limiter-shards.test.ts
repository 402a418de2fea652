// The number of Limiter objects changes under way: every bucket keeps its tokens, whoever has heard of what.

import { evictAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Env, limiterStub } from "../../src/config/env.ts";
import { nextSharding, type Sharding, shardOf } from "../../src/policy/sharding.ts";
import type { BucketShape } from "../../src/policy/token-bucket.ts";
import { askLimiter, evictShard, newKey, Reference, START_MS, stable } from "./limiting.ts";

/** A token in ten seconds. */
const SLOW: BucketShape = { capacity: 10, refill: 6, intervalMs: 60_000 };
const NEVER: BucketShape = { capacity: 10, refill: 0, intervalMs: 1000 };
/** Lives on shard 3, 11, 3 and 2 of 8, 16, 8 and 3. */
const HASH = 11;

let generations = 0;

/** Shards remember the newest number that they have heard of: what comes now is newer than all before. */
function newest(shards: number): Sharding {
  generations += 100;
  return { ...stable(shards), generation: generations };
}

function changes(first: number, ...others: number[]): Sharding[] {
  const all = [newest(first)];
  for (const shards of others) {
    all.push(nextSharding(all.at(-1) as Sharding, shards, START_MS));
  }
  return all;
}

type Changes = [eight: Sharding, sixteen: Sharding, eightAgain: Sharding, three: Sharding];
let [eight, sixteen, eightAgain, three] = changes(8, 16, 8, 3) as Changes;

/** A bucket on shards; `asks` of one token each. */
function aBucket(shape: BucketShape = SLOW, hash = HASH) {
  const key = newKey();
  const ask = (sharding: Sharding, need = 1) => askLimiter({ key, hash, shape, sharding, need });
  return {
    key,
    ask,
    level: async (sharding: Sharding) => (await ask(sharding, 0)).level,
    evict: (sharding: Sharding) => evictShard(shardOf(hash, sharding.shards)),
  };
}

type Release = ReturnType<typeof limiterStub>["release"];

/** Puts something between a shard and the release calls that it makes to others, until it is evicted. */
async function between(shard: number, act: (release: () => ReturnType<Release>) => Promise<unknown>) {
  const namespace = {
    getByName: (name: string) => {
      const stub = env.LIMITER.getByName(name);
      return {
        ask: (...args: Parameters<typeof stub.ask>) => stub.ask(...args),
        release: (...args: Parameters<Release>) => act(() => stub.release(...args)),
      };
    },
  };
  await runInDurableObject(limiterStub(env, shard), (instance: object) => {
    Object.defineProperty(instance, "env", {
      value: { ...env, LIMITER: namespace as unknown as Env["LIMITER"] },
      configurable: true,
    });
  });
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
  // Not by `reset()`, after which an eviction now and then finds an object's storage empty.
  [eight, sixteen, eightAgain, three] = changes(8, 16, 8, 3) as Changes;
});

afterEach(async () => {
  vi.useRealTimers();
  // What was put between a shard and others goes with its instance.
  await evictAllDurableObjects();
});

describe("a change of the number of shards", () => {
  it("keeps what a half-empty bucket holds, there and back and to few", async () => {
    const bucket = aBucket();
    await bucket.ask(eight, 5);
    expect(await bucket.level(sixteen)).toBe(5);
    await bucket.ask(sixteen, 1);
    expect(await bucket.level(eightAgain)).toBe(4);
    await bucket.ask(eightAgain, 1);
    expect(await bucket.level(three)).toBe(3);
  });

  it("leaves a full bucket full, and makes no row for it anywhere", async () => {
    const bucket = aBucket();
    for (const sharding of [eight, sixteen, eightAgain, three]) {
      expect(await bucket.level(sharding)).toBe(10);
      const rows = await runInDurableObject(
        limiterStub(env, shardOf(HASH, sharding.shards)),
        (_, { storage }) => storage.sql.exec("SELECT * FROM buckets WHERE key = ?", bucket.key).toArray(),
      );
      expect(rows).toEqual([]);
    }
  });

  it("finds a bucket that nobody used while another number was in force", async () => {
    const bucket = aBucket();
    await bucket.ask(eight, 5);
    expect(await bucket.level(three)).toBe(5);
  });

  it("lets edges with the old and the new number share one bucket", async () => {
    const bucket = aBucket(NEVER);
    const paid: boolean[] = [];
    for (let turn = 0; turn < 12; turn++) {
      paid.push((await bucket.ask(turn % 2 === 0 ? eight : sixteen)).isPaid);
      if (turn === 5) await bucket.evict(eight);
    }
    expect(paid.filter(Boolean)).toHaveLength(10);
  });

  it("lets edges with any number of four share one bucket, at the same time", async () => {
    const bucket = aBucket(NEVER);
    await bucket.ask(eight, 2);
    const turns = Array.from(
      { length: 40 },
      (_, turn) => [eight, sixteen, eightAgain, three][turn % 4] as Sharding,
    );
    const grants = await Promise.all(turns.map((sharding) => bucket.ask(sharding)));
    expect(grants.filter(({ isPaid }) => isPaid)).toHaveLength(8);
  });

  it("keeps a bucket's tokens for an edge that has missed the last change, though its shard has given it on", async () => {
    const bucket = aBucket(NEVER);
    await bucket.ask(eight, 3);
    await bucket.ask(sixteen, 3);
    await bucket.ask(three, 3);
    expect(await bucket.level(eightAgain)).toBe(1);
    expect(await bucket.level(sixteen)).toBe(1);
    expect(await bucket.level(eight)).toBe(1);
    expect(await bucket.level(three)).toBe(1);
  });

  it("keeps a bucket's tokens when the same two numbers take turns more often than changes are remembered", async () => {
    const all = changes(8, ...Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? 16 : 3)));
    const bucket = aBucket(NEVER);
    await bucket.ask(all[0] as Sharding, 7);
    expect(await bucket.level(all.at(-1) as Sharding)).toBe(3);
  });
});

describe("a shard that cannot be asked for what it had", () => {
  const shards = () => [shardOf(HASH, eight.shards), shardOf(HASH, sixteen.shards)] as const;

  it("makes an ask fail, and gives no full bucket", async () => {
    const bucket = aBucket();
    await bucket.ask(eight, 8);
    await between(shards()[1], async () => Promise.reject(new Error("unreachable")));
    await expect(bucket.ask(sixteen)).rejects.toThrow();
    await bucket.evict(sixteen);
    expect(await bucket.level(sixteen)).toBe(2);
  });

  it("gives the same again when its answer was lost, however long ago, and after it was evicted", async () => {
    const bucket = aBucket({ capacity: 1000, refill: 1, intervalMs: 3_600_000 });
    await bucket.ask(eight, 998);
    await between(shards()[1], async (release) => {
      await release();
      throw new Error("the answer was lost");
    });
    await expect(bucket.ask(sixteen)).rejects.toThrow();
    await bucket.evict(sixteen);
    vi.setSystemTime(START_MS + 3_600_000);
    await runInDurableObject(limiterStub(env, shards()[0]), (limiter) =>
      (limiter as unknown as { alarm(): Promise<void> }).alarm(),
    );
    await bucket.evict(eight);
    expect(await bucket.level(sixteen)).toBe(3);
  });

  it("gives the same to the shard after the next, when the next has lost it", async () => {
    const bucket = aBucket(NEVER);
    await bucket.ask(eight, 8);
    await between(shards()[1], async (release) => {
      await release();
      throw new Error("the answer was lost");
    });
    await expect(bucket.ask(sixteen)).rejects.toThrow();
    await bucket.evict(sixteen);
    expect(await bucket.level(eightAgain)).toBe(2);
    expect(await bucket.level(three)).toBe(2);
  });

  it("sends an edge of the old number to nobody's full bucket while the bucket is on its way", async () => {
    const bucket = aBucket(NEVER);
    await bucket.ask(eight, 8);
    let old: Promise<{ isPaid: boolean }> | undefined;
    await between(shards()[1], async (release) => {
      const released = await release();
      old ??= bucket.ask(eight, 3);
      await scheduler.wait(20);
      return released;
    });
    expect((await bucket.ask(sixteen, 3)).isPaid).toBe(false);
    expect((await old)?.isPaid).toBe(false);
    expect(await bucket.level(sixteen)).toBe(2);
  });

  it("takes a bucket away from an ask that waits for another: it finds no full one in its place", async () => {
    const [first, second] = [aBucket(NEVER), aBucket(NEVER)];
    await first.ask(eight, 8);
    await first.ask(sixteen, 1);
    await second.ask(eight, 8);
    await between(shards()[1], async (release) => {
      const released = await release();
      await first.ask(three, 0);
      return released;
    });
    const stub = limiterStub(env, shards()[1]);
    const asks = [first, second].map(({ key }) => ({
      ...{ key, hash: HASH, shape: NEVER },
      ask: { need: 2, want: 0, back: 0, spilled: 0 },
    }));
    const grants = await stub.ask({ edge: "edge", sharding: sixteen, asks });
    expect(grants.map(({ isPaid }) => isPaid)).toEqual([false, true]);
    expect(await first.level(three)).toBe(1);
  });
});

describe("whatever happens", () => {
  // Every wait below brings a binary fraction of a token: in thirds, what is just enough would depend on the order of sums.
  const shapes: readonly BucketShape[] = [
    NEVER,
    { capacity: 10, refill: 1, intervalMs: 6400 },
    { capacity: 7, refill: 1, intervalMs: 800 },
  ];
  const numbers = fc.constantFrom(1, 3, 8, 16);
  const step = fc.record({
    /** How many changes the asking edge has missed. */
    missed: fc.constantFrom(0, 0, 0, 1, 1, 2, 3),
    need: fc.integer({ min: 0, max: 4 }),
    passMs: fc.constantFrom(0, 0, 100, 1500),
    evicts: fc.constantFrom(false, false, true),
    change: fc.option(numbers, { freq: 3, nil: undefined }),
    atOnce: fc.constantFrom(1, 1, 1, 3),
  });

  it("asks are paid exactly as one bucket that never moved would pay them", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...shapes),
        fc.nat(),
        fc.array(step, { minLength: 5, maxLength: 25 }),
        async (shape, hash, steps) => {
          let nowMs = Date.now();
          const reference = new Reference(shape, nowMs);
          const bucket = aBucket(shape, hash);
          const known = [newest(8)];
          for (const { missed, need, passMs, evicts, change, atOnce } of steps) {
            nowMs += passMs;
            vi.setSystemTime(nowMs);
            const last = known.at(-1) as Sharding;
            if (change !== undefined) known.push(nextSharding(last, change, nowMs));
            if (evicts) await bucket.evict(last);
            const heard = (late: number) => known[Math.max(0, known.length - 1 - late)] as Sharding;
            const grants = await Promise.all(
              Array.from({ length: atOnce }, (_, index) => bucket.ask(heard(missed + index), need)),
            );
            const expected = Array.from({ length: atOnce }, () => reference.pays(need, nowMs));
            expect(grants.filter(({ isPaid }) => isPaid)).toHaveLength(expected.filter(Boolean).length);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
