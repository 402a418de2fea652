// What an edge asks of Redis and leaves behind there.
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Grant } from "../../src/policy/lending.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { upstashEdge } from "../support/upstash.ts";

const SHAPE = { capacity: 10, refill: 20, intervalMs: 1000 };
const ONCE = { capacity: 10, refill: 0, intervalMs: 1000 };
const YEAR_MS = 365 * 24 * 3_600_000;

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterEach(async () => {
  vi.restoreAllMocks();
  redis.rest.fault = { kind: "none" };
  await redis.direct.send(["FLUSHALL"]);
});

const keys = async () => ((await redis.direct.send(["KEYS", "*"])) as string[]).sort();
const ttlOf = (key: string) => redis.direct.send(["PTTL", key]);

function grantOf(answer: Grant | Error): Grant {
  if (answer instanceof Error) throw answer;
  return answer;
}

describe("calls", () => {
  it("are one for all asks of a request; an edge's first asks for the time before", async () => {
    const edge = upstashEdge(redis);
    redis.rest.requests = 0;
    await edge.ask("one", SHAPE, { need: 1, want: 8 });
    expect(redis.rest.requests).toBe(2);
    const ask = { need: 1, want: 8, back: 1, spilled: 0 };
    const asks = ["one", "two", "three"].map((key) => ({ key, hash: 0, shape: SHAPE, ask }));
    expect(await edge.store.ask(asks, () => {})).toHaveLength(3);
    expect(redis.rest.requests).toBe(3);
  });

  it("ask for the time again after a minute, along with the rest", async () => {
    const edge = upstashEdge(redis);
    const commands = async () => {
      const before = redis.rest.commands;
      await edge.ask("clock", SHAPE, { need: 1 });
      return redis.rest.commands - before;
    };
    await commands();
    const usual = await commands();
    redis.rest.aheadMs += 60_000;
    redis.rest.requests = 0;
    expect(await commands()).toBe(usual + 1);
    expect(await commands()).toBe(usual);
    expect(redis.rest.requests).toBe(2);
  });

  it("carry nothing but the token and the commands", async () => {
    await upstashEdge(redis).ask("headers", SHAPE, { need: 1 });
    expect(Object.keys(redis.rest.headers).filter((name) => name.startsWith("upstash"))).toEqual([]);
    expect(redis.rest.headers.authorization).toBe(`Bearer ${redis.rest.token}`);
  });
});

describe("time", () => {
  it("is the store's: the library's own clock does not count", async () => {
    const edge = upstashEdge(redis);
    const hourly = { ...SHAPE, refill: 1, intervalMs: 3_600_000 };
    grantOf(await edge.ask("library", hourly, { need: 10 }));
    const realNow = Date.now();
    for (const skewMs of [86_400_000, -86_400_000]) {
      vi.spyOn(Date, "now").mockReturnValue(realNow + skewMs);
      const { isPaid, level } = grantOf(await edge.ask("library", hourly, { need: 1 }));
      expect(isPaid).toBe(false);
      expect(level).toBeLessThan(1);
    }
  });

  it("follows an edge's clock that is set while it runs", async () => {
    let skewMs = 0;
    const edge = upstashEdge(redis, {
      get skewMs() {
        return skewMs;
      },
    });
    const slow = { ...SHAPE, refill: 1, intervalMs: 10_000 };
    grantOf(await edge.ask("set", slow, { need: 10 }));
    skewMs = -5000;
    expect(grantOf(await edge.ask("set", slow, { need: 1 })).isPaid).toBe(false);
  });
});

