// What leases save and what they may never cost: calls to the store for each request, and tokens that lie elsewhere.
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type Edge, startEdge } from "../support/edge.ts";
import { asUser, type LimitOptions, limitedConfig, metrics, sumOf } from "../support/limits.ts";
import { load, paced, type Shot, type Tally } from "../support/load.ts";
import { type Region, startRegion } from "../support/region.ts";
import type { TomlTable } from "../support/toml.ts";

/** So long a user goes on before and while the calls are counted. */
const SETTLING_MS = 3_000;
const MEASURED_MS = 20_000;
/** The longest that tokens lie in a lease, and what a busy machine takes to bring them back; less than another lease. */
const UNUSED_MS = 1_000;
const WAY_BACK_MS = 500;
const PAUSE_MS = 5_000;
/** So often it is tried on a machine that is too slow to tell. */
const RUNS = 3;

/** The bounds of the issue at so many requests a second; no bound: told in the output only. */
const RATES: readonly (readonly [ratePerSecond: number, most: number])[] = [
  [1, Number.POSITIVE_INFINITY],
  [5, 0.22],
  [20, 0.08],
  [100, Number.POSITIVE_INFINITY],
  [200, 0.03],
];
/** A store that is late on a busy machine would make the edges count by themselves. */
const PATIENT = { timeout: "5s" };

let hk: Region;
/** One for each rate, and one for rows of ten: an edge tells its calls, not whose they were. */
let paces: Edge[];
let tens: Edge;
/** Two edges for what one holds and the other wants. */
let pair: Edge;
beforeAll(async () => {
  hk = await startRegion("hk");
  [tens, pair, ...paces] = await Promise.all([
    start({ capacity: 60, refill: 20 }, { limiter: PATIENT }),
    startPair(),
    ...RATES.map(() => start({ capacity: 60, refill: 20 })),
  ]);
});

/** Limits hold below /api; whatever else is asked for makes an edge report and costs no token. */
function start(limit: LimitOptions, more: TomlTable = {}): Promise<Edge> {
  const config = limitedConfig(hk.url, [limit], {
    routes: [
      { path: "/api/*", pool: "wallet", limits: ["limit-0"] },
      { path: "/*", pool: "wallet" },
    ],
    ...more,
  });
  return startEdge({ config });
}

/** Buckets of so many tokens, which never come back, each under a path of its own. */
async function startPair(): Promise<Edge> {
  const capacities = [10, 40];
  const limits = capacities.map((capacity) => ({ name: `of-${capacity}`, capacity, refill: 0 }));
  const routes = limits.map(({ name }) => ({ path: `/echo/${name}`, pool: "wallet", limits: [name] }));
  const config = limitedConfig(hk.url, limits, { routes, limiter: PATIENT });
  const edge = await startEdge({ config, edges: 2 });
  await load({
    urls: edge.urls,
    requests: 8,
    concurrency: 2,
    shot: (index) => inBucketOf(10, `warm-${index}`),
  });
  return edge;
}

const inBucketOf = (capacity: 10 | 40, user: string) => ({
  ...asUser(user),
  path: `/echo/of-${capacity}`,
});

interface Counted {
  /** Requests that met the limit. */
  requests: number;
  /** Calls to the store, for whatever reason. */
  calls: number;
}

/** An edge reports both together, so they belong to the same requests at whatever moment they are read. */
async function counted(edge: Edge): Promise<Counted> {
  const all = await metrics(edge.url);
  return {
    requests: sumOf(all, "tidegate_limit_decisions_total"),
    calls: sumOf(all, "tidegate_limit_store_calls_total"),
  };
}

/** What was counted once every edge has told of so many requests, and of the leases that it has brought back. */
async function countedAll(edge: Edge, requests: number): Promise<Counted> {
  await sleep(UNUSED_MS + WAY_BACK_MS);
  const nudge = () => load({ urls: edge.urls, requests: edge.urls.length, concurrency: 1 });
  await nudge();
  // Not expect.poll, which does not know its test where several run at the same time.
  await vi.waitFor(async () => expect((await counted(edge)).requests).toBe(requests), { timeout: 10_000 });
  await sleep(UNUSED_MS + WAY_BACK_MS);
  return counted(edge);
}

const inTurn = (url: string | undefined, shot: Shot, requests: number): Promise<Tally> =>
  load({ urls: [url ?? ""], requests, concurrency: 1, shot: () => shot });

