// What operators do with limits: try one in shadow, look at a user, change shards and capacity under load, count.
import { beforeAll, describe, expect, it } from "vitest";
import { ADMIN_PATH } from "../../src/config/admin/endpoints.ts";
import type { ExplainedBucket } from "../../src/config/control-api.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { asUser, type LimitOptions, limitedConfig, metrics, sumOf } from "../support/limits.ts";
import { load, paced } from "../support/load.ts";
import { type Region, startRegion } from "../support/region.ts";
import type { TomlTable } from "../support/toml.ts";

/** Edges take a change within a second of the command's end. */
const IN_FORCE_WITHIN_MS = 2_000;
/** A store that is late on a busy machine would make the edges count by themselves. */
const PATIENT = { timeout: "5s" };

let hk: Region;
beforeAll(async () => {
  hk = await startRegion("hk");
});

const configOf = (limits: readonly LimitOptions[], limiter: TomlTable = {}) =>
  limitedConfig(hk.url, limits, { limiter: { ...PATIENT, ...limiter } });

async function warmEdge(config: TomlTable, edges: number): Promise<Edge> {
  const edge = await startEdge({ config, edges });
  await load({
    urls: edge.urls,
    requests: 4 * edges,
    concurrency: 4,
    shot: (index) => asUser(`warm-${index}`),
  });
  return edge;
}

async function apply(edge: Edge, config: TomlTable): Promise<void> {
  await edge.writeConfig(config);
  const { code, stderr, stdout } = await edge.cli("apply", edge.configFile, "--yes");
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("is in force");
}

const hammer = (edge: Edge, user: string, requests: number, concurrency = 10) =>
  load({ urls: edge.urls, requests, concurrency, shot: () => asUser(user) });

describe("a limit in shadow", () => {
  it("denies nothing and counts what it would have denied, beside one that holds", async () => {
    const limits: LimitOptions[] = [
      { name: "tried", capacity: 10, refill: 0, mode: "shadow" },
      { name: "held", capacity: 30, refill: 0 },
    ];
    const edge = await startEdge({ config: configOf(limits) });
    const told: (string | undefined)[] = [];
    const tally = await load({
      urls: edge.urls,
      requests: 50,
      concurrency: 5,
      shot: () => asUser("live"),
      onAnswer: (_, { headers }) => told.push(String(headers["ratelimit-policy"])),
    });
    expect(tally.byStatus).toEqual({ 200: 30, 429: 20 });
    // Clients hear nothing of it.
    expect(new Set(told)).toEqual(new Set(['"held";q=30']));
    const results = async () => {
      const all = await metrics(edge.url);
      const of = (limit: string, result: string) =>
        sumOf(all, "tidegate_limit_decisions_total", `limit="${limit}",result="${result}"`);
      return [
        of("tried", "allowed"),
        of("tried", "shadow_denied"),
        of("held", "allowed"),
        of("held", "denied"),
      ];
    };
    await expect.poll(async () => (await results()).slice(2), { timeout: 10_000 }).toEqual([30, 20]);
    const [allowed = 0, shadowed = 0] = await results();
    expect(allowed).toBe(10);
    // Requests that the other limit had denied already are no decision of this one.
    expect(shadowed).toBeGreaterThanOrEqual(20);
    expect(shadowed).toBeLessThanOrEqual(40);

    // Tried long enough: the operator lets it hold.
    await apply(edge, configOf([{ ...limits[0], mode: "enforce" } as LimitOptions, ...limits.slice(1)]));
    await expect
      .poll(async () => (await hammer(edge, "next", 1, 1)).byStatus[429] ?? 0, { timeout: 10_000 })
      .toBe(1);
    await edge.stop();
  });
});

