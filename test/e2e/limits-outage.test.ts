// Limits while Redis is slow, silent, gone or failing: nobody waits for long, and each limit does what it says.
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
const BEFORE_MS = 2_000;
const OUTAGE_MS = 10_000;
/** One of the faults lasts ten seconds, which is what is promised; the others half as long. */
const SHORT_OUTAGE_MS = 5_000;
/** The store is left alone for a second after a failure. */
const RECOVERED_WITHIN_MS = 10_000;
/** A third each: the open limit, the closed one, and a route without limits, to tell what the machine itself adds. */
const RATE_PER_SECOND = 300;
/** What leases still hold when the store goes is used up after so long. */
const LEASES_OVER_MS = 1_500;
const MOST_ADDED_MS = 100;
/** A busy machine's timers are late. */
const LATE_MS = 20;
/** Calls to a store that fails, of the requests that it would serve. */
const MOST_CALLS = 0.1;
/** What leases and answers on their way may hold when the store goes: a second of all that comes back. */
const LENT = 20;
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

type Kind = "open" | "closed" | "free";

interface Seen {
  atMs: number;
  tookMs: number;
  kind: Kind;
  status: number;
  retryAfter: string | undefined;
}

/** Two in a row of each kind, so that each comes to each edge. */
const kindOf = (index: number): Kind =>
  (["open", "closed", "free"] as const)[Math.floor(index / 2) % 3] ?? "free";
const PATHS: Readonly<Record<Kind, string>> = {
  open: "/api/balance",
  closed: "/echo/closed",
  free: "/echo/free",
};

const differences = (after: Readonly<Record<string, number>>, before: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]));

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
          { path: "/echo/free", pool: "wallet" },
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
      failedCalls:
        sumOf(all, "tidegate_limit_store_calls_total", 'result="timeout"') +
        sumOf(all, "tidegate_limit_store_calls_total", 'result="error"'),
    };
  };

  const setFault = (fault: TestRedis["rest"]["fault"]) => {
    redis.rest.fault = fault;
  };
  const clear = () => setFault({ kind: "none" });
  const FAULTS = {
    "ten seconds late": { begin: () => setFault({ kind: "slow", ms: 10_000 }), end: clear },
    silent: { begin: () => setFault({ kind: "hang" }), end: clear },
    "refusing connections": { begin: () => line.cut(), end: () => line.mend() },
    "answering 500": { begin: () => setFault({ kind: "status", status: 500, body: "{}" }), end: clear },
  };

  const exactly = (user: string, requests: number) =>
    load({
      urls: edge.urls,
      requests,
      concurrency: 2 * EDGES,
      shot: () => ({ ...asUser(user), path: "/echo/exact" }),
    });

  it.each(Object.entries(FAULTS))("%s: served by the limits' own rule", async (name, fault) => {
    const outageMs = name === "ten seconds late" ? OUTAGE_MS : SHORT_OUTAGE_MS;
    const user = `outage-${name.replaceAll(" ", "-")}`;
    const before = await counted();
    const startMs = performance.now();
    const seen: Seen[] = [];
    const sentAtMs: number[] = [];
    const traffic = paced({
      urls: edge.urls,
      ratePerSecond: RATE_PER_SECOND,
      durationMs: BEFORE_MS + outageMs,
      shot(index) {
        sentAtMs[index] = performance.now() - startMs;
        return { ...asUser(user), path: PATHS[kindOf(index)] };
      },
      onAnswer(index, { statusCode: status = 0, headers }) {
        const atMs = sentAtMs[index] ?? 0;
        const tookMs = performance.now() - startMs - atMs;
        seen.push({ atMs, tookMs, kind: kindOf(index), status, retryAfter: headers["retry-after"] });
      },
    });
    await sleep(BEFORE_MS);
    fault.begin();
    const beganMs = performance.now() - startMs;
    const tally = await traffic;
    const seconds = (performance.now() - startMs - beganMs) / 1000;
    await fault.end();
    expect(Object.keys(tally.errors).filter((code) => code !== "ECONNRESET")).toEqual([]);

    // Back to exact. A busy machine may be late once more, which leaves the store alone for another second.
    let attempt = 0;
    await expect
      .poll(async () => (await exactly(`exact-${user}-${attempt++}`, 200)).byStatus, {
        timeout: RECOVERED_WITHIN_MS,
      })
      .toEqual({ 200: 20, 429: 180 });

    // While it lasted: `closed` answers 503, and `open` serves what each edge gives by itself.
    const during = seen.filter(({ atMs }) => atMs > beganMs);
    const closed = during.filter(({ kind, atMs }) => kind === "closed" && atMs > beganMs + LEASES_OVER_MS);
    expect(new Set(closed.map(({ status }) => status))).toEqual(new Set([503]));
    for (const { retryAfter } of closed) expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
    const open = during.filter(({ kind }) => kind === "open");
    expect(new Set(open.map(({ status }) => status))).toEqual(new Set([200, 429]));
    const served = open.filter(({ status }) => status === 200).length;
    expect(served).toBeGreaterThanOrEqual(0.9 * EDGES * LOCAL.refill * seconds);
    // Beside it, what the store had lent, and what was to come in the next half second.
    expect(served).toBeLessThanOrEqual(EDGES * (LOCAL.capacity + LOCAL.refill * seconds) + LENT);

    // Everything is counted, as clients saw it.
    const clientsSaw = (kind: Kind, status: number) =>
      seen.filter((each) => each.kind === kind && each.status === status).length;
    await expect
      .poll(async () => differences(await counted(), before), { timeout: 10_000 })
      .toMatchObject({
        openServed: clientsSaw("open", 200),
        openDenied: clientsSaw("open", 429),
        closedServed: clientsSaw("closed", 200),
        closedDenied: clientsSaw("closed", 429),
        closed: clientsSaw("closed", 503),
      });
    const { byThemselves = 0, failedCalls = 0 } = differences(await counted(), before);
    expect(byThemselves).toBeGreaterThan(0.8 * (RATE_PER_SECOND / 3) * (seconds - LEASES_OVER_MS / 1000));

    // One request a second at each edge tries the store, beside those that were there when it went.
    const limited = during.filter(({ kind }) => kind !== "free");
    expect(failedCalls).toBeGreaterThan(0);
    expect(failedCalls).toBeLessThan(MOST_CALLS * limited.length);
    // And it waits no longer than the deadline.
    const took = (some: readonly Seen[]) =>
      percentile(
        some.map(({ tookMs }) => tookMs),
        0.99,
      );
    const [ill, free] = [took(limited), took(during.filter(({ kind }) => kind === "free"))];
    console.log(
      `${name}: p99 ${ill.toFixed(1)} ms, without limits ${free.toFixed(1)} ms, ${served} served, ${failedCalls} calls failed`,
    );
    expect(ill - free).toBeLessThanOrEqual(MOST_ADDED_MS + LATE_MS);
  });
});
