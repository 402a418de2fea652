/** Buckets in Redis at Upstash: `@upstash/ratelimit` over HTTP, one round trip for all asks of a request. */
import { Redis } from "@upstash/redis/cloudflare";
import { type Breaker, mayAsk, newBreaker, noteAnswer, noteFailure } from "../policy/breaker.ts";
import { type Grant, LEASE_MS } from "../policy/lending.ts";
import { type SeenBucket, unseenBucket } from "../policy/seen-bucket.ts";
import { clockState, learnClock, newStoreClock, type StoreClock, storeTime } from "../policy/store-clock.ts";
import { type BucketAsk, type BucketStore, NotAsked } from "./bucket-store.ts";
import { withDeadline } from "./deadline.ts";
import { askBucket } from "./upstash-bucket.ts";
import { noteDenied } from "./upstash-denials.ts";
import { noScripts, type Scripts, Trip } from "./upstash-trip.ts";

/** What an edge knows of its Redis: plain data that requests share. Make one for an edge's lifetime. */
export interface UpstashMemory {
  readonly breaker: Breaker;
  readonly clock: StoreClock;
  readonly scripts: Scripts;
  /** By key; those used last are last. */
  readonly seen: Map<string, SeenBucket>;
  client: { readonly madeFrom: string; readonly redis: Redis } | undefined;
}

export interface UpstashStoreOptions {
  /** Secret. The REST address of the database. */
  readonly url: string | undefined;
  /** Secret. Its token. */
  readonly token: string | undefined;
  readonly deadlineMs: number;
  readonly memory: UpstashMemory;
  /** Keeps a call going that the request does not wait for any more. */
  readonly waitUntil: (promise: Promise<unknown>) => void;
  /** Called once for each call that is made. */
  readonly onCall: (result: "ok" | "error" | "timeout") => void;
  /** This edge's clock, which may be wrong; epoch milliseconds. */
  readonly now?: () => number;
}

/** Buckets that an edge remembers; of more, the one used longest ago is forgotten, which costs it a small lease. */
const MAX_SEEN = 10_000;

export function newUpstashMemory(): UpstashMemory {
  return {
    breaker: newBreaker(),
    clock: newStoreClock(),
    scripts: noScripts(),
    seen: new Map(),
    client: undefined,
  };
}

export function upstashStore(options: UpstashStoreOptions): BucketStore {
  const { memory, deadlineMs, waitUntil, onCall, now = Date.now } = options;
  return {
    async ask(asks, late) {
      if (!mayAsk(memory.breaker, now()))
        return asks.map(() => new NotAsked("the store has failed a moment ago"));
      const call = { isAwaited: true };
      const outcome = await withDeadline(roundTrip(options, asks, now, call), deadlineMs, (answers) => {
        for (const [index, answer] of answers.entries()) if (!(answer instanceof Error)) late(index, answer);
      });
      call.isAwaited = false;
      if (outcome.kind === "timeout") waitUntil(outcome.rest);
      const isAnswered =
        outcome.kind === "answered" && outcome.value.some((answer) => !(answer instanceof Error));
      if (isAnswered) noteAnswer(memory.breaker);
      else noteFailure(memory.breaker, now());
      onCall(isAnswered ? "ok" : outcome.kind === "timeout" ? "timeout" : "error");
      if (outcome.kind === "answered") return outcome.value;
      return allFailed(
        asks,
        outcome.kind === "timeout" ? "the store did not answer in time" : outcome.reason,
      );
    },
  };
}

/** Rejects when the store cannot be reached at all. */
async function roundTrip(
  options: UpstashStoreOptions,
  asks: readonly BucketAsk[],
  now: () => number,
  call: { readonly isAwaited: boolean },
): Promise<(Grant | Error)[]> {
  const { memory } = options;
  const { clock } = memory;
  const redis = clientOf(options);
  if (clockState(clock, now()) === "unknown") {
    // An edge's first call: without the store's time nothing can be taken.
    const first = new Trip(memory.scripts);
    askTime(first, clock, now);
    await first.send(redis);
    if (clockState(clock, now()) === "unknown") throw new Error("the store does not tell its time");
    if (!call.isAwaited) throw new Error("nobody waits any more");
  }
  const trip = new Trip(memory.scripts);
  if (clockState(clock, now()) === "ageing") askTime(trip, clock, now);
  const nowMs = storeTime(clock, now());
  for (const { key, denied } of asks) if (denied !== undefined) noteDenied(trip, key, denied, nowMs);
  const answers = asks.map((ask) => askBucket(trip, ask, seenBucket(memory.seen, ask.key), nowMs));
  // When sending fails, each answer is that error.
  await trip.send(redis).catch(() => {});
  return Promise.all(answers);
}

function askTime(trip: Trip, clock: StoreClock, now: () => number): void {
  const sentAtMs = now();
  trip.time((storeMs) => learnClock(clock, storeMs, sentAtMs, now()));
}

/** Holds no promise and no connection, so that requests may share it. */
export function clientOf({
  memory,
  url,
  token,
  deadlineMs,
}: Pick<UpstashStoreOptions, "memory" | "url" | "token" | "deadlineMs">): Redis {
  if (!url || !token) throw new Error("UPSTASH_REDIS_REST_URL or UPSTASH_REDIS_REST_TOKEN is not set");
  const madeFrom = JSON.stringify([url, token, deadlineMs]);
  if (memory.client?.madeFrom === madeFrom) return memory.client.redis;
  const redis = new Redis({
    url,
    token,
    // `false` would still send everything twice when the first attempt fails, and take tokens twice.
    retry: { retries: 0 },
    // A function: with a plain signal the client makes up an answer when it is aborted. What comes later than this is
    // of no use to anybody.
    signal: () => AbortSignal.timeout(deadlineMs + LEASE_MS),
    // Answers are numbers.
    responseEncoding: false,
    automaticDeserialization: false,
    // Shares one call between requests, which Workers cancel.
    enableAutoPipelining: false,
    // Scripts run where writes go.
    readYourWrites: false,
    enableTelemetry: false,
  });
  memory.client = { madeFrom, redis };
  return redis;
}

function seenBucket(seen: Map<string, SeenBucket>, key: string): SeenBucket {
  const bucket = seen.get(key) ?? unseenBucket();
  seen.delete(key);
  seen.set(key, bucket);
  if (seen.size > MAX_SEEN) {
    for (const oldest of seen.keys()) {
      seen.delete(oldest);
      break;
    }
  }
  return bucket;
}

function allFailed(asks: readonly BucketAsk[], why: string): Error[] {
  return asks.map(() => new Error(why));
}
