// Balancing, counted at the origins: exact shares, users that stay, and each of the four policies.
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { pool } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { load } from "../support/load.ts";
import { type Region, startRegions } from "../support/region.ts";

const EDGES = 8;
const REQUESTS = 10_000;
const PLACE_HEADER = "X-Place";

let regions: Region[];
let edge: Edge;

beforeAll(async () => {
  regions = await startRegions("hk", "sg", "fra");
  const origins = (...weights: number[]) =>
    regions.map(({ name, url }, index) => ({ name, url, weight: weights[index] ?? 0 }));
  const places = ["apac", "apac-se", "weur"];
  const withPlaces = origins(50, 30, 20).map((origin, index) => ({ ...origin, region: places[index] ?? "" }));
  const ceiling = origins(98, 1, 1).map((origin, index) =>
    index === 0 ? { ...origin, max_in_flight: 1 } : origin,
  );
  const pools = [
    pool("even", origins(50, 30, 20), { affinity: "none" }),
    pool("tiny", origins(1, 999, 0), { affinity: "none" }),
    pool("users", origins(50, 30, 20), { affinity: "user" }),
    pool("loaded", origins(50, 50, 0), { affinity: "none", policy: "least-loaded" }),
    { ...pool("near", [], { affinity: "none", policy: "nearest" }), origins: withPlaces },
    pool("order", origins(1, 1000, 1000), { affinity: "none", policy: "failover" }),
    { ...pool("full", [], { affinity: "none" }), origins: ceiling },
  ];
  edge = await startEdge({
    edges: EDGES,
    args: ["--place-header", PLACE_HEADER],
    config: {
      pools,
      routes: pools.map(({ name }) => ({ hosts: [`${String(name)}.test`], path: "/*", pool: String(name) })),
      identity: { opaque: { cookie: "sid" } },
    },
  });
});

beforeEach(async () => {
  await Promise.all(
    regions.map(async (region) => {
      await region.set({ delayMs: 0 });
      await region.resetCounts();
    }),
  );
});

const to = (poolName: string, headers: Record<string, string> = {}) => ({
  path: "/api/balance",
  headers: { Host: `${poolName}.test`, ...headers },
});
const counted = () => Promise.all(regions.map(async (region) => (await region.counts()).requests));
const shares = async () => (await counted()).map((count) => count / REQUESTS);

describe("weights without affinity", () => {
  it("split 10,000 requests 50/30/20 within 0.1 % in one isolate", async () => {
    const tally = await load({
      urls: [edge.url],
      requests: REQUESTS,
      concurrency: 32,
      shot: () => to("even"),
    });
    expect(tally.byStatus).toEqual({ 200: REQUESTS });
    const [hk = 0, sg = 0, fra = 0] = await shares();
    expect(Math.abs(hk - 0.5)).toBeLessThanOrEqual(0.001);
    expect(Math.abs(sg - 0.3)).toBeLessThanOrEqual(0.001);
    expect(Math.abs(fra - 0.2)).toBeLessThanOrEqual(0.001);
  });

  it("split 10,000 requests within 0.5 % over eight isolates that started together", async () => {
    const tally = await load({
      urls: edge.urls,
      requests: REQUESTS,
      concurrency: 64,
      shot: () => to("even"),
    });
    expect(tally.byStatus).toEqual({ 200: REQUESTS });
    const [hk = 0, sg = 0, fra = 0] = await shares();
    expect(Math.abs(hk - 0.5)).toBeLessThanOrEqual(0.005);
    expect(Math.abs(sg - 0.3)).toBeLessThanOrEqual(0.005);
    expect(Math.abs(fra - 0.2)).toBeLessThanOrEqual(0.005);
  });

  it("serve a weight of 1 beside 999, and give a weight of 0 exactly nothing", async () => {
    await load({ urls: edge.urls, requests: REQUESTS, concurrency: 64, shot: () => to("tiny") });
    const [one = 0, most = 0, zero] = await counted();
    expect(one).toBeGreaterThanOrEqual(1);
    expect(one).toBeLessThanOrEqual(0.005 * REQUESTS);
    expect(one + most).toBe(REQUESTS);
    expect(zero).toBe(0);
  });
});

