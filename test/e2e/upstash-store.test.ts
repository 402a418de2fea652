// Buckets in a real Redis: the same contract as every store, through the packages that production uses.
import { beforeAll } from "vitest";
import { bucketStoreContract } from "../support/bucket-store-contract.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { upstashEdge } from "../support/upstash.ts";

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});

bucketStoreContract(
  "Upstash",
  () => ({
    store: (_edge, skewMs = 0) => upstashEdge(redis, { skewMs }).store,
    broken: () => upstashEdge(redis, { url: "http://127.0.0.1:1" }).store,
    now: () => Date.now() + redis.rest.aheadMs,
    // Redis and the edges are told that it is later. Keys end by the true time: never too early for what they hear.
    async pass(ms) {
      redis.rest.aheadMs += ms;
    },
  }),
  // The test's clock and the store's, each in whole milliseconds.
  { latenessMs: 1000, earlyTokens: 0, clockErrorMs: 2, runs: 60 },
);
