/** Buckets in Limiter objects, sharded by user: one call for each shard, all at the same time. */
import { type Env, limiterStub } from "../config/env.ts";
import { type Breaker, mayAsk, newBreaker, noteAnswer, noteFailure } from "../policy/breaker.ts";
import type { Grant } from "../policy/lending.ts";
import { type Sharding, shardOf } from "../policy/sharding.ts";
import { type BucketAsk, type BucketStore, NotAsked } from "./bucket-store.ts";
import { withDeadline } from "./deadline.ts";

export interface DurableObjectStoreOptions {
  readonly env: Env;
  /** A random name for the edge's lifetime. */
  readonly edge: string;
  readonly sharding: Sharding;
  readonly deadlineMs: number;
  /** How the shards answered lately, by number; outlives the store's instances. */
  readonly breakers: Map<number, Breaker>;
  /** Keeps a call going that the request does not wait for any more. */
  readonly waitUntil: (promise: Promise<unknown>) => void;
  /** Called once for each call that is made. */
  readonly onCall: (result: "ok" | "error" | "timeout") => void;
}

export function durableObjectStore(options: DurableObjectStoreOptions): BucketStore {
  return {
    async ask(asks, late) {
      const byShard = new Map<number, number[]>();
      for (const [index, { hash }] of asks.entries()) {
        const shard = shardOf(hash, options.sharding.shards);
        const indexes = byShard.get(shard);
        if (indexes === undefined) byShard.set(shard, [index]);
        else indexes.push(index);
      }
      const answers: (Grant | Error)[] = [];
      const calls = [...byShard].map(([shard, indexes]) =>
        askShard(options, shard, asks, indexes, answers, late),
      );
      await (calls.length === 1 ? calls[0] : Promise.all(calls));
      return answers;
    },
  };
}

async function askShard(
  { env, edge, sharding, deadlineMs, breakers, waitUntil, onCall }: DurableObjectStoreOptions,
  shard: number,
  asks: readonly BucketAsk[],
  indexes: readonly number[],
  answers: (Grant | Error)[],
  late: (index: number, grant: Grant) => void,
): Promise<void> {
  const breaker = breakerOf(breakers, shard);
  if (!mayAsk(breaker, Date.now())) {
    for (const index of indexes) answers[index] = new NotAsked("this shard has failed a moment ago");
    return;
  }
  const own = indexes.flatMap((index) => asks[index] ?? []);
  // A new stub for every call: one that has failed once stays broken.
  const call = limiterStub(env, shard).ask({ edge, sharding, asks: own });
  const outcome = await withDeadline(call, deadlineMs, (grants) => {
    for (const [at, index] of indexes.entries()) if (grants[at] !== undefined) late(index, grants[at]);
  });
  if (outcome.kind === "timeout") waitUntil(outcome.rest);
  if (outcome.kind === "answered") noteAnswer(breaker);
  else noteFailure(breaker, Date.now());
  onCall(outcome.kind === "answered" ? "ok" : outcome.kind);
  for (const [at, index] of indexes.entries()) {
    answers[index] =
      outcome.kind === "answered"
        ? (outcome.value[at] ?? new Error("the shard gave no answer for this bucket"))
        : new Error(outcome.kind === "timeout" ? "the shard did not answer in time" : outcome.reason);
  }
}

function breakerOf(breakers: Map<number, Breaker>, shard: number): Breaker {
  const known = breakers.get(shard);
  if (known !== undefined) return known;
  const breaker = newBreaker();
  breakers.set(shard, breaker);
  return breaker;
}
