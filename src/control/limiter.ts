/** A Limiter object: the authority over the buckets of the users that live on its shard. */
import { DurableObject } from "cloudflare:workers";
import { type Env, limiterStub } from "../config/env.ts";
import type {
  BucketView,
  LimiterApi,
  LimiterAsk,
  LimiterRequest,
  Release,
  Released,
} from "../config/limiter-api.ts";
import { type Grant, lend } from "../policy/lending.ts";
import { formerShardsOf, newestSharding, type Sharding, shardOf } from "../policy/sharding.ts";
import { advance, type Bucket, type BucketShape, fullBucket } from "../policy/token-bucket.ts";
import { BucketMemory } from "./bucket-memory.ts";
import { BucketTable } from "./bucket-table.ts";

/** How often buckets that have filled up are swept away. */
const SWEEP_EVERY_MS = 60_000;

interface Here {
  readonly kind: "here";
  readonly bucket: Bucket;
  /** False for one that is full, or was brought here a moment ago. */
  readonly isStored: boolean;
}

type Place =
  | Here
  /** The edge, or the shard that asks, has not heard of the newest sharding. */
  | { readonly kind: "elsewhere"; readonly shard: number; readonly sharding: Sharding }
  /** Nothing is known of it here, and another shard may have it. */
  | { readonly kind: "look" };

/** Buckets that were brought from other shards for a request, by key; they count in that generation only. */
type Brought = Map<string, Released>;

const newestFirst = (one: Released, other: Released) => other.generation - one.generation;

