// Limits without their store: Redis slow, silent, refusing or failing, and the edge killed with its Limiter objects.
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { atEnd } from "../support/cleanup.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { asUser, limitedConfig, metrics, sumOf } from "../support/limits.ts";
import { load, paced } from "../support/load.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { type Region, startRegion } from "../support/region.ts";

const EDGES = 2;
const BEFORE_MS = 4_000;
const OUTAGE_MS = 10_000;
/** The store is left alone for a second after a failure, and a snapshot or lease is at most a second old. */
const RECOVERED_WITHIN_MS = 2_000;
/** What leases still hold when the store goes is used up after so long. */
const LEASES_OVER_MS = 1_500;
const MOST_ADDED_MS = 100;
const LOCAL = { capacity: 60 * 0.25, refill: 20 * 0.25 };

let hk: Region;
beforeAll(async () => {
  hk = await startRegion("hk");
});

/** A line to the store that can be cut: connections are refused until it is mended. */
async function startLine(target: string) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(new URL(target).port), "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket
        .on("error", () => {})
        .on("close", () => {
          sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
    }
    near.pipe(far).pipe(near);
  });
  const cut = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  atEnd(cut);
  return {
    url: `http://127.0.0.1:${port}`,
    cut,
    mend: async () => void (await once(server.listen(port, "127.0.0.1"), "listening")),
  };
}

const percentile = (values: readonly number[], share: number) =>
  values.toSorted((one, other) => one - other)[Math.ceil(share * values.length) - 1] ?? 0;

