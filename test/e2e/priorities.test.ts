// Priorities: the second level waits until the first is too small, and then takes over what it cannot carry.
import { beforeAll, describe, expect, it } from "vitest";
import { pool, poolsConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { untilAllAre } from "../support/health.ts";
import { answerKind, closedLoop, type Entry, tallyBy } from "../support/journal.ts";
import { payment } from "../support/payment.ts";
import { type Region, startRegions } from "../support/region.ts";

const REQUESTS = 1_000;

let regions: Region[];
let edge: Edge;

beforeAll(async () => {
  regions = await startRegions("a", "b", "c", "d", "e");
  const at = (index: number, priority: number, weight = 1) => {
    const { name = "", url = "" } = regions[index] ?? {};
    return { name, url, priority, weight };
  };
  const more = {
    affinity: "none",
    health: { interval: "1s", timeout: "500ms" },
    slow_start: { window: "0s" },
  };
  // b, d and e will be out.
  const pools = [
    pool("spill", [at(0, 0), at(1, 0), at(2, 1), at(3, 1)], more),
    pool("pair", [at(1, 0), at(0, 1)], more),
    pool("standby", [at(1, 0), at(3, 0), at(0, 1)], more),
    pool("lost", [at(1, 0, 50), at(3, 1, 30), at(4, 2, 20)], more),
  ];
  edge = await startEdge({
    edges: 2,
    config: poolsConfig(pools),
  });
});

const reads = (name: string, requests = REQUESTS) =>
  closedLoop({
    urls: edge.urls,
    requests,
    concurrency: 8,
    shot: () => ({ path: "/api/balance", headers: { Host: `${name}.test` } }),
  });
const writes = (name: string, label: string) =>
  closedLoop({
    urls: edge.urls,
    requests: 100,
    concurrency: 4,
    shot: (index) => payment(`${label}-${index}`, { Host: `${name}.test` }),
  });
const byOrigin = (entries: readonly Entry[]) => tallyBy(entries, ({ origin }) => origin);
const percent = (entries: readonly Entry[], name: string) =>
  (100 * (byOrigin(entries)[name] ?? 0)) / entries.length;

describe("a pool with priorities", () => {
  it("gives the second level nothing while the first is well", async () => {
    expect(byOrigin(await reads("pair"))).toEqual({ b: REQUESTS });
    expect(Object.keys(byOrigin(await reads("spill"))).toSorted()).toEqual(["a", "b"]);
    expect(Object.keys(byOrigin(await reads("standby"))).toSorted()).toEqual(["b", "d"]);
    expect(byOrigin(await reads("lost"))).toEqual({ b: REQUESTS });
  });

  describe("with regions out by their probes", () => {
    beforeAll(async () => {
      const out = [1, 3, 4];
      await Promise.all(out.map((index) => regions[index]?.set({ fault: "status-503", scope: "health" })));
      await untilAllAre(
        edge,
        ["spill b", "spill d", "pair b", "standby b", "standby d", "lost b", "lost d", "lost e"],
        ["unhealthy"],
      );
    });

    it("spills 70/30 with half of each level healthy", async () => {
      const entries = await reads("spill");
      console.log(`priorities 1/2 and 1/2: ${JSON.stringify(byOrigin(entries))}`);
      expect(tallyBy(entries, answerKind)).toEqual({ 200: REQUESTS });
      expect(Math.abs(percent(entries, "a") - 70)).toBeLessThanOrEqual(2);
      expect(Math.abs(percent(entries, "c") - 30)).toBeLessThanOrEqual(2);
    });

    it("moves all to the second level when the first is down, payments too", async () => {
      const entries = await reads("pair");
      expect(byOrigin(entries)).toEqual({ a: REQUESTS });
      expect(tallyBy(await writes("pair", "pair"), answerKind)).toEqual({ 201: 100 });
    });

    it("moves all to a second level that is smaller than the first, payments too", async () => {
      // Two of three origins are out, but a level that is whole takes all the load: that is no panic (Envoy's rule).
      const entries = await reads("standby");
      const paid = await writes("standby", "standby");
      console.log(
        `priorities 0/2 and 1/1: reads ${JSON.stringify(byOrigin(entries))}, writes ${JSON.stringify(tallyBy(paid, answerKind))}`,
      );
      expect(byOrigin(entries)).toEqual({ a: REQUESTS });
      expect(tallyBy(paid, answerKind)).toEqual({ 201: 100 });
    });

    it("spreads reads over all levels by their weight when every one is down", async () => {
      const entries = await reads("lost");
      console.log(`priorities 0/50, 0/30 and 0/20: ${JSON.stringify(byOrigin(entries))}`);
      expect(Math.abs(percent(entries, "b") - 50)).toBeLessThanOrEqual(2);
      expect(Math.abs(percent(entries, "d") - 30)).toBeLessThanOrEqual(2);
      expect(Math.abs(percent(entries, "e") - 20)).toBeLessThanOrEqual(2);
    });

    it("gives all back to the first level when it is well again", async () => {
      await regions[1]?.set({ fault: "none", scope: "all" });
      await expect
        .poll(async () => byOrigin(await reads("pair", 20)), { timeout: 20_000, interval: 250 })
        .toEqual({ b: 20 });
    });
  });
});
