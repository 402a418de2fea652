// Live traffic takes a failing region out, also one of two; what is no failure of the region takes nothing out.
import { beforeAll, describe, expect, it } from "vitest";
import { MOST_UNWATCHED } from "../../src/policy/body-watch.ts";
import { pool, poolsConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { originStatus, untilState } from "../support/health.ts";
import { answerKind, closedLoop, type Entry, type JournalOptions, tallyBy } from "../support/journal.ts";
import { type Region, type Settings, startRegion } from "../support/region.ts";
import type { TomlTable } from "../support/toml.ts";

const EDGES = 4;
const CONSECUTIVE_FAILURES = 5;
const MOST_REQUESTS = 60;
const DEADLINE_MS = 15_000;

interface Case {
  readonly name: string;
  readonly fault: Settings["fault"];
  readonly scope?: Settings["scope"];
  readonly pool?: TomlTable;
  readonly path?: string;
  /** Clients leave after so long. */
  readonly patienceMs?: number;
}

const SHORT = { timeout: "400ms" };
const COUNT_5XX = { ejection: { count_5xx: true } };

const EJECTS: readonly Case[] = [
  { name: "refuse", fault: "refuse" },
  { name: "close", fault: "close" },
  { name: "reset", fault: "reset" },
  { name: "hang", fault: "hang", pool: SHORT },
  { name: "slow-headers", fault: "slow-headers", pool: SHORT },
  { name: "malformed", fault: "malformed" },
  { name: "status-503", fault: "status-503" },
  { name: "truncate", fault: "truncate" },
  { name: "grey-503", fault: "status-503", scope: "traffic" },
  { name: "grey-500-counted", fault: "grey", pool: COUNT_5XX },
  { name: "status-500-counted", fault: "status-500", pool: COUNT_5XX },
];

const KEEPS: readonly Case[] = [
  { name: "one-second-more", fault: "delay-1s" },
  { name: "status-500", fault: "status-500" },
  { name: "status-503-retry-after", fault: "status-503-retry-after" },
  { name: "status-404", fault: "none", path: "/status/404" },
  { name: "clients-that-leave", fault: "delay-1s", patienceMs: 300 },
];

const regions = new Map<string, Region>();
let good: Region;
let edge: Edge;

beforeAll(async () => {
  const cases = [...EJECTS, ...KEEPS];
  good = await startRegion("good");
  await Promise.all(
    [...cases, { name: "told" }].map(async ({ name }) => regions.set(name, await startRegion("bad"))),
  );
  const pools = [...cases, { name: "told", pool: {} }].map(({ name, pool: more = {} }) =>
    pool(name, [{ name: "bad", url: region(name).url }, good], { affinity: "none", timeout: "3s", ...more }),
  );
  edge = await startEdge({
    edges: EDGES,
    config: poolsConfig(pools),
  });
});

function region(name: string): Region {
  const found = regions.get(name);
  if (found === undefined) throw new Error(`no region for ${name}`);
  return found;
}

const shotAt =
  (name: string, path = "/api/balance"): JournalOptions["shot"] =>
  () => ({ path, headers: { Host: `${name}.test` } });

/** Whether the faulty region was asked: it answered, or something failed before the answer. */
const wasAsked = ({ origin, attempts, status }: Entry) =>
  origin !== "good" || attempts > 1 || status === 0 || status >= 500;

describe("one of two regions", () => {
  it.concurrent.for(EJECTS)("is ejected: $name", async ({ name, fault, scope = "all", path }, { expect }) => {
    await region(name).set({ fault, scope });
    const stop = new AbortController();
    const seen: Entry[] = [];
    const traffic = closedLoop({
      urls: [edge.url],
      requests: Number.POSITIVE_INFINITY,
      concurrency: 1,
      signal: stop.signal,
      shot: shotAt(name, path),
      onEntry: (entry) => {
        seen.push(entry);
        if (seen.length >= 2_000) stop.abort();
      },
    });
    try {
      // Out for this edge: so many answers in a row that an origin in turn would have had half of them.
      await expect
        .poll(() => seen.length >= 20 && seen.slice(-20).every((entry) => !wasAsked(entry)), {
          timeout: DEADLINE_MS,
          interval: 50,
        })
        .toBe(true);
      await untilState(edge, name, "bad", ["ejected"], 5_000);
    } finally {
      stop.abort();
      await traffic;
    }
    const asked = seen.filter(wasAsked);
    const failed = seen.filter(({ status, isCut }) => status !== 200 || isCut);
    const { reason } = await originStatus(edge, name, "bad");
    console.log(
      `ejection ${name}: after ${asked.length} requests there, for ${reason}; clients saw ${failed.length} failures ${JSON.stringify(tallyBy(failed, answerKind))}`,
    );
    const unwatched = fault === "truncate" ? MOST_UNWATCHED : 0;
    expect(asked.length).toBeLessThanOrEqual(CONSECUTIVE_FAILURES + unwatched);
  });

  it.concurrent.for(KEEPS)("is kept: $name", async ({ name, fault, path, patienceMs }, { expect }) => {
    await region(name).set({ fault, scope: "traffic" });
    const entries = await closedLoop({
      urls: [edge.url],
      requests: MOST_REQUESTS,
      concurrency: 6,
      shot: shotAt(name, path),
      ...(patienceMs === undefined ? {} : { deadlineMs: patienceMs }),
    });
    const asked = entries.filter(wasAsked).length;
    const { state, reason } = await originStatus(edge, name, "bad");
    console.log(
      `kept ${name}: ${asked} of ${entries.length} requests there, ${state} (${reason}); ${JSON.stringify(tallyBy(entries, answerKind))}`,
    );
    expect(state).toBe("healthy");
    // It has its half to the end.
    expect(Math.abs(asked - MOST_REQUESTS / 2)).toBeLessThanOrEqual(3);
  });
});

describe("an ejection that one edge began", () => {
  it("is told to all edges within a second of Control learning it", async () => {
    const bad = region("told");
    await bad.set({ fault: "reset" });
    const stop = new AbortController();
    const traffic = closedLoop({
      urls: [edge.url],
      requests: 5_000,
      concurrency: 1,
      signal: stop.signal,
      shot: shotAt("told"),
    });
    await untilState(edge, "told", "bad", ["ejected"], 10_000);
    const learnedAtMs = Date.now();
    stop.abort();
    await traffic;
    await expect.poll(() => Date.now() - learnedAtMs, { timeout: 5_000 }).toBeGreaterThanOrEqual(1_000);
    await bad.resetCounts();
    const others = await closedLoop({
      urls: edge.urls.slice(1),
      requests: 60,
      concurrency: 3,
      shot: shotAt("told"),
    });
    console.log(
      `ejection told: ${(await bad.counts()).requests} of ${others.length} of other edges went there`,
    );
    expect((await bad.counts()).requests).toBe(0);
    expect(tallyBy(others, answerKind)).toEqual({ 200: others.length });
  });
});
