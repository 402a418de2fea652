// An ailing Redis never lets anybody pass by itself, never holds a request longer than the deadline, and is never
// asked twice for the same tokens.
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Grant } from "../../src/policy/lending.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { type UpstashEdge, type UpstashEdgeOptions, upstashEdge } from "../support/upstash.ts";

const SHAPE = { capacity: 10, refill: 0, intervalMs: 1000 };

let redis: TestRedis;
let key = "";
let keys = 0;
beforeAll(async () => {
  redis = await startRedis();
});
afterEach(() => {
  redis.rest.fault = { kind: "none" };
});

/** An edge that has learned the store's time, so that its next ask is one request. */
async function warmEdge(options: UpstashEdgeOptions = {}): Promise<UpstashEdge> {
  const unhurried = upstashEdge(redis);
  expect(await unhurried.ask(`warm-${keys}`, SHAPE, {})).not.toBeInstanceOf(Error);
  key = `fault-${keys++}`;
  redis.rest.requests = 0;
  return upstashEdge(redis, { ...options, memory: unhurried.memory });
}

/** What an edge that sees no fault finds in the bucket. */
async function levelLeft(): Promise<number> {
  redis.rest.fault = { kind: "none" };
  const answer = await upstashEdge(redis).ask(key, SHAPE, {});
  if (answer instanceof Error) throw answer;
  return answer.level;
}

describe("a Redis that fails", () => {
  it.each([
    ["500 with a reason", 500, '{"error":"ERR internal"}'],
    ["500 with a page", 500, "<html>"],
    ["429", 429, '{"error":"ERR max requests limit exceeded"}'],
    ["204", 204, ""],
  ])("answers %s: an error, and one request", async (_, status, body) => {
    const edge = await warmEdge();
    redis.rest.fault = { kind: "status", status, body };
    expect(await edge.ask(key, SHAPE, { need: 1, want: 4 })).toBeInstanceOf(Error);
    expect(redis.rest.requests).toBe(1);
    expect(edge.calls.at(-1)).toBe("error");
    expect(await levelLeft()).toBe(10);
  });

  it.each([
    "",
    "busy",
    "null",
    "[]",
    "{}",
    "[null,null,null]",
    "[1,2,3]",
    '{"result":[9,1,10]}',
    '[{"result":"OK"},{"result":"OK"},{"result":"OK"}]',
    '[{"result":[true,true,true]},{"result":[1,1,1]},{"result":[1,1,1]}]',
    '[{"result":[1e999,1,1]},{"result":[1,1,1]},{"result":[1,1,1]}]',
    '[{"result":null},{"result":null},{"result":null}]',
    '[{"result":[9]},{"result":[8]},{"result":[8]}]',
    '[{"result":[9,1,10]}]',
    '[{"error":"NOSCRIPT"},{"error":"NOSCRIPT"},{"error":"NOSCRIPT"}]',
    '[{"error":"ERR"},{"result":[8,1,10]},{"result":[8,1,10]}]',
  ])("answers %j: an error", async (body) => {
    const edge = await warmEdge();
    redis.rest.fault = { kind: "garbage", body };
    expect(await edge.ask(key, SHAPE, { need: 1, want: 4 })).toBeInstanceOf(Error);
    expect(await levelLeft()).toBe(10);
  });

  it.each(["", "[]", '[{"result":["now","then"]}]', '[{"result":["0","0"]}]', '[{"error":"ERR"}]'])(
    "answers an edge's first question for the time with %j: an error, and nothing is taken",
    async (body) => {
      key = `fault-${keys++}`;
      const edge = upstashEdge(redis);
      redis.rest.fault = { kind: "garbage", body };
      expect(await edge.ask(key, SHAPE, { need: 1 })).toBeInstanceOf(Error);
      expect(await levelLeft()).toBe(10);
    },
  );

  it("refuses the token: an error that does not tell it", async () => {
    const edge = upstashEdge(redis, { token: "wrong-token" });
    const answer = await edge.ask("refused", SHAPE, { need: 1 });
    expect(answer).toBeInstanceOf(Error);
    expect(String(answer)).toContain("WRONGPASS");
    expect(String(answer)).not.toContain("wrong-token");
  });

  it("has no credentials: an error that tells the secrets' names", async () => {
    const answer = await upstashEdge(redis, { token: "" }).ask("none", SHAPE, { need: 1 });
    expect(String(answer)).toContain("UPSTASH_REDIS_REST_TOKEN");
    expect(
      await upstashEdge(redis, { url: "redis://nowhere" }).ask("none", SHAPE, { need: 1 }),
    ).toBeInstanceOf(Error);
  });

  it("closes the connection after it has taken the tokens: they are not taken again", async () => {
    const edge = await warmEdge();
    redis.rest.fault = { kind: "drop" };
    expect(await edge.ask(key, SHAPE, { need: 3 })).toBeInstanceOf(Error);
    expect(redis.rest.requests).toBe(1);
    expect(await levelLeft()).toBe(7);
  });

  it("has lost its scripts: they are sent again, and every token is taken once", async () => {
    const edge = await warmEdge();
    expect(await edge.ask(key, SHAPE, { need: 1 })).toMatchObject({ isPaid: true, level: 9 });
    await redis.direct.send(["SCRIPT", "FLUSH"]);
    expect(await edge.ask(key, SHAPE, { need: 2, want: 2 })).toMatchObject({ isPaid: true });
    expect(redis.rest.requests).toBe(3);
    expect(await edge.ask(key, SHAPE, { need: 1 })).toMatchObject({ isPaid: true });
    expect(redis.rest.requests).toBe(4);
  });

  it("does not answer: an error at the deadline", async () => {
    const edge = await warmEdge({ deadlineMs: 100 });
    redis.rest.fault = { kind: "hang" };
    const startedAtMs = performance.now();
    expect(await edge.ask(key, SHAPE, { need: 1 })).toBeInstanceOf(Error);
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(95);
    // The client's own ways take 4 s (retries) or 5 s (time-out).
    expect(performance.now() - startedAtMs).toBeLessThan(3000);
    expect(edge.calls.at(-1)).toBe("timeout");
    // The call itself ends too, and does not reject.
    await Promise.all(edge.rest);
    expect(edge.late).toEqual([]);
    expect(redis.rest.requests).toBe(1);
  });

  it("answers after the deadline: an error, and what was given is not lost", async () => {
    const edge = await warmEdge({ deadlineMs: 100 });
    redis.rest.fault = { kind: "slow", ms: 300 };
    expect(await edge.ask(key, SHAPE, { need: 2 })).toBeInstanceOf(Error);
    await Promise.all(edge.rest);
    expect(edge.late).toMatchObject([{ isPaid: true, level: 8 }] satisfies Partial<Grant>[]);
  });

  it("is left alone for a second, then tried by one request", async () => {
    const edge = await warmEdge();
    redis.rest.fault = { kind: "status", status: 500, body: "{}" };
    await edge.ask(key, SHAPE, { need: 1 });
    await edge.ask(key, SHAPE, { need: 1 });
    expect(redis.rest.requests).toBe(1);
    redis.rest.aheadMs += 1001;
    const both = [edge.ask(key, SHAPE, { need: 1 }), edge.ask(key, SHAPE, { need: 1 })];
    await Promise.all(both);
    expect(redis.rest.requests).toBe(2);
    redis.rest.fault = { kind: "none" };
    redis.rest.aheadMs += 1001;
    expect(await edge.ask(key, SHAPE, { need: 1 })).toMatchObject({ isPaid: true });
    expect(await edge.ask(key, SHAPE, { need: 1 })).toMatchObject({ isPaid: true });
  });
});
