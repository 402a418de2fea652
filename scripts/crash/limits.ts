/** Kills the edge with its Limiter objects at random moments under load, and looks whether a bucket gave too much. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bucketKey, ownerHash } from "../../src/config/owner-hash.ts";
import { sessionKey } from "../../src/policy/caller.ts";
import { randomFrom } from "../../test/support/lease-model.ts";
import { type RunningEdge, startEdge } from "../lib/edge.ts";
import { freePorts } from "../lib/free-ports.ts";
import { type CrashBucket, CrashBuckets, LIMITS, type Overdrawn } from "./buckets.ts";
import { storedLevels } from "./stored-levels.ts";

export interface CrashOptions {
  /** How often the edge is killed. */
  readonly points: number;
  readonly seed: number;
  /** Deletes what the objects have stored at each kill, to see that this is found out. */
  readonly losesState?: boolean;
  /** Ends with the first bucket that has given too much. */
  readonly untilOverdrawn?: boolean;
  /** Called after each kill. */
  readonly onKill?: (kills: number) => void;
}

export interface CrashResult {
  readonly kills: number;
  readonly seconds: number;
  readonly buckets: readonly CrashBucket[];
  /** Requests that reached the origin. */
  readonly admitted: number;
  /** How often the edge died after a bucket had paid for a request in that life. */
  readonly struck: number;
  readonly overdrawn: readonly Overdrawn[];
  /** From each kill until the edge has let a request through again, milliseconds. */
  readonly backAfterMs: readonly number[];
}

const SECRETS = { TIDEGATE_SECRET: "crash-secret-0123456789abcdef0123456789" };
const EDGES = 2;
const SENDERS = 8;
/** Each sender waits at most so long between two requests: buckets must last for some kills. */
const PAUSE_MS = 25;
/** The edge lives at most so long after it has let the first request through. */
const LIVES_MS = 300;
const SERVES_WITHIN_MS = 30_000;

export async function crashLimits({
  points,
  seed,
  losesState = false,
  untilOverdrawn = false,
  onKill,
}: CrashOptions): Promise<CrashResult> {
  const random = randomFrom(seed);
  const buckets = new CrashBuckets();
  const [origin, port] = [await startOrigin(buckets), await freePorts(EDGES)];
  const dataDir = mkdtempSync(join(tmpdir(), "tidegate-crash-"));
  const start = () => startCrashEdge(origin.url, port, dataDir);
  const isOver = new AbortController();
  const startedAtMs = performance.now();
  const backAfterMs: number[] = [];
  let edge = await start();
  const senders = Array.from({ length: SENDERS }, (_, index) =>
    sendOn(edge.urls[index % EDGES] ?? "", buckets, random, isOver.signal),
  );
  let kills = 0;
  const overdrawn = new Map<string, Overdrawn>();
  /** The edge is dead: nothing changes any more. */
  const look = async () => {
    const [nowMs, stored] = [performance.now(), storedLevels(dataDir)];
    const held = new Map<string, number>();
    for (const { user, limit } of buckets.active) {
      const key = bucketKey(limit.name, await ownerHash(sessionKey(user), SECRETS));
      // A bucket without a row is full.
      held.set(user, stored.get(key) ?? limit.capacity);
    }
    const found = buckets.overdrawn(nowMs, ({ user, limit }) => held.get(user) ?? limit.capacity);
    for (const one of found) overdrawn.set(one.user, one);
  };
  try {
    await origin.nextRequest();
    while (kills < points && !(untilOverdrawn && overdrawn.size > 0)) {
      await sleep(random() * LIVES_MS);
      await edge.kill9();
      await look();
      buckets.struck();
      if (losesState) rmSync(dataDir, { recursive: true, force: true });
      const killedAtMs = performance.now();
      edge = await start();
      await origin.nextRequest();
      backAfterMs.push(performance.now() - killedAtMs);
      kills += 1;
      onKill?.(kills);
    }
    await sleep(LIVES_MS);
    await edge.kill9();
    await look();
  } finally {
    isOver.abort();
    await Promise.all(senders);
    await edge.kill9();
    await origin.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
  return {
    kills,
    seconds: (performance.now() - startedAtMs) / 1000,
    buckets: buckets.all,
    admitted: buckets.all.reduce((sum, one) => sum + one.admitted, 0),
    struck: buckets.all.reduce((sum, one) => sum + one.struck, 0),
    overdrawn: [...overdrawn.values()],
    backAfterMs,
  };
}

function startCrashEdge(originUrl: string, port: number, dataDir: string): Promise<RunningEdge> {
  return startEdge({
    toml: tomlOf(originUrl),
    environment: "development",
    host: "127.0.0.1",
    port,
    edges: EDGES,
    dataDir,
    env: { ...process.env, ...SECRETS },
    log: () => {},
  });
}

function tomlOf(originUrl: string): string {
  const limits = LIMITS.map(
    ({ name, capacity, refill }) => `
[[routes]]
path = "/${name}"
pool = "wallet"
limits = ["${name}"]

[[limits]]
name = "${name}"
key = "user"
capacity = ${capacity}
refill = ${refill}
on_error = "closed"
`,
  );
  return `
[[pools]]
name = "wallet"

[[pools.origins]]
name = "hk"
url = "${originUrl}"
weight = 1
${limits.join("")}
[identity]
opaque = { cookie = "sid", new_per_ip_per_minute = 1000000 }
`;
}

/** Sends one request after another, and minds no failure: the edge is dead half of the time. */
async function sendOn(
  url: string,
  buckets: CrashBuckets,
  random: () => number,
  isOver: AbortSignal,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (!isOver.aborted) {
    const { user, limit } = buckets.pick(random);
    await post(agent, `${url}/${limit.name}`, user).catch(() => undefined);
    await sleep(random() * PAUSE_MS);
  }
  agent.destroy();
}

/** POST, which no edge sends twice. */
function post(agent: Agent, url: string, user: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { cookie: `sid=${user}`, "content-length": "0", "cf-connecting-ip": "203.0.113.7" };
    const sent = request(url, { agent, method: "POST", headers, timeout: 2000 }, (answer) => {
      answer.resume().once("end", resolve).once("error", reject);
    });
    sent.once("timeout", () => sent.destroy(new Error("no answer")));
    sent.once("error", reject).end();
  });
}

/** Counts each request for its user's bucket. */
async function startOrigin(buckets: CrashBuckets) {
  let waiting: (() => void)[] = [];
  const server = createServer((incoming, answer) => {
    buckets.note(/\bsid=([\w-]+)/.exec(incoming.headers.cookie ?? "")?.[1] ?? "", performance.now());
    for (const tell of waiting) tell();
    waiting = [];
    incoming.resume();
    answer.writeHead(200).end("ok");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Rejects when none comes for long. */
    async nextRequest(): Promise<void> {
      const deadline = AbortSignal.timeout(SERVES_WITHIN_MS);
      await new Promise<void>((resolve, reject) => {
        waiting.push(resolve);
        deadline.addEventListener("abort", () => reject(new Error("the edge lets nothing through any more")));
      });
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
