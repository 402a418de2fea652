/** Which shard a user's buckets live on, and where to look for them after the number of shards was changed. */
import { type BucketShape, tokensPerMs } from "./token-bucket.ts";

/** A number of shards that was in force before. */
export interface FormerSharding {
  readonly shards: number;
  /** Until when, epoch milliseconds. */
  readonly untilMs: number;
}

export interface Sharding {
  readonly shards: number;
  /** Counts the changes, so that a shard knows an edge that has not heard of the last one. */
  readonly generation: number;
  /** The newest first. */
  readonly former: readonly FormerSharding[];
}

/** Numbers that are remembered: more within the time that a bucket takes to fill are no one's plan. */
const MAX_FORMER = 8;
/** Edges follow a change within a second or two; one that cannot hear of it may take longer. */
const SLACK_MS = 60_000;

export function firstSharding(shards: number): Sharding {
  return { shards, generation: 0, former: [] };
}

/** The sharding after the configuration said `shards`; the same value when nothing changed. */
export function nextSharding(current: Sharding, shards: number, nowMs: number): Sharding {
  if (current.shards === shards) return current;
  // A number that comes again has to be looked for once, and the new one's shards are the buckets' own.
  const others = current.former.filter((one) => one.shards !== current.shards && one.shards !== shards);
  const former = [{ shards: current.shards, untilMs: nowMs }, ...others].slice(0, MAX_FORMER);
  return { shards, generation: current.generation + 1, former };
}

/** The one of two that is in force: `told`, unless `known` has come after it. */
export function newestSharding(told: Sharding, known: Sharding | undefined): Sharding {
  return known !== undefined && known.generation > told.generation ? known : told;
}

/** @param hash 32 bits of a keyed hash: nobody outside can choose a shard */
export function shardOf(hash: number, shards: number): number {
  return (hash >>> 0) % shards;
}

/**
 * Shards where a bucket may be that its own shard does not know, the likeliest first. Empty as soon as any bucket of
 * this shape that nobody has used since would be full again, so that a missing one is a full one.
 */
export function formerShardsOf(
  hash: number,
  sharding: Sharding,
  shape: BucketShape,
  nowMs: number,
): number[] {
  const own = shardOf(hash, sharding.shards);
  const fillMs = shape.refill === 0 ? Number.POSITIVE_INFINITY : shape.capacity / tokensPerMs(shape);
  const found = sharding.former
    .filter(({ untilMs }) => nowMs < untilMs + fillMs + SLACK_MS)
    .map(({ shards }) => shardOf(hash, shards));
  return [...new Set(found)].filter((shard) => shard !== own);
}
