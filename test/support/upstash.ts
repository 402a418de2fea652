// Edges that keep their buckets in a test's Redis through the REST bridge.
import type { Grant } from "../../src/policy/lending.ts";
import type { BucketShape } from "../../src/policy/token-bucket.ts";
import type { BucketStore } from "../../src/stores/bucket-store.ts";
import { newUpstashMemory, type UpstashMemory, upstashStore } from "../../src/stores/upstash.ts";
import type { TestRedis } from "./redis.ts";

/** Where a test is not about deadlines, a busy machine must not fail it. */
const UNHURRIED_MS = 20_000;

export interface UpstashEdge {
  readonly store: BucketStore;
  readonly memory: UpstashMemory;
  /** Calls that the request did not wait for. */
  readonly rest: Promise<unknown>[];
  readonly calls: string[];
  /** What came after the deadline. */
  readonly late: Grant[];
  /** One ask: a grant, or the error. */
  ask(
    key: string,
    shape: BucketShape,
    wish: { need?: number; want?: number; back?: number },
  ): Promise<Grant | Error>;
}

export interface UpstashEdgeOptions {
  url?: string;
  token?: string;
  deadlineMs?: number;
  /** What it knows already. */
  memory?: UpstashMemory;
  /** This edge's clock less the right one. */
  skewMs?: number;
}

// The real one, also where a test replaces it.
const realNow = Date.now.bind(Date);

export function upstashEdge(redis: TestRedis, options: UpstashEdgeOptions = {}): UpstashEdge {
  const { url, token, deadlineMs = UNHURRIED_MS, skewMs = 0 } = options;
  const [rest, calls, late]: [Promise<unknown>[], string[], Grant[]] = [[], [], []];
  const memory = options.memory ?? newUpstashMemory();
  const store = upstashStore({
    url: url ?? redis.rest.url,
    token: token ?? redis.rest.token,
    deadlineMs,
    memory,
    waitUntil: (promise) => rest.push(promise),
    onCall: (result) => calls.push(result),
    now: () => realNow() + redis.rest.aheadMs + skewMs,
  });
  return {
    ...{ store, memory, rest, calls, late },
    async ask(key, shape, wish) {
      const ask = { need: 0, want: 0, back: 0, spilled: 0, ...wish };
      const [answer] = await store.ask([{ key, hash: 0, shape, ask }], (_, grant) => late.push(grant));
      return answer ?? new Error("no answer");
    },
  };
}