describe("keys", () => {
  it("begin with tidegate: and hold what the limit and the hash say, nothing else", async () => {
    await upstashEdge(redis).ask("per-user:Zm9v", SHAPE, { need: 1 });
    expect(await keys()).toEqual(["tidegate:per-user:Zm9v"]);
  });

  it("end when their bucket is full again", async () => {
    await upstashEdge(redis).ask("full", { ...SHAPE, intervalMs: 100_000 }, { need: 10 });
    const ttl = await ttlOf("tidegate:full");
    expect(ttl).toBeGreaterThan(40_000);
    expect(ttl).toBeLessThanOrEqual(50_000);
    await redis.direct.send(["FLUSHALL"]);
    await upstashEdge(redis).ask("soon full", SHAPE, { need: 10 });
    await vi.waitFor(async () => expect(await keys()).toEqual([]), { timeout: 5000 });
  });

  it("end too when a lease comes back to a bucket that was full", async () => {
    const stranger = upstashEdge(redis);
    const { level } = grantOf(await stranger.ask("back", SHAPE, { back: 4 }));
    expect(level).toBe(10);
    const ttl = await ttlOf("tidegate:back");
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThan(60_000);
  });

  it("are not written by a denial", async () => {
    await upstashEdge(redis).ask("denied", SHAPE, { need: 11 });
    expect(await keys()).toEqual([]);
  });

  it.each([
    ["a token a day in a thousand million", { capacity: 1e9, refill: 1, intervalMs: 86_400_000 }],
    ["next to nothing", { capacity: 1e9, refill: 1e-9, intervalMs: 86_400_000 }],
    ["a thousandth of a token a day", { capacity: 1, refill: 0.001, intervalMs: 86_400_000 }],
    ["thousand millions in 10 ms", { capacity: 1e9, refill: 1e9, intervalMs: 10 }],
    ["a rate that is no decimal number", { capacity: 20, refill: 20 / 3, intervalMs: 1009 }],
  ])("end for every rate that can be configured: %s", async (_, shape) => {
    const edge = upstashEdge(redis);
    expect(grantOf(await edge.ask("rate", shape, { need: shape.capacity })).isPaid).toBe(true);
    // -1: without an end. It may have come already.
    expect(await ttlOf((await keys())[0] ?? "")).not.toBe(-1);
  });

  it("of a bucket that never refills stay", async () => {
    await upstashEdge(redis).ask("once", ONCE, { need: 1 });
    expect(await ttlOf("tidegate:once")).toBeGreaterThan(50 * YEAR_MS);
  });
});

describe("a bucket that a lease comes back to", () => {
  it("never holds more than its capacity, not even for the request that brings it", async () => {
    const shape = { ...SHAPE, refill: 1, intervalMs: 10_000 };
    const { isPaid, level } = grantOf(await upstashEdge(redis).ask("over", shape, { need: 10, back: 4 }));
    expect(isPaid).toBe(true);
    expect(level).toBeLessThan(0.5);
    redis.rest.aheadMs += 90_000;
    const { level: after } = grantOf(await upstashEdge(redis).ask("over", shape, { need: 9, back: 9 }));
    expect(after).toBeLessThan(1.5);
  });
});

describe("an edge that has seen a bucket", () => {
  it("takes what it wants while it is alone, up to half, from the first time on", async () => {
    const edge = upstashEdge(redis);
    const shape = { ...ONCE, capacity: 100 };
    const lease = async () => grantOf(await edge.ask("alone", shape, { need: 1, want: 40 })).lease;
    expect([await lease(), await lease(), await lease()]).toEqual([40, 29, 14]);
  });

  it("takes an eighth once another has used it", async () => {
    const [a, b] = [upstashEdge(redis), upstashEdge(redis)];
    const shape = { ...ONCE, capacity: 100 };
    await a.ask("shared", shape, { need: 1 });
    await b.ask("shared", shape, { need: 1 });
    await a.ask("shared", shape, { need: 1 });
    expect(grantOf(await a.ask("shared", shape, { need: 1, want: 40 })).lease).toBe(12);
  });

  it("asks no more for others' tokens when nobody has used it for a second", async () => {
    const [a, b] = [upstashEdge(redis), upstashEdge(redis)];
    await a.ask("others", ONCE, { need: 10 });
    expect(grantOf(await b.ask("others", ONCE, { need: 1 })).othersHoldMs).toBe(1200);
    redis.rest.aheadMs += 1200;
    expect(grantOf(await b.ask("others", ONCE, { need: 1 })).othersHoldMs).toBe(0);
    expect(grantOf(await a.ask("others", ONCE, { need: 1 })).othersHoldMs).toBe(0);
  });
});
