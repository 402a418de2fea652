// Hedging: a read that takes unusually long is asked of a second region, within the retry budget; a payment never is.
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { LEAST_SAMPLES } from "../../src/policy/latency-quantile.ts";
import { pool, poolsConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { answerKind, closedLoop, type Entry, tallyBy } from "../support/journal.ts";
import type { Shot } from "../support/load.ts";
import { payment } from "../support/payment.ts";
import { type Region, startRegions } from "../support/region.ts";

const SLOW_MS = 1_500;
/** Far less than the slow region takes, far more than a hedge on a busy machine. */
const QUICK_MS = 750;
const BALANCE = "/api/balance";

/**
 * gRPC A6 with 10 tokens: hedges are allowed while more than 5 are left, so a full budget pays for 5 at once. Each takes
 * one and each answered request brings 0.1 back. Spent is at most what was there and came, less the more than 4 that
 * the last hedge left: hedges < 10 + 0.1 × requests - 4.
 */
const HEDGES_AT_ONCE = 5;
const hedgesBelow = (requests: number): number => 6 + 0.1 * requests;

let regions: Region[];
let edge: Edge;
const region = (index: number): Region => {
  const found = regions[index];
  if (found === undefined) throw new Error(`no region ${index}`);
  return found;
};

/** Each test has a pool, and so a budget and samples, of its own. */
const HEDGING = ["one", "many", "writes", "broken", "young", "storm"] as const;
type Name = (typeof HEDGING)[number] | "wide" | "plain";

beforeAll(async () => {
  regions = await startRegions("hk", "sg", "fra", "lon");
  const two = regions.slice(0, 2);
  // By failover, all reads go to hk first.
  const config = { affinity: "none", policy: "failover", timeout: "10s", ejection: { enabled: false } };
  const hedge = { enabled: true, min_delay: "20ms" };
  const pools = [
    ...HEDGING.map((name) => pool(name, two, { ...config, hedge })),
    pool("wide", regions, { ...config, hedge, policy: "weighted", retry: { budget_tokens: 1_000 } }),
    pool("plain", two, config),
  ];
  edge = await startEdge({
    config: poolsConfig(pools),
  });
});

beforeEach(async () => {
  await Promise.all(regions.map((each) => each.set({ delayMs: 0, fault: "none" })));
  await Promise.all(regions.map((each) => each.settle()));
});

const send = (name: Name, shot: Shot, requests = 1, concurrency = 1): Promise<Entry[]> =>
  closedLoop({
    urls: [edge.url],
    requests,
    concurrency,
    shot: () => ({ ...shot, headers: { ...shot.headers, Host: `${name}.test` } }),
  });
const read = (name: Name, requests?: number, concurrency?: number) =>
  send(name, { path: BALANCE }, requests, concurrency);

/** So many quick reads at hk, which are then not counted. */
async function learn(name: Name, reads = LEAST_SAMPLES): Promise<void> {
  const entries = await read(name, reads);
  expect(tallyBy(entries, ({ status, origin }) => `${status} ${origin}`)).toEqual({ "200 hk": reads });
  await Promise.all(regions.map((each) => each.settle()));
}

const tookMs = ({ sentAtMs, endedAtMs }: Entry): number => endedAtMs - sentAtMs;
const askedAt = async (path: string): Promise<number[]> => {
  const counts = await Promise.all([region(0).counts(), region(1).counts()]);
  return counts.map(({ byPath }) => byPath[path] ?? 0);
};
const abortedAt = (index: number) => async () => (await region(index).counts()).abortedTotal;

describe("a read whose region has turned slow", () => {
  it("is answered by the other, and given up at the slow one", async () => {
    await learn("one");
    await region(0).set({ delayMs: SLOW_MS });
    const [entry] = await read("one");
    expect(entry).toMatchObject({ status: 200, origin: "sg", attempts: 2, isCut: false });
    expect(entry === undefined ? SLOW_MS : tookMs(entry)).toBeLessThan(QUICK_MS);
    expect(await askedAt(BALANCE)).toEqual([1, 1]);
    await expect.poll(abortedAt(0)).toBe(1);
    const [abort] = (await region(0).counts()).aborted;
    expect(abort?.afterMs).toBeLessThan(SLOW_MS);
    expect(await abortedAt(1)()).toBe(0);
    console.log(`hedge: answered after ${entry && tookMs(entry)} ms, given up after ${abort?.afterMs} ms`);
  });

  it("is hedged while the budget lasts, and then waits", async () => {
    await learn("many");
    await region(0).set({ delayMs: SLOW_MS });
    // Of 10 tokens each costs 1 and earns 0.1: the sixth finds 5.5, the seventh 4.6.
    const entries = await read("many", 7);
    expect(entries.map(({ origin, attempts }) => `${origin} ${attempts}`)).toEqual([
      ...Array.from({ length: 6 }, () => "sg 2"),
      "hk 1",
    ]);
    for (const entry of entries.slice(0, 6)) expect(tookMs(entry)).toBeLessThan(QUICK_MS);
    await expect.poll(abortedAt(0)).toBe(6);
  });

  it("waits for it when the other one fails", async () => {
    await learn("broken");
    await region(0).set({ delayMs: SLOW_MS });
    await region(1).set({ fault: "reset" });
    const [entry] = await read("broken");
    expect(entry).toMatchObject({ status: 200, origin: "hk", attempts: 2 });
    expect(await askedAt(BALANCE)).toEqual([1, 1]);
    expect(await abortedAt(0)()).toBe(0);
  });

  it("waits while there are too few samples to tell what is long", async () => {
    await learn("young", LEAST_SAMPLES - 1);
    await region(0).set({ delayMs: SLOW_MS });
    const [entry] = await read("young");
    expect(entry).toMatchObject({ status: 200, origin: "hk", attempts: 1 });
    expect(await askedAt(BALANCE)).toEqual([1, 0]);
  });

  it("waits in a pool that does not hedge", async () => {
    await learn("plain");
    await region(0).set({ delayMs: SLOW_MS });
    const [entry] = await read("plain");
    expect(entry).toMatchObject({ status: 200, origin: "hk", attempts: 1 });
    expect(entry === undefined ? 0 : tookMs(entry)).toBeGreaterThanOrEqual(SLOW_MS - 10);
    expect(await askedAt(BALANCE)).toEqual([1, 0]);
  });
});

describe("a write whose region has turned slow", () => {
  it.each<[string, Shot, number]>([
    ["POST", payment("slow-payment"), 201],
    ["GET that means POST", { path: "/echo", headers: { "X-HTTP-Method-Override": "POST" } }, 200],
    ["PUT", { method: "PUT", path: "/echo", body: "{}" }, 200],
  ])("waits for it, and reaches nobody else: %s", async (_, shot, status) => {
    await learn("writes");
    await region(0).set({ delayMs: SLOW_MS });
    const [entry] = await send("writes", shot);
    expect(entry).toMatchObject({ status, origin: "hk", attempts: 1 });
    expect(await askedAt(shot.path ?? "")).toEqual([1, 0]);
  });

  it("is counted once in both regions together", async () => {
    await learn("writes");
    await region(0).set({ delayMs: SLOW_MS });
    const [entry] = await send("writes", payment("counted-once"));
    expect(entry?.status).toBe(201);
    const counts = await Promise.all([region(0).counts(), region(1).counts()]);
    expect(counts.map(({ byPayment }) => byPayment["counted-once"] ?? 0)).toEqual([1, 0]);
  });
});

describe("second attempts while all regions are slow", () => {
  it("stay within the retry budget", async () => {
    const perWave = 50;
    const waves = 3;
    await learn("storm");
    await Promise.all([region(0).set({ delayMs: SLOW_MS }), region(1).set({ delayMs: SLOW_MS })]);
    const attempts: number[] = [];
    for (let wave = 1; wave <= waves; wave++) {
      const entries = await read("storm", perWave, perWave);
      expect(tallyBy(entries, answerKind)).toEqual({ 200: perWave });
      attempts.push((await askedAt(BALANCE)).reduce((sum, asked) => sum + asked, 0));
    }
    console.log(`hedges with all slow: attempts after each wave of ${perWave} reads: ${attempts.join(", ")}`);
    // All reads of the first wave are slow before one of them has brought anything back.
    expect(attempts[0]).toBe(perWave + HEDGES_AT_ONCE);
    const made = attempts.at(-1) ?? 0;
    expect(made - waves * perWave).toBeLessThan(hedgesBelow(waves * perWave));
  });
});

describe("one read", () => {
  it("makes at most three attempts, hedges included", async () => {
    // The walk is off an origin's share by a few requests at most.
    const entries = await read("wide", (LEAST_SAMPLES + 5) * regions.length);
    const byOrigin = tallyBy(entries, ({ origin }) => origin);
    for (const { name } of regions) expect(byOrigin[name], name).toBeGreaterThanOrEqual(LEAST_SAMPLES);
    await Promise.all(regions.map((each) => each.settle()));
    await Promise.all(regions.map((each) => each.set({ delayMs: 300, fault: "status-503" })));
    const [entry] = await read("wide");
    expect(entry?.status).toBe(503);
    const counts = await Promise.all(regions.map((each) => each.counts()));
    expect(counts.reduce((sum, { requests }) => sum + requests, 0)).toBeLessThanOrEqual(3);
  });
});
