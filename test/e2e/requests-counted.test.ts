// Every request is counted once, whatever became of it: what edges tell adds up to what clients sent.
import { beforeAll, describe, expect, it } from "vitest";
import { walletConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { load } from "../support/load.ts";
import { startRegions } from "../support/region.ts";

const EDGES = 4;
const REQUESTS = 800;
/** Edges tell their counts each second. */
const TOLD_WITHIN_MS = 10_000;

let edge: Edge;

beforeAll(async () => {
  const regions = await startRegions("hk", "sg");
  const origins = regions.map(({ name, url }) => ({ name, url, weight: 50 }));
  edge = await startEdge({
    edges: EDGES,
    config: walletConfig(origins, {
      routes: [
        { name: "limited", path: "/limited", pool: "wallet", limits: ["few"] },
        { name: "held", path: "/held", pool: "wallet", room: "main" },
        { name: "balance", path: "/api/balance", pool: "wallet" },
      ],
      limits: [{ name: "few", key: "all", capacity: 10, refill: 1, interval: "1h" }],
      rooms: [{ name: "main", active_limit: 10, admit_per_minute: 60, mode: "hold" }],
    }),
  });
});

const PATHS = ["/api/balance", "/limited", "/held", "/no-such-route"];

/** Sums by decision of requests that were for users. */
async function decisions(): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  const text = await (await fetch(`${edge.url}/.tidegate/metrics`)).text();
  for (const [, labels = "", count] of text.matchAll(/^tidegate_requests_total\{(.*)\} (\d+)$/gm)) {
    const decision = /decision="(\w+)"/.exec(labels)?.[1] ?? "";
    if (decision !== "reserved") sums[decision] = (sums[decision] ?? 0) + Number(count);
  }
  return sums;
}

const total = (sums: Readonly<Record<string, number>>) =>
  Object.values(sums).reduce((sum, by) => sum + by, 0);

describe("requests over four edges", () => {
  it("are each counted once, by what became of them", async () => {
    const shot = (index: number) => ({ path: PATHS[(index >> 2) % PATHS.length] ?? "/" });
    const tally = await load({ urls: edge.urls, requests: REQUESTS, concurrency: 16, shot });
    expect(tally.errors).toEqual({});
    await expect.poll(async () => total(await decisions()), { timeout: TOLD_WITHIN_MS }).toBe(REQUESTS);
    const counted = await decisions();
    expect(counted.proxied).toBe(REQUESTS / 4 + 10);
    expect(counted).toMatchObject({
      limited: REQUESTS / 4 - 10,
      queued: REQUESTS / 4,
      blocked: REQUESTS / 4,
    });
  });
});
