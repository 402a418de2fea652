// Hedging and a region that hangs: its reads are answered elsewhere, and it is ejected all the same; a slow one is not.
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { LEAST_SAMPLES } from "../../src/policy/latency-quantile.ts";
import { pool, poolsConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { originStatus, untilState } from "../support/health.ts";
import { answerKind, closedLoop, type Entry, openLoop, tallyBy } from "../support/journal.ts";
import { type Region, startRegions } from "../support/region.ts";

const TIMEOUT_MS = 2_000;
/** A loser is waited for so long. */
const PATIENCE_MS = TIMEOUT_MS / 2;
const RATE_PER_SECOND = 60;
/** Longer than it may take, so that an end of the load is no end of the test. */
const LOAD_MS = 20_000;
/** "Nearly no read fails". */
const MOST_FAILED = 0.01;

let regions: Region[];
let edge: Edge;
const hk = (): Region => {
  const [region] = regions;
  if (region === undefined) throw new Error("no region");
  return region;
};

beforeAll(async () => {
  regions = await startRegions("hk", "sg", "fra");
  // With tokens enough every read of hk is hedged: the case in which nobody ever waits for hk.
  const pools = ["hangs", "slow", "cautious"].map((name) =>
    pool(name, regions, {
      affinity: "none",
      timeout: `${TIMEOUT_MS}ms`,
      retry: { budget_tokens: 1_000 },
      hedge: { enabled: true, min_delay: "20ms" },
      ...(name === "cautious" ? { ejection: { enabled: false } } : {}),
    }),
  );
  edge = await startEdge({
    config: poolsConfig(pools),
  });
});

beforeEach(async () => {
  await Promise.all(regions.map((region) => region.set({ delayMs: 0, fault: "none" })));
  await Promise.all(regions.map((region) => region.settle()));
});

const shotAt = (name: string) => () => ({ path: "/api/balance", headers: { Host: `${name}.test` } });

/** Quick reads, until every region has samples enough for hedges. */
async function learn(name: string): Promise<void> {
  const requests = (LEAST_SAMPLES + 5) * regions.length;
  const entries = await closedLoop({ urls: [edge.url], requests, concurrency: 1, shot: shotAt(name) });
  for (const region of regions) {
    const asked = entries.filter(({ origin }) => origin === region.name).length;
    expect(asked, region.name).toBeGreaterThanOrEqual(LEAST_SAMPLES);
  }
  await Promise.all(regions.map((region) => region.settle()));
}

/** Load until it is stopped; what has come so far can be seen meanwhile. */
function loaded(name: string) {
  const stop = new AbortController();
  const seen: Entry[] = [];
  const ended = openLoop({
    urls: [edge.url],
    ratePerSecond: RATE_PER_SECOND,
    durationMs: LOAD_MS,
    signal: stop.signal,
    shot: shotAt(name),
    onEntry: (entry) => seen.push(entry),
  });
  return {
    seen,
    async stop(): Promise<Entry[]> {
      stop.abort();
      return ended;
    },
  };
}

const tookMs = ({ sentAtMs, endedAtMs }: Entry): number => endedAtMs - sentAtMs;

describe("a region that hangs in a pool that hedges", () => {
  it("is ejected though all its reads are answered elsewhere, and nearly no read fails", async () => {
    await learn("hangs");
    const load = loaded("hangs");
    await expect.poll(() => load.seen.length).toBeGreaterThan(20);
    const hungAtMs = Date.now();
    await hk().set({ fault: "hang" });
    const ejectedMs = await untilState(edge, "hangs", "hk", ["ejected"]).then(() => Date.now() - hungAtMs);
    const before = load.seen.length;
    const askedBefore = (await hk().counts()).requests;
    await expect.poll(() => load.seen.length, { timeout: 10_000 }).toBeGreaterThan(before + RATE_PER_SECOND);
    const entries = await load.stop();

    const failed = entries.filter(({ status }) => status !== 200);
    const helped = entries.filter(({ attempts }) => attempts > 1);
    const slowest = Math.max(...entries.map(tookMs));
    console.log(
      `hedge and hang: ejected for all after ${ejectedMs} ms; ${failed.length} of ${entries.length} reads failed ${JSON.stringify(tallyBy(failed, answerKind))}; ${helped.length} were hedged; slowest ${slowest} ms`,
    );
    expect(helped.length).toBeGreaterThan(5);
    expect(failed.length / entries.length).toBeLessThanOrEqual(MOST_FAILED);
    // Once it is out nobody is sent there any more.
    expect((await hk().counts()).requests).toBe(askedBefore);
  });
});

describe("a region that is slow in a pool that hedges", () => {
  it("loses its reads and stays: those that are waited for are answered", async () => {
    await learn("slow");
    await hk().set({ delayMs: PATIENCE_MS / 2 });
    const load = loaded("slow");
    // More hedges than any test of ejection needs, over a time in which hanging ones would have ejected it.
    await expect
      .poll(() => load.seen.filter(({ attempts }) => attempts > 1).length, { timeout: 15_000 })
      .toBeGreaterThan(30);
    const startMs = Date.now();
    await expect
      .poll(() => Date.now() - startMs, { timeout: 10_000 })
      .toBeGreaterThan(2 * PATIENCE_MS + 1_500);
    expect((await originStatus(edge, "slow", "hk")).state).toBe("healthy");
    const entries = await load.stop();
    expect(tallyBy(entries, answerKind)).toEqual({ 200: entries.length });
  });
});

describe("a pool that ejects nobody", () => {
  it("waits for no loser", async () => {
    await learn("cautious");
    await hk().set({ fault: "hang" });
    const entries = await closedLoop({
      urls: [edge.url],
      requests: 12,
      concurrency: 1,
      shot: shotAt("cautious"),
    });
    expect(tallyBy(entries, answerKind)).toEqual({ 200: 12 });
    const { requests } = await hk().counts();
    expect(requests).toBeGreaterThan(2);
    await expect.poll(async () => (await hk().counts()).abortedTotal).toBe(requests);
    for (const { afterMs } of (await hk().counts()).aborted) expect(afterMs).toBeLessThan(PATIENCE_MS);
  });
});
