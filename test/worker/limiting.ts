/** What tests of limits in workerd share: buckets that no other test has, and asks of the Limiter objects. */

import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { limiterStub } from "../../src/config/env.ts";
import type { LimiterAsk } from "../../src/config/limiter-api.ts";
import type { Ask, Grant } from "../../src/policy/lending.ts";
import { type Sharding, shardOf } from "../../src/policy/sharding.ts";
import { type BucketShape, fullBucket, take } from "../../src/policy/token-bucket.ts";

export const START_MS = 1_800_000_000_000;

let buckets = 0;

/** The name of a bucket that no other test has. */
export const newKey = (): string => `test:${(buckets++).toString(36)}-${crypto.randomUUID()}`;

/** A number of shards that no change has led to. */
export const stable = (shards: number): Sharding => ({ shards, generation: 0, former: [] });

export interface Wish extends Partial<Ask> {
  readonly key: string;
  readonly shape: BucketShape;
  readonly hash?: number;
  readonly edge?: string;
  readonly sharding?: Sharding;
}

export function limiterAsk({
  key,
  shape,
  hash = 0,
  need = 0,
  want = 0,
  back = 0,
  spilled = 0,
}: Wish): LimiterAsk {
  return { key, hash, shape, ask: { need, want, back, spilled } };
}

/** One ask, as an edge makes it. */
export async function askLimiter(wish: Wish): Promise<Grant> {
  const { hash = 0, sharding = stable(1), edge = "edge" } = wish;
  const stub = limiterStub(env, shardOf(hash, sharding.shards));
  const [grant] = await stub.ask({ edge, sharding, asks: [limiterAsk(wish)] });
  if (grant === undefined) throw new Error("no answer");
  return grant;
}

/** Evicts a shard's object, if it runs. */
export async function evictShard(shard: number): Promise<void> {
  await evictDurableObject(limiterStub(env, shard)).catch(() => undefined);
}

/** An exact bucket beside the one under test. */
export class Reference {
  readonly #shape: BucketShape;
  #bucket;

  constructor(shape: BucketShape, nowMs: number) {
    this.#shape = shape;
    this.#bucket = fullBucket(shape, nowMs);
  }

  pays(need: number, nowMs: number): boolean {
    const taking = take(this.#bucket, this.#shape, need, nowMs);
    this.#bucket = taking.bucket;
    return taking.kind === "allowed";
  }

  level(nowMs: number): number {
    this.pays(0, nowMs);
    return this.#bucket.level;
  }
}
