/** Asks the stores of buckets, all in one round trip, and takes what they give into the leases. */
import type { Env } from "../config/env.ts";
import type { Limit } from "../config/load.ts";
import { bucketKey, ownerHash } from "../config/owner-hash.ts";
import type { Breaker } from "../policy/breaker.ts";
import { dropAsk, endAsk, failAsk, owedTokens } from "../policy/lease.ts";
import type { Ask, Grant } from "../policy/lending.ts";
import { type BucketAsk, type BucketStore, NotAsked } from "../stores/bucket-store.ts";
import { durableObjectStore } from "../stores/durable-object.ts";
import { newUpstashMemory, upstashStore } from "../stores/upstash.ts";
import type { Compiled } from "./compiled.ts";
import { count } from "./counters.ts";
import { edgeName } from "./edge-name.ts";
import { type Held, noteDenied, noteHolding, takeDenied } from "./leases.ts";

/** An ask that has begun: its tokens are on their way. */
export interface BegunAsk {
  readonly held: Held;
  readonly ask: Ask;
  /** The bucket of an ask before it, in place of which it is meant. */
  readonly unlessPaid?: Held | undefined;
}

/** What the stage has at hand. */
export interface Asker {
  readonly env: Env;
  readonly snapshot: Pick<Compiled, "limiter" | "sharding">;
  readonly waitUntil: (promise: Promise<unknown>) => void;
  /** A lease has been given tokens by an answer that came too late for its request. */
  readonly onLate?: () => void;
}

// Plain data only: what one request learns of a store's health, all others know.
const breakers = new Map<number, Breaker>();
const upstash = newUpstashMemory();

/** One grant or error for each ask, in their order; the leases have taken what came. Never rejects. */
export async function askStores(begun: readonly BegunAsk[], asker: Asker): Promise<(Grant | Error)[]> {
  const asks = await Promise.all(begun.map((one) => bucketAsk(one, asker.env)));
  const takeLate = (index: number, grant: Grant) => {
    // It came too late for its request, which another answer has gone to: nothing of it must be lost.
    const one = begun[index];
    if (one === undefined) return;
    endAsk(one.held.lease, one.ask, withUnspent(grant, one.ask), Date.now());
    noteHolding(one.held);
    asker.onLate?.();
  };
  const answers = await ask(begun, asks, takeLate, asker);
  const nowMs = Date.now();
  for (const [index, { held, ask: asked }] of begun.entries()) {
    const answer = answers[index];
    if (answer instanceof NotAsked) {
      dropAsk(held.lease, asked, nowMs);
      if (owedTokens(held.lease) > 0) noteHolding(held);
      continue;
    }
    if (answer === undefined || answer instanceof Error) {
      failAsk(held.lease, asked);
      continue;
    }
    endAsk(held.lease, asked, answer, nowMs);
    // A Limiter object notes its own denials; Redis has to be told.
    if (!answer.isPaid && held.limit.store === "upstash") noteDenied(held, asked.need, nowMs);
    if (answer.lease > 0 || answer.ahead !== undefined) noteHolding(held);
  }
  return answers;
}

async function bucketAsk({ held, ask, unlessPaid }: BegunAsk, env: Env): Promise<BucketAsk> {
  const hash = await ownerHash(held.owner, env);
  return {
    key: bucketKey(held.limit.name, hash),
    hash: hash.number,
    shape: held.limit.shape,
    ask,
    denied: takeDenied(held, Date.now()),
    unlessPaid: unlessPaid && bucketKey(unlessPaid.limit.name, await ownerHash(unlessPaid.owner, env)),
  };
}

/** What was paid for a request that is over goes to the next ones. */
function withUnspent(grant: Grant, { need }: Ask): Grant {
  return grant.isPaid ? { ...grant, lease: grant.lease + need } : grant;
}

/** Asks each store for its own, at the same time. */
async function ask(
  begun: readonly BegunAsk[],
  asks: readonly BucketAsk[],
  late: (index: number, grant: Grant) => void,
  asker: Asker,
): Promise<(Grant | Error)[]> {
  const [first] = begun;
  const isOneStore = begun.every(({ held }) => held.limit.store === first?.held.limit.store);
  if (first !== undefined && isOneStore) return storeOf(first.held.limit.store, asker).ask(asks, late);
  const answers: (Grant | Error)[] = [];
  await Promise.all(
    STORES.map(async (store) => {
      const indexes = [...begun.keys()].filter((index) => begun[index]?.held.limit.store === store);
      const own = indexes.flatMap((index) => asks[index] ?? []);
      const found = await storeOf(store, asker).ask(own, (at, grant) => late(indexes[at] ?? -1, grant));
      for (const [at, index] of indexes.entries()) answers[index] = found[at] ?? new Error("no answer");
    }),
  );
  return answers;
}

type StoreKind = Limit["store"];

const STORES: readonly StoreKind[] = ["durable-object", "upstash"];

function storeOf(kind: StoreKind, { env, snapshot, waitUntil }: Asker): BucketStore {
  const common = {
    deadlineMs: snapshot.limiter.timeout,
    waitUntil,
    onCall: (result: CallResult) => count(CALLS[kind][result]),
  };
  if (kind === "durable-object") {
    return durableObjectStore({ ...common, env, edge: edgeName(), sharding: snapshot.sharding, breakers });
  }
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = env;
  return upstashStore({ ...common, url, token, memory: upstash });
}

type CallResult = "ok" | "error" | "timeout";

const seriesOf = (store: StoreKind, result: CallResult) =>
  `tidegate_limit_store_calls_total{store="${store}",result="${result}"}`;

const callsTo = (store: StoreKind): Readonly<Record<CallResult, string>> => ({
  ok: seriesOf(store, "ok"),
  error: seriesOf(store, "error"),
  timeout: seriesOf(store, "timeout"),
});

const CALLS: Readonly<Record<StoreKind, Readonly<Record<CallResult, string>>>> = {
  "durable-object": callsTo("durable-object"),
  upstash: callsTo("upstash"),
};
