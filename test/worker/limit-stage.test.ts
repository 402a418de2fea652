// The stage that holds users to their limits, with real Limiter objects: whose bucket, how many, how often it asks.
import { describe, expect, it } from "vitest";
import { Limiters, type LimitTable, newLimitingEdge } from "./limiting-edge.ts";

const limitOf = (name: string, capacity: number, more: Partial<LimitTable> = {}): LimitTable => ({
  ...{ name, key: "ip", capacity, refill: 0 },
  ...more,
});
const OPAQUE = { opaque: { cookie: "sid" } };
const allowed = (statuses: readonly number[]) => statuses.filter((status) => status === 200).length;

describe("a limit", () => {
  it("lets through what the bucket holds and answers 429 from then on, with no more calls", async () => {
    const edge = await newLimitingEdge({ limits: [limitOf("per-ip", 10)] });
    expect(allowed(await edge.statuses(12))).toBe(10);
    const calls = edge.limiters.calls.length;
    const denied = await edge.ask();
    expect(denied.status).toBe(429);
    expect(await denied.response?.json()).toMatchObject({ "violated-policies": ["per-ip"] });
    expect(edge.limiters.calls).toHaveLength(calls);
    expect(edge.counts()).toMatchObject({ "per-ip allowed": 10, "per-ip denied": 3 });
  });

  it("tells when the same request would be let through, and is right", async () => {
    const edge = await newLimitingEdge({ limits: [limitOf("per-ip", 2, { refill: 1, interval: "1s" })] });
    await edge.statuses(2);
    const denied = await edge.ask();
    expect(denied.headers.get("retry-after")).toBe("1");
    await scheduler.wait(1000);
    expect((await edge.ask()).status).toBe(200);
  });

  it("serves many requests of a user with few calls", async () => {
    const edge = await newLimitingEdge({ limits: [limitOf("per-ip", 1000)] });
    expect(allowed(await edge.statuses(200))).toBe(200);
    expect(edge.limiters.calls.length).toBeLessThan(20);
    await edge.settled();
    expect(await edge.levelOf("per-ip")).toBe(800);
  });

  it("is exact for many requests at once, at several edges", async () => {
    const limiters = new Limiters();
    const settings = { limits: [limitOf("per-ip", 40)] };
    const edges = [await newLimitingEdge(settings, limiters), await newLimitingEdge(settings, limiters)];
    const answers = await Promise.all(edges.flatMap((edge) => Array.from({ length: 60 }, () => edge.ask())));
    expect(allowed(answers.map(({ status }) => status))).toBeLessThanOrEqual(40);
    expect(allowed(answers.map(({ status }) => status))).toBeGreaterThan(20);
  });

  it("takes the route's cost", async () => {
    const edge = await newLimitingEdge({ limits: [limitOf("per-ip", 10)], cost: 4 });
    expect(await edge.statuses(3)).toEqual([200, 200, 429]);
  });
});

describe("whose bucket it is", () => {
  const others = [
    ["ip", {}, { "cf-connecting-ip": "203.0.113.8" }],
    ["user", { cookie: "sid=ann" }, { cookie: "sid=bob" }],
    ["header:X-Device", { "x-device": "one" }, { "x-device": "two" }],
    ["cookie:device", { cookie: "device=one" }, { cookie: "device=two" }],
  ] as [string, Record<string, string>, Record<string, string>][];

  it.each(others)("%s: another has its own", async (key, one, other) => {
    const edge = await newLimitingEdge({ limits: [limitOf("mine", 2, { key })], identity: OPAQUE });
    expect(await edge.statuses(3, one)).toEqual([200, 200, 429]);
    expect(await edge.statuses(3, other)).toEqual([200, 200, 429]);
  });

  it.each(["header:X-Device", "cookie:device"])("%s: without a value it is the address's", async (key) => {
    const edge = await newLimitingEdge({ limits: [limitOf("mine", 2, { key })] });
    expect(await edge.statuses(3)).toEqual([200, 200, 429]);
    expect(await edge.statuses(1, { "x-device": "", cookie: "device=" })).toEqual([429]);
    expect(await edge.statuses(1, { "cf-connecting-ip": "203.0.113.8" })).toEqual([200]);
  });

  it("IPv6 addresses of one /64 share a bucket", async () => {
    const edge = await newLimitingEdge({ limits: [limitOf("mine", 1)] });
    expect(await edge.statuses(1, { "cf-connecting-ip": "2001:db8::1" })).toEqual([200]);
    expect(await edge.statuses(1, { "cf-connecting-ip": "2001:db8::2" })).toEqual([429]);
    expect(await edge.statuses(1, { "cf-connecting-ip": "2001:db8:0:1::1" })).toEqual([200]);
  });

  it("all: everybody shares one, and nobody is blamed", async () => {
    const edge = await newLimitingEdge({ limits: [limitOf("whole", 2, { key: "all" })] });
    const addresses = ["203.0.113.1", "203.0.113.2", "203.0.113.3"];
    const answers = [];
    for (const address of addresses) {
      answers.push(await edge.ask({ "cf-connecting-ip": address, accept: "text/html" }));
    }
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
  });

  it("requests without an address share one bucket, and nothing breaks", async () => {
    const limits = [limitOf("mine", 2), limitOf("theirs", 9, { key: "user" })];
    const edge = await newLimitingEdge({ limits, identity: OPAQUE });
    expect(await edge.statuses(3, { "cf-connecting-ip": "" })).toEqual([200, 200, 429]);
    expect(await edge.statuses(1, { "cf-connecting-ip": "none", cookie: "sid=x" })).toEqual([429]);
  });
});

describe("a change of the configuration", () => {
  it("of the capacity counts at once, also for what is held", async () => {
    const edge = await newLimitingEdge({ limits: [limitOf("per-ip", 1000)] });
    await edge.statuses(20);
    edge.take({ limits: [limitOf("per-ip", 5)] });
    expect(allowed(await edge.statuses(20))).toBe(5);
  });

  it("of the refill counts at once, also for who is denied", async () => {
    const edge = await newLimitingEdge({ limits: [limitOf("per-ip", 5)] });
    await edge.statuses(6);
    edge.take({ limits: [limitOf("per-ip", 5, { refill: 100, interval: "1s" })] });
    await scheduler.wait(60);
    expect((await edge.ask()).status).toBe(200);
  });

  it("to shadow lets everybody through", async () => {
    const edge = await newLimitingEdge({ limits: [limitOf("per-ip", 1)] });
    await edge.statuses(2);
    edge.take({ limits: [limitOf("per-ip", 1, { mode: "shadow" })] });
    expect((await edge.ask()).status).toBe(200);
  });
});
