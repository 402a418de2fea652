// Maintenance by command and by file: on every edge at its time, over a restart, without Control, and of a whole pool.
import { beforeAll, describe, expect, it } from "vitest";
import type { WindowStatus } from "../../src/config/window-list.ts";
import { walletConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { tallyBy } from "../support/journal.ts";
import { load, paced } from "../support/load.ts";
import { databasesOf, inDatabase } from "../support/objects.ts";
import { type Region, startRegions } from "../support/region.ts";
import type { TomlTable } from "../support/toml.ts";

const EDGES = 4;
/** Every edge starts and ends a window within a second of its time. */
const WITHIN_MS = 1_000;
const WINDOW_MS = 4_000;
const DRAIN_MS = 1_000;
/** So much time must be left before a window when the edges are up again: to list it, and to be served before the drain. */
const LEAST_LEAD_MS = DRAIN_MS + 4_000;
const USERS = Array.from({ length: 240 }, (_, index) => `u${index}`);

let regions: Region[];
let edge: Edge;
const config = (maintenance: TomlTable[] = []) =>
  walletConfig(regions, {
    pool: { affinity: "user", slow_start: { window: "5s", successes: 5 } },
    identity: { opaque: { cookie: "sid" } },
    ...(maintenance.length === 0 ? {} : { maintenance }),
  });

beforeAll(async () => {
  regions = await startRegions("hk", "sg", "fra");
  edge = await startEdge({ config: config(), edges: EDGES });
});

const done = async (...args: string[]) => {
  const finished = await edge.cli(...args);
  expect(finished.code, finished.stderr).toBe(0);
  return finished.stdout;
};
const windows = async () => JSON.parse(await done("maintenance", "list", "--json")) as WindowStatus[];
const asUser = (index: number) => ({
  path: "/api/balance",
  headers: { Cookie: `sid=${USERS[index % USERS.length]}` },
});
const iso = (atMs: number) => new Date(atMs).toISOString();
const passed = (atMs: number) =>
  expect.poll(() => Date.now(), { timeout: 40_000, interval: 20 }).toBeGreaterThan(atMs);

async function homes(): Promise<string[]> {
  const found: string[] = [];
  await load({
    urls: edge.urls,
    requests: USERS.length,
    concurrency: 16,
    shot: asUser,
    onAnswer: (index, answer) => {
      found[index] = String(answer.headers["x-region"]);
    },
  });
  return found;
}

/** Plans a window that starts when the edges have been up again for a while, however long they take. */
async function beforeWindow(prepare: (startMs: number) => Promise<void>): Promise<number> {
  for (let leadMs = 12_000; leadMs < 60_000; leadMs *= 2) {
    const startMs = Date.now() + leadMs;
    await prepare(startMs);
    if (Date.now() < startMs - LEAST_LEAD_MS) return startMs;
  }
  throw new Error("the edges take more than half a minute to start again");
}

interface Seen {
  sentAtMs: number;
  answeredAtMs: number;
  edge: number;
  region: string;
}

/** Users on all edges from now until half a second after the end, and requests under way when the drain begins. */
async function watch(startMs: number) {
  const endMs = startMs + WINDOW_MS;
  const stop = new AbortController();
  const sentAtMs: number[] = [];
  const seen: Seen[] = [];
  const ended = paced({
    urls: edge.urls,
    ratePerSecond: 160,
    durationMs: 60_000,
    signal: stop.signal,
    shot(index) {
      sentAtMs[index] = Date.now();
      return asUser(index);
    },
    onAnswer: (index, answer) =>
      seen.push({
        sentAtMs: sentAtMs[index] ?? 0,
        answeredAtMs: Date.now(),
        edge: index % EDGES,
        region: String(answer.headers["x-region"]),
      }),
  });
  await passed(startMs - DRAIN_MS - 500);
  const slowRegions: string[] = [];
  const slow = load({
    urls: edge.urls,
    requests: 24,
    concurrency: 24,
    shot: (index) => ({ ...asUser(index), path: "/slow?ms=2500" }),
    onAnswer: (_, answer) => slowRegions.push(String(answer.headers["x-region"])),
  });
  await passed(endMs + WITHIN_MS);
  stop.abort();
  return { seen, tally: await ended, slow: await slow, slowRegions, endMs };
}

function expectOut(seen: readonly Seen[], region: string, startMs: number, endMs: number): void {
  const there = seen.filter((each) => each.region === region);
  for (let index = 0; index < EDGES; index++) {
    const before = seen.filter((each) => each.edge === index && each.sentAtMs < startMs - DRAIN_MS);
    const served = tallyBy(before, (each) => each.region);
    const what = `${region} serves at edge ${index} before; ${JSON.stringify(served)}`;
    expect(served[region] ?? 0, what).toBeGreaterThan(0);
  }
  // What was sent just before the end and answered after it may have been placed after it.
  const meanwhile = there.filter(
    ({ sentAtMs, answeredAtMs }) => answeredAtMs < endMs || sentAtMs < endMs - WITHIN_MS,
  );
  const lastMs = Math.max(...meanwhile.map(({ sentAtMs }) => sentAtMs)) - startMs;
  console.log(
    `last request to ${region} ${lastMs} ms after the start of its maintenance, over ${EDGES} edges`,
  );
  expect(lastMs).toBeLessThanOrEqual(WITHIN_MS);
}

describe("maintenance of an origin", () => {
  it("by command and by file starts at its time on every edge, over a kill -9, and ends by slow start", async () => {
    const before = await homes();
    const startMs = await beforeWindow(async (atMs) => {
      // One that came too near is not to come as well: a region that is just back serves few, and nobody at some edges.
      for (const { id, source } of await windows()) {
        if (source === "command") await done("maintenance", "cancel", String(id), "--yes");
      }
      const times = ["--start", iso(atMs), "--end", iso(atMs + WINDOW_MS)];
      await done("maintenance", "add", "wallet", "hk", ...times, "--drain", "1s", "--yes");
      const window = { start: iso(atMs), end: iso(atMs + WINDOW_MS), drain: "1s" };
      await edge.writeConfig(config([{ pool: "wallet", origin: "sg", ...window }]));
      await edge.kill9();
      await edge.restart();
    });
    expect((await windows()).filter((window) => window.startMs === startMs)).toMatchObject([
      { source: "file", origin: "sg", state: "planned", drainMs: DRAIN_MS },
      { source: "command", origin: "hk", state: "planned", drainMs: DRAIN_MS },
    ]);

    const { seen, tally, slow, slowRegions, endMs } = await watch(startMs);
    expect(tally.errors).toEqual({});
    expect(tally.byStatus).toEqual({ 200: tally.total });
    for (const region of ["hk", "sg"]) expectOut(seen, region, startMs, endMs);
    expect(slow.byStatus).toEqual({ 200: 24 });
    expect(new Set(slowRegions)).toEqual(new Set(["hk", "sg", "fra"]));

    const after = seen.filter(({ sentAtMs }) => sentAtMs >= endMs);
    const back = after.filter(({ region }) => region !== "fra").length / after.length;
    console.log(
      `in the second after the end ${(back * 100).toFixed(0)} % go to the two regions that came back`,
    );
    expect(back).toBeGreaterThan(0);
    expect(back).toBeLessThan(0.5);
    await expect.poll(homes, { timeout: 15_000, interval: 200 }).toEqual(before);
  });

  it("that would leave nobody at some moment is refused", async () => {
    const startMs = Date.now() + 3_600_000;
    const during = (from: number, to: number) => [
      ...["--start", iso(startMs + from)],
      ...["--end", iso(startMs + to), "--yes"],
    ];
    await done("maintenance", "add", "wallet", "hk", ...during(0, 60_000));
    await done("maintenance", "add", "wallet", "sg", ...during(30_000, 90_000));
    const refused = await edge.cli("maintenance", "add", "wallet", "fra", ...during(-60_000, 45_000));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      `no reachable origin of pool wallet would be left from ${iso(startMs + 30_000)} on: hk is in maintenance, sg is in maintenance`,
    );
    await done("maintenance", "add", "wallet", "fra", ...during(-60_000, 30_000));
    for (const { id } of await windows()) await done("maintenance", "cancel", String(id), "--yes");
    expect(await windows()).toEqual([]);
  });
});