export class Limiter extends DurableObject<Env> implements LimiterApi {
  readonly #table: BucketTable;
  readonly #memory = new BucketMemory();
  #isSweepSet = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#table = new BucketTable(ctx.storage.sql);
  }

  async ask({ edge, sharding, asks }: LimiterRequest): Promise<Grant[]> {
    this.#table.learn(sharding);
    const brought: Brought = new Map();
    // In steady state everything is here, and nothing is awaited. While others are asked, all may change.
    for (;;) {
      const missing = asks.filter((ask) => this.#place(ask, sharding, brought).kind === "look");
      if (missing.length === 0) break;
      await Promise.all(missing.map((ask) => this.#bring(ask, sharding, brought)));
    }
    const grants: Grant[] = [];
    const paid = new Set<string>();
    const forwards = new Map<number, { readonly sharding: Sharding; readonly indexes: number[] }>();
    for (const [index, ask] of asks.entries()) {
      // Once more, as an ask before may have been for the same bucket.
      const place = this.#place(ask, sharding, brought);
      if (place.kind === "here") {
        const isSpare = ask.unlessPaid !== undefined && paid.has(ask.unlessPaid);
        const grant = isSpare ? this.#takeBack(edge, ask, place) : this.#lend(edge, ask, place);
        if (grant.isPaid) paid.add(ask.key);
        grants[index] = grant;
      }
      if (place.kind !== "elsewhere") continue;
      const forward = forwards.get(place.shard);
      if (forward === undefined) forwards.set(place.shard, { sharding: place.sharding, indexes: [index] });
      else forward.indexes.push(index);
    }
    this.#setSweep();
    await Promise.all(
      [...forwards].map(async ([shard, { sharding: newest, indexes }]) => {
        const own = indexes.flatMap((index) => asks[index] ?? []);
        const answers = await limiterStub(this.env, shard).ask({ edge, sharding: newest, asks: own });
        for (const [at, index] of indexes.entries()) if (answers[at]) grants[index] = answers[at];
      }),
    );
    return grants;
  }

  async view(
    buckets: readonly { readonly key: string; readonly shape: BucketShape }[],
  ): Promise<BucketView[]> {
    const nowMs = Date.now();
    return buckets.map(({ key, shape }) => {
      const bucket = this.#table.get(key)?.bucket ?? fullBucket(shape, nowMs);
      const holding = this.#memory.holders(key).filter(({ holdsUntilMs }) => nowMs < holdsUntilMs);
      return {
        level: advance(bucket, shape, nowMs).level,
        held: holding.reduce((sum, { holds }) => sum + holds, 0),
        denials: this.#memory.denials(key),
      };
    });
  }

  async release(keys: readonly string[], sharding: Sharding): Promise<Release> {
    this.#table.learn(sharding);
    const newest = newestSharding(sharding, this.#table.sharding);
    // The asker goes by an old sharding, and must not have what by now belongs elsewhere.
    const { generation } = sharding;
    if (newest.generation > generation) return { sharding: newest, buckets: [] };
    const buckets = keys.map((key): Released => {
      const stored = this.#table.get(key);
      if (stored?.givenIn !== undefined) return { bucket: stored.bucket, generation: stored.givenIn };
      if (stored !== undefined) this.#table.give(key, generation);
      return { bucket: stored?.bucket, generation };
    });
    return { sharding, buckets };
  }

  override async alarm(): Promise<void> {
    this.#isSweepSet = this.#table.sweep(Date.now()) > 0;
    if (this.#isSweepSet) await this.ctx.storage.setAlarm(Date.now() + SWEEP_EVERY_MS);
  }

  #place({ key, hash, shape }: LimiterAsk, told: Sharding, brought: Brought): Place {
    const sharding = newestSharding(told, this.#table.sharding);
    const home = shardOf(hash, sharding.shards);
    if (home !== shardOf(hash, told.shards)) return { kind: "elsewhere", shard: home, sharding };
    const stored = this.#table.get(key);
    if (stored !== undefined && stored.givenIn === undefined)
      return { kind: "here", bucket: stored.bucket, isStored: true };
    const nowMs = Date.now();
    const found = brought.get(key);
    if (found?.generation === sharding.generation) {
      return { kind: "here", bucket: found.bucket ?? fullBucket(shape, nowMs), isStored: false };
    }
    if (formerShardsOf(hash, sharding, shape, nowMs).length > 0) return { kind: "look" };
    // What came back here after others had it, so long ago that it is full.
    return { kind: "here", bucket: stored?.bucket ?? fullBucket(shape, nowMs), isStored: false };
  }

  /** Brings a bucket here that lived on another shard before the number of shards was changed. */
  async #bring({ key, hash, shape }: LimiterAsk, told: Sharding, brought: Brought): Promise<void> {
    const sharding = newestSharding(told, this.#table.sharding);
    const releases = await Promise.all(
      formerShardsOf(hash, sharding, shape, Date.now()).map((shard) =>
        limiterStub(this.env, shard).release([key], sharding),
      ),
    );
    for (const release of releases) this.#table.learn(release.sharding);
    const own = this.#table.get(key);
    const found = releases.flatMap(({ buckets }) => buckets);
    if (own?.givenIn !== undefined) found.push({ bucket: own.bucket, generation: own.givenIn });
    const [last] = found.filter(({ bucket }) => bucket !== undefined).sort(newestFirst);
    brought.set(key, { bucket: last?.bucket, generation: sharding.generation });
  }

  /** For an ask that has become needless: only what it brings back. Who brings nothing has not used the bucket. */
  #takeBack(edge: string, { ask, ...rest }: LimiterAsk, here: Here): Grant {
    const holders = this.#memory.holders(rest.key);
    const grant = this.#lend(edge, { ...rest, ask: { ...ask, need: 0, want: 0 } }, here);
    if (ask.back === 0) this.#memory.noteHolders(rest.key, holders);
    return { ...grant, isPaid: false };
  }

  #lend(edge: string, { key, shape, ask, denied }: LimiterAsk, { bucket: before, isStored }: Here): Grant {
    const nowMs = Date.now();
    const { grant, bucket, holders } = lend(before, this.#memory.holders(key), shape, edge, ask, nowMs);
    const isTouched = grant.isPaid && ask.need > 0;
    const isChanged =
      isTouched || grant.lease > 0 || grant.ahead !== undefined || ask.back > 0 || ask.spilled > 0;
    if (isChanged || !isStored) this.#table.put(key, bucket, shape);
    this.#memory.noteHolders(key, holders);
    if (denied !== undefined) {
      const { count, need, level, agoMs } = denied;
      this.#memory.noteDenial(key, { atMs: nowMs - agoMs, need, level, earlier: count - 1 });
    }
    if (!grant.isPaid) {
      this.#memory.noteDenial(key, { atMs: nowMs, need: ask.need, level: bucket.level, earlier: 0 });
    }
    return grant;
  }

  #setSweep(): void {
    if (this.#isSweepSet) return;
    this.#isSweepSet = true;
    this.ctx.waitUntil(this.#startSweeping());
  }

  async #startSweeping(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) {
      await this.ctx.storage.setAlarm(Date.now() + SWEEP_EVERY_MS);
    }
  }
}
