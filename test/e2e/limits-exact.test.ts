// One user's bucket over all edges: what is admitted is what the bucket holds, to the token.
import { beforeAll, describe, expect, it } from "vitest";
import { type Edge, startEdge } from "../support/edge.ts";
import { asUser, limitedConfig } from "../support/limits.ts";
import { load, paced } from "../support/load.ts";
import { type Region, startRegion } from "../support/region.ts";

const EDGES = 8;
/** A store that is late on a busy machine would make the edges count by themselves. */
const PATIENT = { limiter: { timeout: "5s" } };

let hk: Region;
beforeAll(async () => {
  hk = await startRegion("hk");
});

/** A bucket's time begins with its first request: that one must not have to start the edge. */
async function warmUp({ urls }: Edge): Promise<void> {
  await load({ urls, requests: 4 * urls.length, concurrency: 4, shot: (index) => asUser(`warm-${index}`) });
}

describe("a bucket shared by eight edges", () => {
  it.each([1, 2, 3])("admits exactly 50 of 5,000 concurrent requests when it holds 50, run %i", async () => {
    const config = limitedConfig(hk.url, [{ capacity: 50, refill: 0 }], PATIENT);
    const edge = await startEdge({ config, edges: EDGES });
    await hk.settle();
    const tally = await load({
      urls: edge.urls,
      requests: 5_000,
      concurrency: 5_000,
      shot: () => asUser("one"),
    });
    expect(tally.errors).toEqual({});
    expect(tally.byStatus).toEqual({ 200: 50, 429: 4_950 });
    expect((await hk.counts()).requests).toBe(50);
    // What workerd says when one request waits for another's work.
    expect(edge.process().output()).not.toMatch(/hung|Cannot perform I\/O on behalf of a different request/);
    await edge.stop();
  });

  it("admits what comes back and no more, at five times the rate", async () => {
    const [capacity, refill] = [60, 20];
    const config = limitedConfig(hk.url, [{ capacity, refill }], PATIENT);
    const edge = await startEdge({ config, edges: EDGES });
    await warmUp(edge);
    const tally = await paced({
      urls: edge.urls,
      ratePerSecond: 5 * refill,
      durationMs: 10_000,
      shot: () => asUser("one"),
    });
    const most = capacity + (refill * tally.durationMs) / 1000;
    expect(tally.errors).toEqual({});
    expect(tally.byStatus[200]).toBeLessThanOrEqual(most + 1);
    expect(tally.byStatus[200]).toBeGreaterThanOrEqual(0.98 * most);
    await edge.stop();
  });
});

describe("a bucket at one edge", () => {
  it("admits 0.999 of what it holds and what comes back", async () => {
    const [capacity, refill] = [600, 200];
    const edge = await startEdge({ config: limitedConfig(hk.url, [{ capacity, refill }], PATIENT) });
    await warmUp(edge);
    const tally = await paced({
      urls: edge.urls,
      ratePerSecond: 5 * refill,
      durationMs: 10_000,
      shot: () => asUser("one"),
    });
    const most = capacity + (refill * tally.durationMs) / 1000;
    // Nobody asks any more while the last answers are on their way.
    const askedForMs = (1000 * (tally.total - 1)) / (5 * refill);
    expect(tally.errors).toEqual({});
    expect(tally.byStatus[200]).toBeLessThanOrEqual(most + 1);
    expect(tally.byStatus[200]).toBeGreaterThanOrEqual(0.999 * (capacity + (refill * askedForMs) / 1000));
    await edge.stop();
  });
});