// All at the same time, each with edges or users of its own: they mostly wait.
describe.concurrent("the store of a bucket of 60 with 20 a second", () => {
  it("is asked rarely, however fast a user comes", async () => {
    const runs = RATES.map(async ([ratePerSecond, most], index) => {
      const edge = paces[index] as Edge;
      const traffic = paced({
        urls: edge.urls,
        ratePerSecond,
        durationMs: SETTLING_MS + MEASURED_MS + 1_000,
        shot: () => asUser("one"),
      });
      await sleep(SETTLING_MS);
      const before = await counted(edge);
      await sleep(MEASURED_MS);
      const after = await counted(edge);
      const tally = await traffic;
      // A connection may close for idleness at the moment of its use; nothing else may fail.
      expect(Object.keys(tally.errors).filter((code) => code !== "ECONNRESET")).toEqual([]);
      const requests = after.requests - before.requests;
      expect(requests).toBeGreaterThan((0.8 * ratePerSecond * MEASURED_MS) / 1000);
      return { ratePerSecond, most, callsPerRequest: (after.calls - before.calls) / requests };
    });
    const measured = await Promise.all(runs);
    for (const { ratePerSecond, callsPerRequest } of measured) {
      console.log(`store calls a request at ${ratePerSecond}/s: ${callsPerRequest.toFixed(4)}`);
    }
    const over = measured.filter(({ most, callsPerRequest }) => callsPerRequest > most);
    expect(over).toEqual([]);
  });

  const kindsOf = (run: number) => [
    { of: "address", shot: { path: "/api/balance", headers: { "cf-connecting-ip": `198.51.100.${run}` } } },
    // One that is not known yet asks for its address's cap, too: on another shard, at the same time.
    { of: "session", shot: asUser(`ten-${run}`) },
  ];

  it("is asked twice at most for ten requests in a row of somebody new, and twice after a pause", async () => {
    await load({ urls: tens.urls, requests: 20, concurrency: 1, shot: () => asUser("somebody-else") });
    let before = await countedAll(tens, 20);
    let longestMs = Number.POSITIVE_INFINITY;
    const callsForTen = async (shot: Shot) => {
      const tally = await inTurn(tens.url, shot, 10);
      expect(tally.byStatus).toEqual({ 200: 10 });
      longestMs = Math.max(longestMs, tally.durationMs);
      const after = await countedAll(tens, before.requests + 10);
      const calls = after.calls - before.calls;
      before = after;
      return calls;
    };
    let calls: Record<string, number> = {};
    // Ten that take longer than a lease lives are not in a row.
    for (let run = 1; run <= RUNS && longestMs >= 1_000; run++) {
      calls = {};
      longestMs = 0;
      for (const { of, shot } of kindsOf(run)) calls[`new ${of}`] = await callsForTen(shot);
      // Both have had theirs.
      await sleep(PAUSE_MS - 2 * (UNUSED_MS + WAY_BACK_MS));
      for (const { of, shot } of kindsOf(run)) calls[`${of} after a pause`] = await callsForTen(shot);
    }
    console.log("store calls for ten requests, with what brings the lease back:", calls);
    expect(longestMs, "the machine was too slow each time").toBeLessThan(1_000);
    expect(Object.entries(calls).filter(([, made]) => made > 2)).toEqual([]);
  });
});

describe.concurrent("a lease that is not used up", () => {
  it.each([1, 5, 12])("is back for another edge within 2.5 s, after %i requests", async (requests) => {
    const [a, b = ""] = pair.urls;
    const shot = inBucketOf(40, `returns-${requests}`);
    expect((await inTurn(a, shot, requests)).byStatus).toEqual({ 200: requests });
    await sleep(2_500);
    const drained = await load({ urls: [b], requests: 60, concurrency: 20, shot: () => shot });
    expect(drained.byStatus).toEqual({ 200: 40 - requests, 429: 20 + requests });
  });

  it("is back for another edge when the user comes there at once", async () => {
    const [a, b = ""] = pair.urls;
    const shot = inBucketOf(40, "moves");
    await inTurn(a, shot, 10);
    const drained = await paced({ urls: [b], ratePerSecond: 40, durationMs: 2_500, shot: () => shot });
    expect(drained.byStatus).toEqual({ 200: 30, 429: 70 });
  });
});

describe.concurrent("a lone request at another edge", () => {
  it("is served whenever tokens have lain unused elsewhere for more than a lease's life", async () => {
    const [a, b] = pair.urls;
    const before = [1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((used) => [0, 1, 2].map((turn) => ({ used, turn })));
    const statuses = await Promise.all(
      before.map(async ({ used, turn }) => {
        const user = `lone-${used}-${turn}`;
        const shot = inBucketOf(10, user);
        await sleep(turn * 400);
        expect((await inTurn(a, shot, used)).byStatus).toEqual({ 200: used });
        await sleep(UNUSED_MS + WAY_BACK_MS);
        return [user, Object.keys((await inTurn(b, shot, 1)).byStatus)[0]];
      }),
    );
    expect(statuses.filter(([, status]) => status !== "200")).toEqual([]);
  });

  it("that was denied while another edge held the tokens is served once they are back", async () => {
    const [a, b] = pair.urls;
    const shots = Array.from({ length: 10 }, (_, index) => inBucketOf(10, `again-${index}`));
    await Promise.all(shots.map((shot) => inTurn(a, shot, 5)));
    await Promise.all(shots.map((shot) => inTurn(b, shot, 1)));
    await sleep(UNUSED_MS + WAY_BACK_MS);
    const left = await Promise.all(shots.map((shot) => inTurn(b, shot, 10)));
    const first = left.map(({ byStatus }) => byStatus[200] ?? 0);
    // Five at one edge, one at most at the other: nothing is lost and nothing is given twice.
    for (const served of first) expect([4, 5]).toContain(served);
  });
});