describe("tidegate limits explain", () => {
  let edge: Edge;
  beforeAll(async () => {
    edge = await startEdge({
      config: configOf([
        { name: "burst", capacity: 5, refill: 0 },
        { name: "calm", capacity: 100, refill: 50, mode: "shadow" },
      ]),
      edges: 2,
    });
  });
  const explain = async (...args: string[]) => {
    const { code, stdout, stderr } = await edge.cli("limits", "explain", ...args);
    expect(code, stderr).toBe(0);
    return stdout;
  };
  const explained = async (user: string) => JSON.parse(await explain(user, "--json")) as ExplainedBucket[];

  it("shows a user's buckets and the last denials, for people and for programs", async () => {
    const [first = "", second = ""] = edge.urls;
    const at = async (url: string, requests: number) =>
      (await load({ urls: [url], requests, concurrency: 1, shot: () => asUser("watched") })).byStatus;
    expect(await at(first, 5)).toEqual({ 200: 5 });
    expect(await at(second, 3)).toEqual({ 429: 3 });
    const burst = (await explained("watched")).find(({ limit }) => limit === "burst");
    expect(burst).toMatchObject({ mode: "enforce", as: "session", capacity: 5, refill: 0 });
    expect(burst?.view?.level).toBe(0);
    expect(burst?.view?.denials[0]).toMatchObject({ need: 1, level: 0 });
    expect(Date.now() - (burst?.view?.denials[0]?.atMs ?? 0)).toBeLessThan(60_000);

    // A lease that is used up counts as lent until its time is over.
    await expect
      .poll(() => explain("watched"), { timeout: 10_000 })
      .toMatch(/burst\s+session\s+0 of 5\s+0\s+never/);
    const text = await explain("watched");
    expect(text).toMatch(/calm\s+shadow\s+session\s+\S+ of 100/);
    expect(text).toMatch(/DENIED/);
  });

  it("shows denials that an edge has decided by itself, too", async () => {
    const tally = await load({ urls: [edge.url], requests: 12, concurrency: 1, shot: () => asUser("alone") });
    expect(tally.byStatus).toEqual({ 200: 5, 429: 7 });
    const denials = async () => (await explained("alone"))[0]?.view?.denials.length ?? 0;
    await expect.poll(denials, { timeout: 5_000 }).toBeGreaterThan(0);
  });

  it("shows full buckets of a user whom nobody has seen, and nothing denied", async () => {
    const buckets = await explained("nobody-knows-me");
    expect(buckets.map(({ limit, view }) => [limit, view?.level, view?.denials])).toEqual([
      ["burst", 5, []],
      ["calm", 100, []],
    ]);
    const text = await explain("nobody-knows-me");
    expect(text).toContain("5 of 5");
    expect(text).toContain("Nothing was denied lately.");
  });

  it("needs an operator's token", async () => {
    const ask = async (headers: Record<string, string>) => {
      const answer = await fetch(`${edge.url}${ADMIN_PATH}/limits/explain`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ user: "watched" }),
      });
      return { status: answer.status, text: await answer.text() };
    };
    for (const headers of [{}, { authorization: "Bearer wrong" }]) {
      const { status, text } = await ask(headers as Record<string, string>);
      expect(status).toBe(401);
      expect(text).not.toMatch(/burst|calm/);
    }
    expect((await ask({ authorization: `Bearer ${edge.token}` })).status).toBe(200);
  });
});