describe("Redis", () => {
  let redis: TestRedis;
  let line: Awaited<ReturnType<typeof startLine>>;
  let edge: Edge;
  beforeAll(async () => {
    redis = await startRedis();
    line = await startLine(redis.rest.url);
    const limit = { store: "upstash", capacity: 60, refill: 20, local_share: 0.25 } as const;
    const config = limitedConfig(
      hk.url,
      [
        { ...limit, name: "open", on_error: "open" },
        { ...limit, name: "closed", on_error: "closed" },
        { ...limit, name: "exact", capacity: 20, refill: 0, on_error: "closed" },
      ],
      {
        routes: [
          { path: "/api/*", pool: "wallet", limits: ["open"] },
          { path: "/echo/closed", pool: "wallet", limits: ["closed"] },
          { path: "/echo/exact", pool: "wallet", limits: ["exact"] },
        ],
      },
    );
    const env = { UPSTASH_REDIS_REST_URL: line.url, UPSTASH_REDIS_REST_TOKEN: redis.rest.token };
    edge = await startEdge({ config, edges: EDGES, env });
  });

  const counted = async () => {
    const all = await metrics(edge.url);
    const of = (limit: string, result: string) =>
      sumOf(all, "tidegate_limit_decisions_total", `limit="${limit}",result="${result}"`);
    return {
      openServed: of("open", "allowed") + of("open", "open_allowed"),
      openDenied: of("open", "denied") + of("open", "open_denied"),
      byThemselves: of("open", "open_allowed") + of("open", "open_denied"),
      closedServed: of("closed", "allowed"),
      closedDenied: of("closed", "denied"),
      closed: of("closed", "closed"),
    };
  };

  const FAULTS: Record<string, { begin: () => void; end: () => Promise<void> | void }> = {
    "ten seconds late": {
      begin: () => void (redis.rest.fault = { kind: "slow", ms: 10_000 }),
      end: () => void (redis.rest.fault = { kind: "none" }),
    },
    silent: {
      begin: () => void (redis.rest.fault = { kind: "hang" }),
      end: () => void (redis.rest.fault = { kind: "none" }),
    },
    "refusing connections": { begin: () => line.cut(), end: () => line.mend() },
    "answering 500": {
      begin: () => void (redis.rest.fault = { kind: "status", status: 500, body: '{"error":"ERR"}' }),
      end: () => void (redis.rest.fault = { kind: "none" }),
    },
  };

  it.each(Object.keys(FAULTS))(
    "%s for ten seconds delays hardly anybody, and each limit keeps its word",
    async (name) => {
      const fault = FAULTS[name];
      const user = `outage-${name.replaceAll(" ", "-")}`;
      const before = await counted();
      const startMs = performance.now();
      const seen: { atMs: number; isOpen: boolean; status: number; retryAfter: string | undefined }[] = [];
      const sentAtMs: number[] = [];
      const isOpen = (index: number) => index % 4 < 2;
      const traffic = paced({
        urls: edge.urls,
        ratePerSecond: 160,
        durationMs: BEFORE_MS + OUTAGE_MS,
        shot(index) {
          sentAtMs[index] = performance.now() - startMs;
          return isOpen(index) ? asUser(user) : { ...asUser(user), path: "/echo/closed" };
        },
        onAnswer: (index, { statusCode: status = 0, headers }) =>
          seen.push({
            atMs: sentAtMs[index] ?? 0,
            isOpen: isOpen(index),
            status,
            retryAfter: headers["retry-after"],
          }),
      });
      await sleep(BEFORE_MS);
      fault?.begin();
      const beganMs = performance.now() - startMs;
      const tally = await traffic;
      const endedMs = performance.now() - startMs;
      const recovery = Date.now();
      await fault?.end();
      expect(Object.keys(tally.errors).filter((code) => code !== "ECONNRESET")).toEqual([]);

      // Nobody waits for long. Latencies come in the order of the answers, and so in about that of the requests.
      const share = Math.floor((tally.latenciesMs.length * beganMs) / (BEFORE_MS + OUTAGE_MS));
      const p99 = [
        percentile(tally.latenciesMs.slice(100, share), 0.99),
        percentile(tally.latenciesMs.slice(share), 0.99),
      ];
      console.log(`${name}: p99 ${p99.map((each) => each.toFixed(1)).join(" ms before, ")} ms during`);

      const during = seen.filter(({ atMs }) => atMs > beganMs + LEASES_OVER_MS && atMs < endedMs);
      const closed = during.filter((each) => !each.isOpen);
      expect(new Set(closed.map(({ status }) => status))).toEqual(new Set([503]));
      for (const { retryAfter } of closed) expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
      const open = seen.filter((each) => each.isOpen && each.atMs > beganMs && each.atMs < endedMs);
      expect(new Set(open.map(({ status }) => status))).toEqual(new Set([200, 429]));
      const served = open.filter(({ status }) => status === 200).length;
      const seconds = (endedMs - beganMs) / 1000;
      expect(served).toBeGreaterThanOrEqual(0.9 * EDGES * LOCAL.refill * seconds);
      // The first lines are what edges give by themselves; beside them, what leases held and what was on its way.
      expect(served).toBeLessThanOrEqual(EDGES * (LOCAL.capacity + LOCAL.refill * seconds) + 20);

      await expect
        .poll(
          async () =>
            (
              await load({
                urls: edge.urls,
                requests: 4,
                concurrency: 4,
                shot: () => ({ ...asUser("back"), path: "/echo/exact" }),
              })
            ).byStatus,
          { timeout: RECOVERED_WITHIN_MS, interval: 100 },
        )
        .toEqual({ 200: 4 });
      expect(Date.now() - recovery).toBeLessThan(RECOVERED_WITHIN_MS + 500);
      const exact = await load({
        urls: edge.urls,
        requests: 200,
        concurrency: 4,
        shot: () => ({ ...asUser(`exact-${user}`), path: "/echo/exact" }),
      });
      expect(exact.byStatus).toEqual({ 200: 20, 429: 180 });
      const of = (isOpenToo: boolean, status: number) =>
        seen.filter((each) => each.isOpen === isOpenToo && each.status === status).length;
      await expect
        .poll(
          async () => {
            const after = await counted();
            return {
              openServed: after.openServed - before.openServed,
              openDenied: after.openDenied - before.openDenied,
              closedServed: after.closedServed - before.closedServed,
              closedDenied: after.closedDenied - before.closedDenied,
              closed: after.closed - before.closed,
            };
          },
          { timeout: 10_000 },
        )
        .toEqual({
          openServed: of(true, 200),
          openDenied: of(true, 429),
          closedServed: of(false, 200),
          closedDenied: of(false, 429),
          closed: of(false, 503),
        });
      expect((await counted()).byThemselves - before.byThemselves).toBeGreaterThan(0.8 * 80 * (seconds - 1));
      const [calm = 0, ill = 0] = p99;
      expect(ill - calm).toBeLessThanOrEqual(MOST_ADDED_MS);
    },
  );
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
