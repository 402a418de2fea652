// Drain by command under load: nobody new, present users until the deadline, nothing under way is lost, home on undrain.
import { beforeAll, describe, expect, it } from "vitest";
import type { Status } from "../../src/config/control-api.ts";
import { walletConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { load, paced } from "../support/load.ts";
import { type Region, startRegions } from "../support/region.ts";

const EDGES = 2;
/** Every edge follows a command within a second. */
const FOLLOW_WITHIN_MS = 1_000;

let regions: Region[];
let edge: Edge;
beforeAll(async () => {
  regions = await startRegions("hk", "sg", "fra");
  edge = await startEdge({
    config: walletConfig(regions, { pool: { affinity: "user" }, identity: { opaque: { cookie: "sid" } } }),
    edges: EDGES,
  });
});

const done = async (...args: string[]) => {
  const finished = await edge.cli(...args);
  expect(finished.code, finished.stderr).toBe(0);
  return finished.stdout;
};
const status = async () => JSON.parse(await done("status", "--json")) as Status;
const asUser = (user: string) => ({ path: "/api/balance", headers: { Cookie: `sid=${user}` } });
/** As many as there are edges divide: in turn, each user always comes to the same edge. */
const PRESENT = Array.from({ length: 60 }, (_, index) => `present${index}`);

/** Which region serves each user, one request a user. */
async function homes(users: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const tally = await load({
    urls: edge.urls,
    requests: users.length,
    concurrency: 16,
    shot: (index) => asUser(users[index] ?? ""),
    onAnswer: (index, answer) => found.set(users[index] ?? "", String(answer.headers["x-region"])),
  });
  expect(tally.errors).toEqual({});
  return found;
}

interface Seen {
  user: string;
  sentAtMs: number;
  region: string;
  status: number | undefined;
}

/** Half of the requests by present users, half by users whom nobody has seen. */
function traffic(signal: AbortSignal) {
  const sent: Omit<Seen, "region" | "status">[] = [];
  const seen: Seen[] = [];
  const ended = paced({
    urls: edge.urls,
    ratePerSecond: 200,
    durationMs: 30_000,
    signal,
    shot(index) {
      const isPresent = index % (2 * EDGES) < EDGES;
      const turn = Math.floor(index / (2 * EDGES)) * EDGES + (index % EDGES);
      const user = isPresent ? (PRESENT[turn % PRESENT.length] ?? "") : `new${index}`;
      sent[index] = { user, sentAtMs: Date.now() };
      return asUser(user);
    },
    onAnswer(index, answer) {
      const request = sent[index];
      if (request === undefined) return;
      seen.push({ ...request, region: String(answer.headers["x-region"]), status: answer.statusCode });
    },
  });
  return { seen, ended };
}

/** Requests that each take so long, of users who live at hk. */
function slowRequests(users: readonly string[], ms: number) {
  const regionsSeen: string[] = [];
  const ended = load({
    urls: edge.urls,
    requests: 20,
    concurrency: 20,
    shot: (index) => ({ ...asUser(users[index % users.length] ?? ""), path: `/slow?ms=${ms}` }),
    onAnswer: (_, answer) => regionsSeen.push(String(answer.headers["x-region"])),
  });
  return { regionsSeen, ended };
}

const passed = (atMs: number) =>
  expect.poll(() => Date.now(), { timeout: 20_000, interval: 20 }).toBeGreaterThan(atMs);

describe("tidegate drain", () => {
  it("sends nobody new within a second, keeps present users until the end, and loses no request", async () => {
    const before = await homes(PRESENT);
    const atHk = PRESENT.filter((user) => before.get(user) === "hk");
    expect(atHk.length).toBeGreaterThan(5);

    const stop = new AbortController();
    const { seen, ended } = traffic(stop.signal);
    await expect.poll(() => seen.filter(({ region }) => region === "hk").length).toBeGreaterThan(50);
    const early = slowRequests(atHk, 2_500);
    await expect.poll(async () => (await regions[0]?.counts())?.inFlight).toBeGreaterThanOrEqual(20);
    await done("drain", "wallet", "hk", "--for", "5s", "--yes", "--reason", "tonight's work");
    const [drain] = (await status()).overrides;
    const startMs = drain?.startMs ?? Number.NaN;
    const endMs = drain?.endMs ?? Number.NaN;
    expect(endMs - startMs).toBeGreaterThan(2 * FOLLOW_WITHIN_MS);
    await passed(endMs - 300);
    const late = slowRequests(atHk, 1_000);
    await passed(endMs + FOLLOW_WITHIN_MS);
    stop.abort();
    const tally = await ended;

    expect(tally.errors).toEqual({});
    expect(tally.byStatus).toEqual({ 200: tally.total });
    const toHk = seen.filter(({ region }) => region === "hk");
    const isNew = ({ user }: Seen) => user.startsWith("new");
    const newAtHk = toHk.filter(isNew);
    expect(newAtHk.some(({ sentAtMs }) => sentAtMs < startMs)).toBe(true);
    const lastNewMs = Math.max(...newAtHk.map(({ sentAtMs }) => sentAtMs)) - startMs;
    console.log(`last new user at the drained region ${lastNewMs} ms after the drain began`);
    expect(lastNewMs).toBeLessThanOrEqual(FOLLOW_WITHIN_MS);

    const meanwhile = seen.filter(
      ({ sentAtMs }) => sentAtMs > startMs + FOLLOW_WITHIN_MS && sentAtMs < endMs - 100,
    );
    const present = meanwhile.filter((each) => !isNew(each));
    expect(present.length).toBeGreaterThan(50);
    for (const { user, region } of present) expect(region).toBe(before.get(user));

    expect(toHk.filter(({ sentAtMs }) => sentAtMs >= endMs)).toEqual([]);
    for (const { regionsSeen, ended: slowEnded } of [early, late]) {
      expect((await slowEnded).byStatus).toEqual({ 200: 20 });
      expect(new Set(regionsSeen)).toEqual(new Set(["hk"]));
    }

    expect(await done("status")).toMatch(
      /hk +draining +drain-over[\s\S]+drain: hk of pool wallet, without users since/,
    );
    await done("undrain", "wallet", "hk", "--yes");
    await expect.poll(() => homes(PRESENT), { timeout: FOLLOW_WITHIN_MS, interval: 100 }).toEqual(before);
  });

  it("tells what the others' load becomes, and with --dry-run stops there", async () => {
    const shown = await done("drain", "wallet", "hk", "--for", "30m", "--dry-run");
    expect(shown).toContain("drain hk of pool wallet: no new users from now on");
    expect(shown).toMatch(/present users stay until \S+ \S+ [+-]\d\d:\d\d \(\S+ \S+ UTC\)/);
    expect(shown).toMatch(/hk +share 33\.3\d % -> 0\.00 %/);
    expect(shown).toMatch(/sg +share 33\.3\d % -> 50\.0\d %/);
    expect(shown).toContain("dry run: nothing was changed");
    expect((await status()).overrides).toEqual([]);
  });

  it("of the last reachable region is refused with the way out, and done with --force", async () => {
    await done("drain", "wallet", "hk", "--yes");
    await done("drain", "wallet", "sg", "--yes");
    const refused = await edge.cli("drain", "wallet", "fra", "--yes");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("no reachable origin of pool wallet would be left");
    expect(refused.stderr).toContain("hk is being drained, sg is being drained");
    expect(refused.stderr).toContain("--force");
    expect((await status()).overrides).toHaveLength(2);

    await done("drain", "wallet", "fra", "--yes", "--force");
    // Another one each time: whom a region has served is there, and stays.
    let strangers = 0;
    const statusOfNew = async () =>
      (await fetch(edge.url, { headers: { Cookie: `sid=stranger${strangers++}` } })).status;
    await expect.poll(statusOfNew, { timeout: FOLLOW_WITHIN_MS }).toBe(503);
    for (const origin of ["hk", "sg", "fra"]) await done("undrain", "wallet", origin, "--yes");
    await expect.poll(statusOfNew, { timeout: FOLLOW_WITHIN_MS }).toBe(200);
  });

  it.each([
    ["an origin that is not there", 1, ["drain", "wallet", "tyo"], "there are: hk, sg, fra"],
    ["a pool that is not there", 1, ["drain", "walet", "hk"], "there are: wallet"],
    [
      "two ends",
      2,
      ["drain", "wallet", "hk", "--for", "1m", "--until", "2030-01-01T00:00Z"],
      "--for and --until",
    ],
    ["an end in the past", 1, ["drain", "wallet", "hk", "--until", "2020-01-01T00:00Z"], "in the past"],
    ["an end without an offset", 2, ["drain", "wallet", "hk", "--until", "2030-01-01T00:00"], "offset"],
    ["to take back what is not drained", 1, ["undrain", "wallet", "hk"], "not being drained"],
  ])("refuses %s", async (_, code, words, told) => {
    const refused = await edge.cli(...words, "--yes");
    expect(refused).toMatchObject({ code, stdout: "" });
    expect(refused.stderr).toContain(told);
  });
});

describe("the admin API", () => {
  const api = (path: string, init: RequestInit = {}) =>
    fetch(`${edge.url}/.tidegate/admin/api/${path}`, {
      ...init,
      headers: { Authorization: `Bearer ${edge.token}`, "Content-Type": "application/json", ...init.headers },
    });
  const change = (edit: unknown, headers: Record<string, string> = { "If-Match": '"1"' }) =>
    api("changes", { method: "POST", headers, body: JSON.stringify({ edit, dryRun: true }) });
  const drain = { kind: "drain", pool: "wallet", origin: "hk" };
  const soonMs = Date.now() + 3_600_000;
  const window = { kind: "maintenance-add", pool: "wallet", startMs: soonMs, endMs: soonMs + 1000 };

  it.each([
    ["a drain", drain],
    ["a drain with an end", { ...drain, untilMs: soonMs, force: false }],
    ["a window of an origin", { ...window, origin: "hk", drainMs: 1000 }],
    ["a window of a pool", { ...window, message: { en: "Back soon", "zh-CN": "很快回来" } }],
  ])("takes %s", async (_, edit) => {
    const answer = await change(edit);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ kind: "planned", plan: { pools: [{ pool: "wallet" }] } });
  });

  it.each([
    ["a member too many", { ...drain, reason: "x" }],
    ["an origin that is no text", { ...drain, origin: 1 }],
    ["an end as text", { ...drain, untilMs: "soon" }],
    ["an end of no date", { ...drain, untilMs: 9e15 }],
    ["a force of 1", { ...drain, force: 1 }],
    ["a window without an end", { kind: "maintenance-add", pool: "wallet", startMs: soonMs }],
    ["a window that starts in a fraction", { ...window, startMs: 1.5 }],
    ["a drain of two days", { ...window, drainMs: 2 * 86_400_000 }],
    ["a negative drain", { ...window, drainMs: -1 }],
    ["no language", { ...window, message: { "": "x" } }],
    ["no texts", { ...window, message: {} }],
    ["a text of 1,001 characters", { ...window, message: { en: "x".repeat(1001) } }],
    ["a text with a line's end", { ...window, message: { en: "a\nb" } }],
    ["a number that is none", { kind: "maintenance-cancel", id: "1" }],
  ])("answers 400 to %s", async (_, edit) => {
    expect((await change(edit)).status).toBe(400);
  });

  it("answers 409 to a change that it refuses, 428 and 412 without the version in force", async () => {
    expect((await change({ kind: "maintenance-cancel", id: 7 })).status).toBe(409);
    expect((await change({ ...window, endMs: soonMs - 1 })).status).toBe(409);
    expect((await change(drain, {})).status).toBe(428);
    expect((await change(drain, { "If-Match": '"9"' })).status).toBe(412);
  });

  it("tells probes and hands out pins to operators only, and names what is there", async () => {
    const anonymous = { headers: { Authorization: "" } };
    expect((await api("probes/wallet", anonymous)).status).toBe(401);
    expect((await api("pins", { method: "POST", body: "{}", ...anonymous })).status).toBe(401);
    expect((await api("probes/wallet")).status).toBe(200);
    expect((await api("probes/constructor")).status).toBe(404);
    const { tag } = (await (await api("status")).json()) as { tag: string };
    const pin = (body: object, headers: Record<string, string> = { "If-Match": `"${tag}"` }) =>
      api("pins", { method: "POST", body: JSON.stringify({ reason: "a look at hk", ...body }), headers });
    expect((await pin({ pool: "wallet", origin: "hk", minutes: 60 })).status).toBe(200);
    for (const minutes of [0, 61, 1.5, "10", undefined]) {
      expect((await pin({ pool: "wallet", origin: "hk", minutes })).status).toBe(400);
    }
    expect((await pin({ pool: "wallet", origin: "constructor", minutes: 1 })).status).toBe(409);
    expect((await pin({ pool: "wallet", origin: "hk", minutes: 1 }, {})).status).toBe(428);
  });
});