describe("maintenance of a whole pool", () => {
  const answers = (language: string) =>
    Promise.all(
      edge.urls.map(async (url) => {
        const answer = await fetch(`${url}/api/balance`, { headers: { "Accept-Language": language } });
        return { answer, atMs: Date.now() };
      }),
    );
  const statuses = async () => (await answers("en")).map(({ answer }) => answer.status);

  it("tells every user until when, in their language, and lets them back when it is cancelled", async () => {
    const texts = ["--message", "en=Back soon", "--message", "zh-CN=很快回来"];
    await done("maintenance", "add", "wallet", "--start", "now", "--for", "90s", ...texts, "--yes");
    await expect.poll(statuses, { timeout: WITHIN_MS, interval: 50 }).toEqual(Array<number>(EDGES).fill(503));
    const [window] = await windows();
    const endMs = window?.endMs ?? Number.NaN;
    for (const [language, text] of [
      ["en-GB,en;q=0.8", "Back soon"],
      ["zh-CN", "很快回来"],
    ] as const) {
      for (const { answer, atMs } of await answers(language)) {
        expect(answer.headers.get("content-type")).toBe("application/problem+json");
        expect(await answer.json()).toMatchObject({
          type: "/.tidegate/problems/maintenance",
          status: 503,
          detail: text,
          endsAt: iso(endMs),
        });
        // To the second: the answer is at most one older than this.
        const leftSeconds = (endMs - atMs) / 1000;
        const retryAfter = Number(answer.headers.get("retry-after"));
        expect(retryAfter).toBeGreaterThanOrEqual(Math.ceil(leftSeconds));
        expect(retryAfter).toBeLessThanOrEqual(Math.ceil(leftSeconds) + 1);
      }
    }
    const browser = await fetch(`${edge.url}/`, {
      headers: {
        Accept: "text/html,application/xhtml+xml,*/*;q=0.8",
        "Accept-Language": "fr;q=0.2, zh;q=0.9",
      },
    });
    expect(browser.status).toBe(503);
    expect(browser.headers.get("content-type")).toContain("text/html");
    expect(Number(browser.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(browser.headers.get("content-security-policy")).toContain("default-src 'none'");
    const page = await browser.text();
    expect(page).toContain('<html lang="zh-CN"');
    expect(page).toContain("很快回来");
    expect(page).toContain(`datetime="${iso(endMs)}"`);
    expect(await done("maintenance", "list")).toMatch(/\d+ +wallet +\(all\) +active .+ command/);
    const cancelled = await done("maintenance", "cancel", String(window?.id), "--yes");
    expect(cancelled).toContain("it is on: users come back from now on");
    await expect.poll(statuses, { timeout: WITHIN_MS, interval: 50 }).toEqual(Array<number>(EDGES).fill(200));
  });
});

describe("without Control", () => {
  it("a window of the file starts and ends at its time on every edge", async () => {
    const startMs = await beforeWindow(async (atMs) => {
      const window = { start: iso(atMs), end: iso(atMs + WINDOW_MS), drain: "1s" };
      await edge.writeConfig(config([{ pool: "wallet", origin: "hk", ...window }]));
      await edge.stop();
      await breakControl(edge.dataDir);
      await edge.restart();
    });
    const status = await edge.cli("status");
    expect(status.code, "Control must be out of reach here").toBe(1);

    const { seen, tally, slow, endMs } = await watch(startMs);
    expect(tally.errors).toEqual({});
    expect(tally.byStatus).toEqual({ 200: tally.total });
    expectOut(seen, "hk", startMs, endMs);
    expect(slow.byStatus).toEqual({ 200: 24 });
    expect(seen.some(({ region, sentAtMs }) => region === "hk" && sentAtMs >= endMs)).toBe(true);
    expect(edge.process().output()).toContain("TG3002");
  });
});

/** Spoils what Control keeps, so that the object fails whenever an edge asks it. */
async function breakControl(dataDir: string): Promise<void> {
  const [file = "", ...more] = await databasesOf(dataDir, "tidegate-control");
  expect(more).toHaveLength(0);
  inDatabase(file, "INSERT OR REPLACE INTO live (name, value) VALUES ('health', 'no JSON')");
}
