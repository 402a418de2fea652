// Most of a pool is out: reads are spread over what there is, writes get the busy answer and are not sent.
import { beforeAll, describe, expect, it } from "vitest";
import { pool, poolsConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { untilAllAre } from "../support/health.ts";
import { answerKind, closedLoop, tallyBy } from "../support/journal.ts";
import { payment } from "../support/payment.ts";
import { type Region, type Settings, startRegions } from "../support/region.ts";

const READS = 400;
const WRITES = 100;

let regions: Region[];
let edge: Edge;
beforeAll(async () => {
  regions = await startRegions("hk", "sg", "fra", "lon");
  const pools = [
    pool("busy", regions, { affinity: "none", health: { interval: "1s", timeout: "500ms" } }),
    pool("spread", regions, {
      affinity: "none",
      panic_writes: "spread",
      health: { interval: "1s", timeout: "500ms" },
    }),
  ];
  edge = await startEdge({
    edges: 2,
    config: poolsConfig(pools),
  });
});

const setDown = (change: Partial<Settings>) =>
  Promise.all(regions.slice(1).map((region) => region.set(change)));
const untilThreeAreOut = (...pools: string[]) =>
  untilAllAre(
    edge,
    pools.flatMap((poolName) => regions.slice(1).map(({ name }) => `${poolName} ${name}`)),
    ["unhealthy", "ejected"],
  );
const reads = (name: string) =>
  closedLoop({
    urls: edge.urls,
    requests: READS,
    concurrency: 8,
    shot: () => ({ path: "/api/balance", headers: { Host: `${name}.test` } }),
  });
const writes = (name: string, label: string) =>
  closedLoop({
    urls: edge.urls,
    requests: WRITES,
    concurrency: 4,
    shot: (index) => payment(`${label}-${index}`, { Host: `${name}.test` }),
  });
const paid = async () =>
  (await Promise.all(regions.map((region) => region.counts()))).map(
    ({ byPayment }) => Object.keys(byPayment).length,
  );

describe("three of four regions out by their probes, and still able to answer", () => {
  beforeAll(async () => {
    await setDown({ fault: "status-503", scope: "health" });
    await untilThreeAreOut("busy", "spread");
  });

  it("reads are spread over all four", async () => {
    const entries = await reads("busy");
    const shares = tallyBy(entries, ({ origin }) => origin);
    console.log(`panic: reads ${JSON.stringify(shares)}`);
    expect(tallyBy(entries, answerKind)).toEqual({ 200: READS });
    for (const { name } of regions) {
      expect(Math.abs((shares[name] ?? 0) - READS / 4), name).toBeLessThanOrEqual(READS / 100);
    }
  });

  it("writes get the busy answer with Retry-After, and none reaches a region", async () => {
    const before = await paid();
    const entries = await writes("busy", "panic");
    console.log(`panic: writes ${JSON.stringify(tallyBy(entries, answerKind))}`);
    expect(tallyBy(entries, answerKind)).toEqual({ "503 busy": WRITES });
    for (const { retryAfter } of entries) expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
    expect(await paid()).toEqual(before);
  });

  it('writes go to all four with panic_writes = "spread"', async () => {
    const before = await paid();
    const entries = await writes("spread", "spread");
    const gained = (await paid()).map((count, index) => count - (before[index] ?? 0));
    console.log(`panic: writes with "spread" at each region ${gained.join(", ")}`);
    expect(tallyBy(entries, answerKind)).toEqual({ 201: WRITES });
    for (const count of gained) expect(Math.abs(count - WRITES / 4)).toBeLessThanOrEqual(4);
  });
});

describe("three of four regions dead", () => {
  it("reads get an answer or a problem that says so; writes get the busy answer", async () => {
    await setDown({ fault: "refuse", scope: "all" });
    await untilThreeAreOut("busy");
    const entries = await reads("busy");
    const kinds = tallyBy(entries, answerKind);
    console.log(`panic with three dead: reads ${JSON.stringify(kinds)}`);
    expect((kinds[200] ?? 0) + (kinds["502 origin-unreachable"] ?? 0)).toBe(READS);
    // The share of the one that is left, at least.
    expect(kinds[200] ?? 0).toBeGreaterThanOrEqual(READS / 4 - READS / 100);
    expect(tallyBy(await writes("busy", "dead"), answerKind)).toEqual({ "503 busy": WRITES });
  });

  it('writes with panic_writes = "spread" are sent once at most, and most reach the region that is left', async () => {
    const before = await paid();
    const entries = await writes("spread", "spread-dead");
    const gained = (await paid()).map((count, index) => count - (before[index] ?? 0));
    const kinds = tallyBy(entries, answerKind);
    console.log(`panic with three dead: writes with "spread" ${JSON.stringify(kinds)}`);
    expect((kinds[201] ?? 0) + (kinds["504 outcome-unknown"] ?? 0)).toBe(WRITES);
    expect(gained).toEqual([kinds[201] ?? 0, 0, 0, 0]);
    // An edge sends no write to a region that did not answer it, while another one does: three lost an edge at most.
    expect(kinds["504 outcome-unknown"] ?? 0).toBeLessThanOrEqual(2 * 3 + 4);
  });
});
