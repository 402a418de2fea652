// --data keeps the edge's state: a change survives kill -9 and a restart, and so does the file's place in its history.
import { beforeAll, describe, expect, it } from "vitest";
import { type Edge, startEdge } from "../support/edge.ts";
import { load } from "../support/load.ts";
import type { Region } from "../support/region.ts";
import { startTwoRegions, twoRegionsConfig } from "../support/wallet.ts";

interface Status {
  version: number;
  pools: { name: string; origins: { name: string; weight: number; state: string }[] }[];
}

let regions: readonly Region[];
let edge: Edge;
beforeAll(async () => {
  ({ regions, edge } = await startTwoRegions({ hk: 50, sg: 50 }));
});

async function status(): Promise<Status> {
  const { code, stdout, stderr } = await edge.cli("status", "--json");
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Status;
}

const weights = ({ pools }: Status) =>
  Object.fromEntries(pools[0]?.origins.map(({ name, weight }) => [name, weight]) ?? []);

async function shares(): Promise<Record<string, number>> {
  const tally = await load({
    urls: edge.urls,
    requests: 400,
    concurrency: 8,
    countBy: "x-region",
    shot: () => ({ path: "/api/balance" }),
  });
  expect(tally.byStatus).toEqual({ 200: 400 });
  return tally.byHeader;
}

describe("a weight change", () => {
  it("survives kill -9 and a restart, for status and for traffic", async () => {
    const before = await status();
    expect(weights(before)).toEqual({ hk: 50, sg: 50 });
    const changed = await edge.cli("weights", "wallet", "hk=0", "sg=100", "--yes");
    expect(changed.code, changed.stderr).toBe(0);
    expect(weights(await status())).toMatchObject({ hk: 0, sg: 100 });

    await edge.kill9();
    await edge.restart();
    const after = await status();
    expect(weights(after)).toMatchObject({ hk: 0, sg: 100 });
    expect(after.version).toBeGreaterThan(before.version);
    // The bundled file of an edge that has just started is the old one: not one request may follow it.
    expect(await shares()).toEqual({ sg: 400 });
  });

  it("is not undone by starting again with the same file", async () => {
    const before = await status();
    await edge.restart();
    expect(await status()).toMatchObject({ version: before.version });
    expect(weights(await status())).toMatchObject({ hk: 0, sg: 100 });
  });

  it("is followed by the next version after a restart", async () => {
    const before = await status();
    const changed = await edge.cli("weights", "wallet", "hk=100", "sg=0", "--yes");
    expect(changed.code, changed.stderr).toBe(0);
    expect((await status()).version).toBe(before.version + 1);
    await expect.poll(shares).toEqual({ hk: 400 });
  });
});

describe("another data directory", () => {
  it("starts from the file", async () => {
    const fresh = await startEdge({ config: twoRegionsConfig(regions, { hk: 30, sg: 70 }) });
    const { stdout } = await fresh.cli("status", "--json");
    expect(weights(JSON.parse(stdout) as Status)).toMatchObject({ hk: 30, sg: 70 });
  });
});
