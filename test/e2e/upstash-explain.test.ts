// Buckets in a real Redis, as operators see them: levels, the last denials, a Redis that is gone; and what sessions cost.
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import type { ExplainedBucket } from "../../src/config/control-api.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { asUser, limitedConfig } from "../support/limits.ts";
import { load } from "../support/load.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { type Region, startRegion } from "../support/region.ts";

/** A lease is a second long, and then brought back. */
const LEASES_OVER_MS = 2_000;

let redis: TestRedis;
let hk: Region;
let edge: Edge;
beforeAll(async () => {
  [redis, hk] = await Promise.all([startRedis(), startRegion("hk")]);
  edge = await startEdge({
    config: limitedConfig(
      hk.url,
      [
        { name: "burst", capacity: 5, refill: 0, store: "upstash" },
        { name: "calm", capacity: 100, refill: 50, store: "upstash", mode: "shadow" },
        { name: "near", key: "cookie:sid", capacity: 50, refill: 0 },
        { name: "ten", capacity: 60, refill: 20, store: "upstash" },
      ],
      {
        routes: [
          { path: "/echo/ten", pool: "wallet", limits: ["ten"] },
          { path: "/*", pool: "wallet", limits: ["burst", "calm", "near"] },
        ],
        limiter: { timeout: "5s" },
      },
    ),
    edges: 2,
    env: { UPSTASH_REDIS_REST_URL: redis.rest.url, UPSTASH_REDIS_REST_TOKEN: redis.rest.token },
  });
});

async function explain(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await edge.cli("limits", "explain", ...args);
  expect(code, stderr).toBe(0);
  return stdout;
}
const explained = async (user: string, limit: string) =>
  (JSON.parse(await explain(user, "--json")) as ExplainedBucket[]).find((one) => one.limit === limit);
const at = async (url: string, user: string, requests: number) =>
  (await load({ urls: [url], requests, concurrency: 1, shot: () => asUser(user) })).byStatus;

describe("ten requests in a row of a new session, where buckets are in Redis", () => {
  it("cost two calls at most, with what brings leases back", async () => {
    const shot = { ...asUser("ten"), path: "/echo/ten" };
    // An edge's first call asks for the time, too.
    await load({
      urls: [edge.url],
      requests: 1,
      concurrency: 1,
      shot: () => ({ ...asUser("warm-ten"), path: "/echo/ten" }),
    });
    await sleep(LEASES_OVER_MS);
    const before = redis.rest.requests;
    const tally = await load({ urls: [edge.url], requests: 10, concurrency: 1, shot: () => shot });
    expect(tally.byStatus).toEqual({ 200: 10 });
    await sleep(LEASES_OVER_MS);
    expect(redis.rest.requests - before).toBeLessThanOrEqual(2);
  });
});

describe("tidegate limits explain, of buckets in Redis", () => {
  it("shows what they hold, beside those in Limiter objects", async () => {
    expect(await at(edge.url, "watched", 3)).toEqual({ 200: 3 });
    // Leases are back after a second; what was spent is not.
    const levels = async () =>
      (JSON.parse(await explain("watched", "--json")) as ExplainedBucket[]).map(({ view }) => view?.level);
    await expect.poll(levels, { timeout: 20_000, interval: 500 }).toEqual([2, 100, 47, 60]);
    expect(await explained("watched", "burst")).toMatchObject({
      ...{ mode: "enforce", as: "session", capacity: 5, refill: 0, store: "upstash" },
      bucket: expect.stringMatching(/^burst:[\w-]{22}$/),
      view: { denials: [] },
    });
    const text = await explain("watched");
    expect(text).toMatch(/burst\s+session\s+2 of 5\s+\?\s+never/);
    expect(text).toMatch(/calm\s+shadow\s+session\s+100 of 100/);
    expect(text).toContain("Nothing was denied lately.");
  });

  it("shows the last denials of all edges, those that an edge has decided by itself too", async () => {
    const [first = "", second = ""] = edge.urls;
    expect(await at(first, "denied", 5)).toEqual({ 200: 5 });
    // Found by Redis at the edge that does not know of it, and decided without a call at the one that does.
    expect(await at(second, "denied", 1)).toEqual({ 429: 1 });
    expect(await at(first, "denied", 4)).toEqual({ 429: 4 });
    const denials = async () => (await explained("denied", "burst"))?.view?.denials ?? [];
    const told = async () => (await denials()).reduce((sum, { earlier }) => sum + 1 + earlier, 0);
    await expect.poll(told, { timeout: 20_000 }).toBe(5);
    for (const { atMs, need, level } of await denials()) {
      expect({ need, level }).toEqual({ need: 1, level: 0 });
      expect(Math.abs(Date.now() - atMs)).toBeLessThan(60_000);
    }
    expect(await explain("denied")).toMatch(/DENIED \(UTC\)[\s\S]*burst\s+session\s+20/);
    // They name nobody, and end by themselves.
    const [list = ""] = (await redis.direct.send(["KEYS", "*denials*"])) as string[];
    expect(list).toMatch(/^tidegate:denials burst:[\w-]{22}$/);
    expect(Number(await redis.direct.send(["PTTL", list]))).toBeGreaterThan(0);
  });

  it("shows the rest and says so when Redis does not answer", async () => {
    redis.rest.fault = { kind: "hang" };
    const text = await explain("watched");
    redis.rest.fault = { kind: "none" };
    expect(text).toMatch(/burst\s+session\s+\(no answer\)/);
    expect(text).toMatch(/near\s+cookie\s+47 of 50/);
  });
});
