// Bodies that are cut off or stall take their origin out; those that are watched for it come to the client as ever.
import { beforeAll, describe, expect, it } from "vitest";
import { MAX_HELD_BYTES, MAX_WATCHED_BYTES, MOST_UNWATCHED } from "../../src/policy/body-watch.ts";
import {
  type Body,
  type BodyOrigin,
  SLOW_PIECE_MS,
  SLOW_PIECES,
  startBodyOrigin,
} from "../support/body-origin.ts";
import { pool, poolsConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { originStatus, untilState } from "../support/health.ts";
import { closedLoop, type Entry } from "../support/journal.ts";
import { openRaw, rawRequest } from "../support/raw.ts";

const TIMEOUT_MS = 400;
/** Clients leave a body that stalls when the edge has seen that it does. */
const PATIENCE_MS = 2 * TIMEOUT_MS;
const CONSECUTIVE_FAILURES = 5;
/** Several turns to be watched. */
const MANY = 48;
const CONCURRENCY = 8;
const SMALL_BYTES = 2_000;
const LARGE_BYTES = 3 * MAX_HELD_BYTES;

const EJECTS: readonly (Body & { name: string })[] = [
  { name: "small-cut", bytes: SMALL_BYTES, how: "cut" },
  { name: "large-cut", bytes: LARGE_BYTES, how: "cut" },
  { name: "small-stall", bytes: SMALL_BYTES, how: "stall" },
  { name: "large-stall", bytes: LARGE_BYTES, how: "stall" },
];
const KEEPS: readonly (Body & { name: string })[] = [
  { name: "slow", bytes: SMALL_BYTES, how: "slow" },
  { name: "huge-cut", bytes: MAX_WATCHED_BYTES + 1, how: "cut" },
];

const origins = new Map<string, BodyOrigin>();
let edge: Edge;

beforeAll(async () => {
  const names = [...EJECTS, ...KEEPS, { name: "watched" }].map(({ name }) => name);
  const good = await startBodyOrigin("good");
  for (const name of names) origins.set(name, await startBodyOrigin("bad"));
  // By failover every request asks the bad one first.
  const more = { affinity: "none", policy: "failover", timeout: `${TIMEOUT_MS}ms` };
  edge = await startEdge({
    config: poolsConfig(names.map((name) => pool(name, [origin(name), good], more))),
  });
});

function origin(name: string): BodyOrigin {
  const found = origins.get(name);
  if (found === undefined) throw new Error(`no origin for ${name}`);
  return found;
}

const reads = (name: string, requests: number, concurrency: number, signal?: AbortSignal): Promise<Entry[]> =>
  closedLoop({
    urls: [edge.url],
    requests,
    concurrency,
    shot: () => ({ path: "/api", headers: { Host: `${name}.test` } }),
    deadlineMs: PATIENCE_MS + (name === "slow" ? SLOW_PIECES * SLOW_PIECE_MS * 2 : 0),
    ...(signal === undefined ? {} : { signal }),
  });

describe("an origin whose bodies do not come whole", () => {
  it.concurrent.for(EJECTS)("is ejected: $name", async ({ name, bytes, how }, { expect }) => {
    origin(name).serve({ bytes, how });
    const stop = new AbortController();
    const traffic = reads(name, Number.POSITIVE_INFINITY, CONCURRENCY, stop.signal);
    await untilState(edge, name, "bad", ["ejected"], 20_000).finally(() => stop.abort());
    await traffic;
    console.log(`watched bodies, ${name}: out after ${origin(name).requests()} requests`);
    // Those that were on their way when the last of them told it.
    expect(origin(name).requests()).toBeLessThanOrEqual(
      CONSECUTIVE_FAILURES + MOST_UNWATCHED + 2 * CONCURRENCY,
    );
  });
});

describe("an origin whose bodies come slowly, or are too long to be watched", () => {
  it.concurrent.for(KEEPS)("is kept: $name", async ({ name, bytes, how }, { expect }) => {
    origin(name).serve({ bytes, how });
    const entries = await reads(name, MANY, CONCURRENCY);
    expect(entries.every(({ isCut }) => isCut)).toBe(how === "cut");
    expect(entries.every(({ body }) => body.length === bytes)).toBe(how === "slow");
    expect(origin(name).requests()).toBe(entries.length);
    expect((await originStatus(edge, name, "bad")).state).toBe("healthy");
  });
});

describe("a body that is watched", () => {
  // A cut one has been found, and for a minute everything is watched.
  beforeAll(async () => {
    origin("watched").serve({ bytes: SMALL_BYTES, how: "cut" });
    let isFound = false;
    for (let read = 0; read <= MOST_UNWATCHED && !isFound; read++) {
      isFound = (await reads("watched", 1, 1)).every(({ attempts }) => attempts === 2);
    }
    expect(isFound).toBe(true);
  });

  it.each([1, SMALL_BYTES, MAX_HELD_BYTES, LARGE_BYTES, MAX_WATCHED_BYTES])(
    "of %i bytes comes whole, with its length",
    async (bytes) => {
      origin("watched").serve({ bytes, how: "whole" });
      const connection = openRaw(edge.url);
      connection.socket.write(rawRequest("http://watched.test", "GET", "/api"));
      const response = await connection.response();
      expect(response.isComplete).toBe(true);
      expect(response.body.equals(Buffer.alloc(bytes, "b"))).toBe(true);
      expect(response.headers).toContainEqual(["Content-Length", String(bytes)]);
      expect(response.headers).toContainEqual(["tidegate-origin", "bad"]);
    },
  );

  it("and breaks off on its way is broken at the client, never complete", async () => {
    origin("watched").serve({ bytes: LARGE_BYTES, how: "cut" });
    const [entry] = await reads("watched", 1, 1);
    expect(entry).toMatchObject({ status: 200, origin: "bad", attempts: 1, isCut: true });
  });

  it.each([SMALL_BYTES, LARGE_BYTES])(
    "of %i bytes whose client leaves is given up at the origin",
    async (bytes) => {
      origin("watched").serve({ bytes, how: "stall" });
      const before = origin("watched").left();
      const connection = openRaw(edge.url);
      connection.socket.write(rawRequest("http://watched.test", "GET", "/api"));
      const patient = { timeout: 15_000 };
      await expect.poll(() => connection.received().includes("\r\n\r\n"), patient).toBe(true);
      connection.socket.resetAndDestroy();
      // Within a second on a machine at rest (`client-abort.test.ts`); this is about that it is given up at all.
      await expect.poll(() => origin("watched").left(), patient).toBe(before + 1);
    },
  );
});
