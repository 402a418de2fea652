// One user's bucket over all edges: what is admitted is what the bucket holds, to the token.
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { ADMIN_PATH } from "../../src/config/admin/endpoints.ts";
import type { ExplainedBucket } from "../../src/config/control-api.ts";
import { BucketAccount, type Reading } from "../support/bucket-account.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { asUser, type LimitOptions, limitedConfig } from "../support/limits.ts";
import { load, paced } from "../support/load.ts";
import { type Region, startRegion } from "../support/region.ts";

const EDGES = 8;
const LOAD_MS = 10_000;
const MOST_UNDER_WAY = 32;
/** An answer of an edge that the machine does not keep waiting: a token and a half comes in meanwhile, at most. */
const PROMPT_MS = 15;
/** So often it is tried on a machine that does not keep up with what comes back. */
const RUNS = 2;
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

  it("admits 0.98 of what it holds and what comes back, no more, and loses no token", async () => {
    await expectExact({ capacity: 200, refill: 20 }, EDGES, 0.98);
  });
});

describe("a bucket at one edge", () => {
  it("admits 0.999 of what it holds and what comes back, no more, and loses no token", async () => {
    await expectExact({ capacity: 1_000, refill: 100 }, 1, 0.999);
  });
});

/** One user uses a full bucket up, and then comes at five times the rate. */
async function expectExact(limit: LimitOptions, edges: number, share: number): Promise<void> {
  // Nobody counts in the store's place: what it answers too late is a 503, and its tokens are there for the next.
  const config = limitedConfig(hk.url, [{ ...limit, on_error: "closed" }], PATIENT);
  const edge = await startEdge({ config, edges });
  await warmUp(edge);
  const full = { urls: edge.urls, requests: limit.capacity, concurrency: edges, shot: () => asUser("one") };
  expect((await load(full)).byStatus).toEqual({ 200: limit.capacity });
  let isTold = false;
  for (let run = 1; run <= RUNS && !isTold; run++) isTold = await isExact(edge, limit, share);
  // Who cannot tell has not shown it.
  expect(isTold, "the machine was too slow to tell, each time: the bucket was nearly full").toBe(true);
  await edge.stop();
}

/** False when it cannot be told. */
async function isExact(edge: Edge, { capacity, refill }: LimitOptions, share: number): Promise<boolean> {
  const account = new BucketAccount({ capacity, refill, intervalMs: 1000 }, await reading(edge));
  const { errors } = await paced({
    urls: edge.urls,
    ratePerSecond: 5 * refill,
    durationMs: LOAD_MS,
    // On a machine that cannot keep the pace, fewer requests, and not the same ones ever later.
    signal: AbortSignal.timeout(LOAD_MS),
    mostUnderWay: MOST_UNDER_WAY,
    ...account.follow(asUser("one")),
  });
  expect(errors).toEqual({});
  const given = account.given(performance.now());
  expect(account.admitted).toBeLessThanOrEqual(given + 1);
  const rest = await reading(edge);
  if (account.wasNearFull(rest.toMs)) return false;

  // A denial says that nothing is left. Tokens that are lost would be missing at every one from then on; those that come
  // while nobody asks, as at the end or on a machine that stalls, are missing at none.
  const denials = account.leftAtDenials(PROMPT_MS);
  const late = denials.slice(-Math.ceil(denials.length / 5)).sort((one, other) => one - other);
  const left = late[Math.floor(late.length / 2)];
  const { least, most } = account.expected(rest);
  const figures = [given, left ?? Number.NaN, rest.level, least, most].map((figure) => figure.toFixed(2));
  console.log(
    `${edge.urls.length} edges: ${account.admitted} of ${figures[0]}; ${figures[1]} left at the last of ${denials.length} prompt denials; at rest ${figures[2]}, expected ${figures[3]} to ${figures[4]}`,
  );
  // Of all that the bucket held and that came back, which is what was used before the account began and what it saw.
  if (left !== undefined) expect(left).toBeLessThanOrEqual((1 - share) * (capacity + given));
  // And what the bucket holds when the edges hold nothing any more is what nobody used, to the token.
  expect(rest.level).toBeGreaterThanOrEqual(least - 1);
  expect(rest.level).toBeLessThanOrEqual(most + 1);
  return true;
}

/** What the bucket holds once no edge has any of it. */
async function reading(edge: Edge): Promise<Reading> {
  for (;;) {
    const fromMs = performance.now();
    const answer = await fetch(`${edge.url}${ADMIN_PATH}/limits/explain`, {
      method: "POST",
      headers: { authorization: `Bearer ${edge.token}`, "content-type": "application/json" },
      body: JSON.stringify({ user: "one" }),
    });
    const [bucket] = (await answer.json()) as ExplainedBucket[];
    if (bucket?.view?.held === 0) return { level: bucket.view.level, fromMs, toMs: performance.now() };
    await sleep(5);
  }
}