describe("a change under load", () => {
  it("of the number of shards refills nobody", async () => {
    const [users, capacity] = [["a", "b", "c", "d", "e", "f"], 50];
    const limits = [{ capacity, refill: 0 }];
    const edge = await warmEdge(configOf(limits, { shards: 8 }), 4);
    const admitted: Record<string, number> = {};
    const stop = new AbortController();
    const traffic = paced({
      urls: edge.urls,
      ratePerSecond: 120,
      durationMs: 60_000,
      signal: stop.signal,
      shot: (index) => asUser(users[Math.floor(index / 4) % users.length] ?? ""),
      onAnswer(index, { statusCode }) {
        const user = users[Math.floor(index / 4) % users.length] ?? "";
        if (statusCode === 200) admitted[user] = (admitted[user] ?? 0) + 1;
      },
    });
    await expect.poll(() => admitted.a ?? 0, { timeout: 10_000 }).toBeGreaterThan(5);
    for (const shards of [3, 13, 1, 8]) await apply(edge, configOf(limits, { shards }));
    await expect.poll(() => Object.values(admitted), { timeout: 15_000 }).toEqual(users.map(() => capacity));
    await new Promise((resolve) => setTimeout(resolve, IN_FORCE_WITHIN_MS));
    stop.abort();
    const tally = await traffic;
    expect(Object.keys(tally.errors).filter((code) => code !== "ECONNRESET")).toEqual([]);
    // All of them, and not one token more.
    expect(Object.fromEntries(users.map((user) => [user, admitted[user]]))).toEqual(
      Object.fromEntries(users.map((user) => [user, capacity])),
    );
    await edge.stop();
  });

  it("of a capacity holds at all edges within two seconds", async () => {
    const edge = await warmEdge(configOf([{ capacity: 1_000_000, refill: 0 }]), 4);
    const told = async () => {
      const answers = await Promise.all(
        edge.urls.map(async (url) => {
          const { path = "", headers = {} } = asUser("steady");
          const answer = await fetch(`${url}${path}`, { headers });
          await answer.body?.cancel();
          return `${answer.status} ${answer.headers.get("ratelimit-policy")}`;
        }),
      );
      return new Set(answers);
    };
    expect(await told()).toEqual(new Set(['200 "limit-0";q=1000000']));
    await apply(edge, configOf([{ capacity: 20, refill: 0 }]));
    await expect
      .poll(async () => [...(await told())].map((each) => each.slice(4)), { timeout: IN_FORCE_WITHIN_MS })
      .toEqual(['"limit-0";q=20']);
    const { byStatus } = await hammer(edge, "after", 400);
    expect(byStatus[200]).toBeLessThanOrEqual(20);
    await apply(edge, configOf([{ capacity: 50, refill: 0 }]));
    await expect
      .poll(async () => [...(await told())].map((each) => each.slice(4)), { timeout: IN_FORCE_WITHIN_MS })
      .toEqual(['"limit-0";q=50']);
    expect((await hammer(edge, "after-that", 400)).byStatus[200]).toBe(50);
    await edge.stop();
  });
});

describe("the metrics of eight edges", () => {
  it("add up to what the clients have counted", async () => {
    const config = limitedConfig(hk.url, [{ capacity: 100, refill: 10 }], {
      limiter: PATIENT,
      routes: [
        { path: "/api/*", pool: "wallet", limits: ["limit-0"] },
        { path: "/*", pool: "wallet" },
      ],
    });
    const edge = await startEdge({ config, edges: 8 });
    const tally = await paced({
      urls: edge.urls,
      ratePerSecond: 300,
      durationMs: 4_000,
      shot: (index) => asUser(`user-${index % 3}`),
    });
    expect(tally.errors).toEqual({});
    const decided = async (result: string) =>
      sumOf(await metrics(edge.url), "tidegate_limit_decisions_total", `result="${result}"`);
    const denied = tally.byStatus[429] ?? 0;
    // An edge reports with its requests: these have no limit. What was let through may still have failed behind it.
    const both = async () => {
      await load({ urls: edge.urls, requests: edge.urls.length, concurrency: 1 });
      return [await decided("allowed"), await decided("denied")];
    };
    await expect.poll(both, { timeout: 20_000, interval: 500 }).toEqual([tally.total - denied, denied]);
    // Any edge tells the same, and nothing else was decided.
    expect(sumOf(await metrics(edge.urls[7] ?? ""), "tidegate_limit_decisions_total")).toBe(tally.total);
    await edge.stop();
  });
});
