/** What edges and Limiter objects tell each other: plain data, and the methods of a Limiter object. */
import type { Ask, Grant } from "../policy/lending.ts";
import type { Sharding } from "../policy/sharding.ts";
import type { Bucket, BucketShape } from "../policy/token-bucket.ts";

export interface LimiterAsk {
  /** Names the bucket and tells nothing of its user. */
  readonly key: string;
  /** 32 bits of the user's keyed hash, by which the shard is chosen. */
  readonly hash: number;
  readonly shape: BucketShape;
  readonly ask: Ask;
  /** What the edge has denied by itself since it last asked. */
  readonly denied?: DeniedAtEdge | undefined;
  /** The key of an ask before this one, of the same hash: where that was paid, this one takes nothing and is not paid. */
  readonly unlessPaid?: string | undefined;
}

/** Requests that an edge has denied without asking. */
export interface DeniedAtEdge {
  /** At least one. */
  readonly count: number;
  /** Of the last of them: what it needed, what the edge knew to be there, and how long ago it was. */
  readonly need: number;
  readonly level: number;
  readonly agoMs: number;
}

export interface LimiterRequest {
  /** A random name for the edge's lifetime. */
  readonly edge: string;
  readonly sharding: Sharding;
  readonly asks: readonly LimiterAsk[];
}

/** A request that found too few tokens. */
export interface Denial {
  /** Epoch milliseconds of the object's clock. */
  readonly atMs: number;
  readonly need: number;
  /** Tokens that were there. */
  readonly level: number;
  /** Requests that the same edge had denied before it, without asking. */
  readonly earlier: number;
}

/** What operators see of a bucket. */
export interface BucketView {
  readonly level: number;
  /** Tokens that edges hold and may not have spent; left out where the store does not know. */
  readonly held?: number;
  /** Newest first. */
  readonly denials: readonly Denial[];
}

/** A bucket that a shard gives away, or has given away before. */
export interface Released {
  /** Undefined: this shard knows nothing of it, so it is full if no other shard does. */
  readonly bucket: Bucket | undefined;
  /** The generation in which it was given away first: of several, the newest tells what the bucket held last. */
  readonly generation: number;
}

export interface Release {
  /** The newest sharding that this shard has heard of; newer than the asker's: nothing was released. */
  readonly sharding: Sharding;
  /** One for each key, in their order. */
  readonly buckets: readonly Released[];
}

export interface LimiterApi {
  /** One grant for each ask, in their order. */
  ask(request: LimiterRequest): Promise<readonly Grant[]>;
  view(
    buckets: readonly { readonly key: string; readonly shape: BucketShape }[],
  ): Promise<readonly BucketView[]>;
  /** Gives buckets to the shards that have them by `sharding`; asked again, it says the same. */
  release(keys: readonly string[], sharding: Sharding): Promise<Release>;
}
