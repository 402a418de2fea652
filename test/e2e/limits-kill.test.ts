// kill -9 of the edge with its Limiter objects, at any moment: tokens that were lent are gone, and none is given twice.
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { startEdge } from "../support/edge.ts";
import { asUser, limitedConfig } from "../support/limits.ts";
import { paced } from "../support/load.ts";
import { type Region, startRegion } from "../support/region.ts";

const EDGES = 2;

let hk: Region;
beforeAll(async () => {
  hk = await startRegion("hk");
});

describe("kill -9 of the edge and its Limiter objects", () => {
  const KILLS = 5;

  it("refills no bucket", async () => {
    const [capacity, refill] = [40, 10];
    const config = limitedConfig(
      hk.url,
      [
        { name: "never-back", capacity: 300, refill: 0 },
        { name: "back", capacity, refill },
      ],
      {
        routes: [
          { path: "/echo/never-back", pool: "wallet", limits: ["never-back"] },
          { path: "/echo/back", pool: "wallet", limits: ["back"] },
        ],
      },
    );
    const edge = await startEdge({ config, edges: EDGES });
    await hk.settle();
    const stop = new AbortController();
    const startMs = performance.now();
    const traffic = paced({
      urls: edge.urls,
      ratePerSecond: 100,
      durationMs: 120_000,
      signal: stop.signal,
      shot: (index) => ({ ...asUser("one"), path: index % 4 < 2 ? "/echo/never-back" : "/echo/back" }),
    });
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(200 + Math.random() * 1_000);
      await edge.kill9();
      await edge.restart();
    }
    await sleep(1_000);
    stop.abort();
    await traffic;
    const seconds = (performance.now() - startMs) / 1000;
    // What the origin has seen, also where an edge died before it could answer.
    const { byPath } = await hk.counts();
    console.log(`kill -9, ${KILLS} times in ${seconds.toFixed(1)} s: ${JSON.stringify(byPath)}`);
    expect(byPath["/echo/never-back"]).toBeLessThanOrEqual(300);
    expect(byPath["/echo/back"]).toBeLessThanOrEqual(capacity + refill * seconds + 1);
    // It served all the same.
    expect(byPath["/echo/never-back"]).toBeGreaterThan(100);
    await edge.stop();
  });
});
