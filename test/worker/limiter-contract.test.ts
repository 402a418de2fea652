// The Durable Object store against what every store of buckets does, with real objects, whose clock the test sets.
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, vi } from "vitest";
import type { Env } from "../../src/config/env.ts";
import { firstSharding } from "../../src/policy/sharding.ts";
import { durableObjectStore } from "../../src/stores/durable-object.ts";
import { bucketStoreContract, type StoreWorld } from "../support/bucket-store-contract.ts";

const BROKEN: Env = {
  ...env,
  LIMITER: {
    getByName: () => ({ ask: async () => Promise.reject(new Error("unreachable")) }),
  } as unknown as Env["LIMITER"],
};

const storeOf = (edge: string, objects: Env) =>
  durableObjectStore({
    env: objects,
    edge,
    sharding: firstSharding(8),
    // Nothing here is about time-outs.
    deadlineMs: 60_000,
    breakers: new Map(),
    waitUntil: () => undefined,
    onCall: () => undefined,
  });

const world: StoreWorld = {
  // The edge's clock does not matter to a Limiter object: nothing that it says is a time.
  store: (edge) => storeOf(edge, env),
  broken: () => storeOf("edge", BROKEN),
  now: () => Date.now(),
  pass: async (ms) => void vi.setSystemTime(Date.now() + ms),
};

beforeAll(() => void vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 }));
afterAll(() => void vi.useRealTimers());

bucketStoreContract("Limiter objects", () => world, {
  latenessMs: 60,
  earlyTokens: 1,
  clockErrorMs: 0,
  runs: 60,
});
