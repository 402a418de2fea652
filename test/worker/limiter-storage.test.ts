// What a Limiter object keeps: every token through evictions at any moment, and no row for what is full.
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { limiterStub } from "../../src/config/env.ts";
import type { BucketShape } from "../../src/policy/token-bucket.ts";
import { askLimiter, evictShard, newKey, Reference, START_MS } from "./limiting.ts";

const SHAPES: readonly BucketShape[] = [
  { capacity: 10, refill: 0, intervalMs: 1000 },
  { capacity: 60, refill: 20, intervalMs: 1000 },
  { capacity: 7, refill: 1, intervalMs: 900 },
  { capacity: 100, refill: 0.5, intervalMs: 60_000 },
];
const [NEVER, FAST] = SHAPES as [BucketShape, BucketShape];
const DAY_MS = 24 * 3_600_000;
const SHARD = 0;

/** Records cross to objects of workerd, which take none without a prototype. */
const NO_NULL = { noNullPrototype: true };

const stub = () => limiterStub(env, SHARD);

const rows = () =>
  runInDurableObject(stub(), (_, { storage }) =>
    storage.sql.exec<{ key: string }>("SELECT key FROM buckets").toArray(),
  );

const isAlarmSet = () =>
  runInDurableObject(stub(), async (_, { storage }) => (await storage.getAlarm()) !== null);

/** Lets time pass and the sweep come. False when none was due. */
async function sweepAfter(ms: number): Promise<boolean> {
  vi.setSystemTime(Date.now() + ms);
  return runDurableObjectAlarm(stub());
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
});

afterEach(async () => {
  // Leaves nothing to the next test but what it would find on an old shard.
  await sweepAfter(400 * DAY_MS);
  vi.useRealTimers();
});

describe("a Limiter object that is evicted at a thousand random moments", () => {
  const HISTORIES = 40;
  const STEPS = 25;
  const step = fc.record(
    { passMs: fc.constantFrom(0, 1, 40, 700, 3000), need: fc.integer({ min: 0, max: 12 }) },
    NO_NULL,
  );

  it("pays exactly what one that never stopped would pay: no refill for free, and no token lost", async () => {
    let evictions = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...SHAPES),
        fc.array(step, { minLength: STEPS, maxLength: STEPS }),
        async (shape, steps) => {
          const key = newKey();
          const reference = new Reference(shape, Date.now());
          for (const { passMs, need } of steps) {
            vi.setSystemTime(Date.now() + passMs);
            const { isPaid, level } = await askLimiter({ key, shape, need });
            expect(isPaid).toBe(reference.pays(need, Date.now()));
            expect(level).toBeCloseTo(reference.level(Date.now()), 6);
            await evictShard(SHARD);
            evictions += 1;
          }
        },
      ),
      { numRuns: HISTORIES },
    );
    expect(evictions).toBeGreaterThanOrEqual(1000);
  }, 60_000);

  it("never gives out more than capacity + rate × time, though it has forgotten who holds leases", async () => {
    const lending = fc.record(
      {
        passMs: fc.constantFrom(0, 1, 40, 700),
        edge: fc.constantFrom("a", "b"),
        need: fc.integer({ min: 0, max: 3 }),
        want: fc.constantFrom(0, 4, 40),
        spend: fc.integer({ min: 0, max: 9 }),
      },
      NO_NULL,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...SHAPES),
        fc.array(lending, { minLength: 10, maxLength: 20 }),
        async (shape, steps) => {
          const [key, startedAtMs] = [newKey(), Date.now()];
          const held: Record<string, number> = { a: 0, b: 0 };
          let out = 0;
          for (const { passMs, edge, need, want, spend } of steps) {
            vi.setSystemTime(Date.now() + passMs);
            const before = held[edge] ?? 0;
            const back = before - Math.min(before, spend);
            const grant = await askLimiter({ key, shape, edge, need, want, back });
            out += (grant.isPaid ? need : 0) + grant.lease - back;
            // Tokens lent ahead do not exist yet; this edge brings none of them back, which only loses them.
            held[edge] = grant.lease;
            const most = shape.capacity + ((Date.now() - startedAtMs) * shape.refill) / shape.intervalMs;
            expect(out).toBeLessThanOrEqual(most + 1e-6);
            await evictShard(SHARD);
          }
        },
      ),
      { numRuns: 20 },
    );
  }, 60_000);
});

describe("a bucket's row", () => {
  it("is not written for a full bucket, whoever asks how much is there", async () => {
    const key = newKey();
    await askLimiter({ key, shape: FAST, need: 0 });
    await askLimiter({ key, shape: FAST, need: 61 });
    expect(await rows()).toEqual([]);
  });

  it("is gone as soon as what was lent is back", async () => {
    const key = newKey();
    const { lease } = await askLimiter({ key, shape: { ...FAST, refill: 0 }, need: 0, want: 8 });
    expect(lease).toBeGreaterThan(0);
    expect(await rows()).toEqual([{ key }]);
    await askLimiter({ key, shape: { ...FAST, refill: 0 }, back: lease });
    expect(await rows()).toEqual([]);
  });

  it("is deleted by the alarm once the bucket has filled up, though nobody asks again", async () => {
    const [soon, late] = [newKey(), newKey()];
    await askLimiter({ key: soon, shape: FAST, need: 60 });
    await askLimiter({ key: late, shape: { capacity: 10, refill: 1, intervalMs: 3_600_000 }, need: 1 });
    expect(await rows()).toHaveLength(2);
    expect(await sweepAfter(60_000)).toBe(true);
    expect(await rows()).toEqual([{ key: late }]);
  });

  it("of a bucket that never refills is kept for a month after its last use", async () => {
    const key = newKey();
    await askLimiter({ key, shape: NEVER, need: 4 });
    await sweepAfter(29 * DAY_MS);
    expect(await rows()).toEqual([{ key }]);
    await askLimiter({ key, shape: NEVER, need: 1 });
    await sweepAfter(29 * DAY_MS);
    expect((await askLimiter({ key, shape: NEVER })).level).toBe(5);
    await sweepAfter(31 * DAY_MS);
    expect(await rows()).toEqual([]);
  });
});

describe("the alarm", () => {
  it("rings as long as there are rows and no longer, and again after the next", async () => {
    await sweepAfter(400 * DAY_MS);
    expect(await isAlarmSet()).toBe(false);
    await askLimiter({ key: newKey(), shape: { ...FAST, capacity: 10_000 }, need: 10_000 });
    await expect.poll(isAlarmSet).toBe(true);
    expect(await sweepAfter(60_000)).toBe(true);
    expect(await isAlarmSet()).toBe(true);
    expect(await sweepAfter(500_000)).toBe(true);
    expect(await isAlarmSet()).toBe(false);
    await askLimiter({ key: newKey(), shape: FAST, need: 1 });
    await expect.poll(isAlarmSet).toBe(true);
  });

  it("is not forgotten by an object that was evicted", async () => {
    await askLimiter({ key: newKey(), shape: FAST, need: 1 });
    await expect.poll(isAlarmSet).toBe(true);
    await evictShard(SHARD);
    expect(await sweepAfter(60_000)).toBe(true);
    expect(await rows()).toEqual([]);
  });
});