describe("affinity by user", () => {
  it("keeps a signed-in session at one region over all edges", async () => {
    const users = 200;
    const rounds = EDGES + 1;
    await load({
      urls: edge.urls,
      requests: users * rounds,
      concurrency: 64,
      // 200 is a multiple of the number of edges: the round shifts each user to another edge.
      shot: (index) =>
        to("users", { Cookie: `a=b; sid=user-${(index + Math.floor(index / users)) % users}` }),
    });
    const seen = await Promise.all(regions.map(async (region) => (await region.counts()).byUser));
    const all = seen.flatMap((byUser) => Object.keys(byUser));
    expect(all).toHaveLength(users);
    expect(new Set(all).size).toBe(users);
  });

  it("keeps an address at one region when there is no session", async () => {
    for (const url of edge.urls)
      await load({
        urls: [url],
        requests: 5,
        concurrency: 1,
        shot: () => to("users", { "CF-Connecting-IP": "2001:db8:1:2::7" }),
      });
    expect((await counted()).toSorted((a, b) => b - a)).toEqual([EDGES * 5, 0, 0]);
  });

  it("spreads users over the regions by weight", async () => {
    await load({
      urls: edge.urls,
      requests: REQUESTS,
      concurrency: 64,
      shot: (index) => to("users", { Cookie: `sid=${index.toString(36)}-session` }),
    });
    // Ten thousand random users: 4.5 standard deviations of a share.
    const [hk = 0, sg = 0, fra = 0] = await shares();
    expect(Math.abs(hk - 0.5)).toBeLessThanOrEqual(0.0225);
    expect(Math.abs(sg - 0.3)).toBeLessThanOrEqual(0.0225);
    expect(Math.abs(fra - 0.2)).toBeLessThanOrEqual(0.0225);
  });
});

describe("the least-loaded policy", () => {
  it("sends less to a region that answers slowly", async () => {
    await regions[0]?.set({ delayMs: 100 });
    await load({ urls: [edge.url], requests: 1_000, concurrency: 16, shot: () => to("loaded") });
    const [slow = 0, quick = 0] = await counted();
    expect(slow + quick).toBe(1_000);
    expect(slow).toBeGreaterThanOrEqual(1);
    expect(slow).toBeLessThan(quick / 4);
  });
});

describe("the nearest policy", () => {
  const near = async (place: Record<string, unknown>) => {
    await load({
      urls: [edge.url],
      requests: 20,
      concurrency: 4,
      shot: () => to("near", { [PLACE_HEADER]: JSON.stringify(place) }),
    });
    return counted();
  };

  it("sends a client in Frankfurt to Frankfurt", async () => {
    expect(await near({ latitude: "50.11", longitude: "8.68" })).toEqual([0, 0, 20]);
  });

  it("sends a client in Singapore to Singapore", async () => {
    expect(await near({ latitude: "1.35", longitude: "103.82" })).toEqual([0, 20, 0]);
  });

  it("balances by weight when the client's place is not known", async () => {
    const counts = await near({});
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(1);
  });
});

describe("the failover policy", () => {
  it("uses the first region whatever the weights", async () => {
    await load({ urls: edge.urls, requests: 100, concurrency: 8, shot: () => to("order") });
    expect(await counted()).toEqual([100, 0, 0]);
  });
});

describe("max_in_flight", () => {
  it("sends what is above one region's ceiling to the others", async () => {
    await regions[0]?.set({ delayMs: 50 });
    const tally = await load({ urls: [edge.url], requests: 200, concurrency: 20, shot: () => to("full") });
    expect(tally.byStatus).toEqual({ 200: 200 });
    expect((await regions[0]?.counts())?.peakInFlight).toBe(1);
  });
});
