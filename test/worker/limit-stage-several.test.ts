// Several limits on one route: all must allow, and a denial costs nothing.
import { describe, expect, it } from "vitest";
import { Limiters, type LimitTable, newLimitingEdge } from "./limiting-edge.ts";

const limitOf = (
  name: string,
  key: string,
  capacity: number,
  more: Partial<LimitTable> = {},
): LimitTable => ({
  ...{ name, key, capacity, refill: 0 },
  ...more,
});
const DEVICE = { "x-device": "phone" };

describe("a request that meets several limits", () => {
  const limits = [limitOf("per-device", "header:x-device", 3), limitOf("per-ip", "ip", 100)];

  it("passes while all allow, and is told which one is used up", async () => {
    const edge = await newLimitingEdge({ limits });
    expect(await edge.statuses(4, DEVICE)).toEqual([200, 200, 200, 429]);
    const denied = await edge.ask(DEVICE);
    expect(await denied.response?.json()).toMatchObject({ "violated-policies": ["per-device"] });
    expect(denied.headers.get("ratelimit-policy")).toBe('"per-device";q=3, "per-ip";q=100');
  });

  it("takes nothing from the others when one denies it: what they gave is back in a moment", async () => {
    const edge = await newLimitingEdge({ limits });
    await edge.statuses(30, DEVICE);
    await edge.settled();
    expect(await edge.levelOf("per-ip")).toBe(97);
    expect(await edge.levelOf("per-device")).toBe(0);
  });

  it("takes nothing from one that paid without a lease, though nobody asks again", async () => {
    const limiters = new Limiters();
    const edge = await newLimitingEdge({ limits }, limiters);
    const other = await newLimitingEdge({ limits }, limiters);
    await other.statuses(3, DEVICE);
    await edge.ask({ "x-device": "another" });
    await Promise.all([edge.settled(), other.settled()]);
    // By now one request a second needs no lease.
    await scheduler.wait(2000);
    expect((await edge.ask(DEVICE)).status).toBe(429);
    await edge.settled();
    expect(await edge.levelOf("per-ip")).toBe(96);
  });

  it("asks all shards at the same time: one round trip", async () => {
    const many = Array.from({ length: 6 }, (_, index) => limitOf(`limit-${index}`, `header:x-${index}`, 9));
    const edge = await newLimitingEdge({ limits: many });
    const headers = Object.fromEntries(many.map((_, index) => [`x-${index}`, `value-${index}`]));
    edge.limiters.mood = { answersAfterMs: 10 };
    expect((await edge.ask(headers)).status).toBe(200);
    const { calls } = edge.limiters;
    expect(new Set(calls.map(({ shard }) => shard)).size).toBe(calls.length);
    expect(calls.length).toBeGreaterThan(1);
    expect(calls.filter(({ answeredBefore }) => answeredBefore > 0)).toEqual([]);
  });

  it("is looked at by one call when its buckets live on one shard", async () => {
    const edge = await newLimitingEdge({ limits, limiter: { shards: 1 } });
    await edge.ask(DEVICE);
    expect(edge.limiters.calls.map(({ request }) => request.asks.length)).toEqual([2]);
  });

  it("waits for the deadline once, whatever their number, when none of them can answer", async () => {
    const many = Array.from({ length: 16 }, (_, index) => limitOf(`limit-${index}`, `header:x-${index}`, 9));
    const timeoutMs = 1500;
    const edge = await newLimitingEdge({ limits: many, limiter: { timeout: `${timeoutMs}ms` } });
    edge.limiters.mood = "hangs";
    const headers = Object.fromEntries(many.map((_, index) => [`x-${index}`, `value-${index}`]));
    // One after another, eight shards would take eight times as long.
    expect((await edge.ask(headers)).tookMs).toBeLessThan(3 * timeoutMs);
    expect(edge.limiters.calls.length).toBeGreaterThan(5);
  });
});

describe("a limit in shadow", () => {
  const shadow = limitOf("tried", "ip", 2, { mode: "shadow" });

  it("denies nothing, and counts whom it would have denied", async () => {
    const edge = await newLimitingEdge({ limits: [shadow] });
    expect(await edge.statuses(5)).toEqual([200, 200, 200, 200, 200]);
    expect(edge.counts()).toMatchObject({ "tried allowed": 2, "tried shadow_denied": 3 });
  });

  it("is not told to clients, nor does it stop those that another limit lets through", async () => {
    const edge = await newLimitingEdge({ limits: [shadow, limitOf("real", "header:x-device", 4)] });
    const answers = await edge.statuses(5, DEVICE);
    expect(answers).toEqual([200, 200, 200, 200, 429]);
    expect((await edge.ask(DEVICE)).headers.get("ratelimit-policy")).toBe('"real";q=4');
  });

  it("denies nothing while its store is down, whatever on_error says", async () => {
    const edge = await newLimitingEdge({ limits: [{ ...shadow, on_error: "closed" }] });
    edge.limiters.mood = "throws";
    expect(await edge.statuses(3)).toEqual([200, 200, 200]);
    expect(edge.counts()).toMatchObject({ "tried shadow_denied": 3 });
  });
});
