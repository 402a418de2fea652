// Active probes: they alone take a region out, follow no redirect, hear what a region asks for, and never come in step.
import { beforeAll, describe, expect, it } from "vitest";
import { pool, poolsConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { originStatus, untilAllAre, untilState } from "../support/health.ts";
import { answerKind, closedLoop, type Entry, tallyBy } from "../support/journal.ts";
import { payment } from "../support/payment.ts";
import { type ProbedOrigin, startProbedOrigin } from "../support/probed-origin.ts";
import { type Region, startRegions } from "../support/region.ts";

const INTERVAL_MS = 1_000;
const FALL = 2;
const FAST = { interval: "1s", timeout: "500ms", fall: FALL };
const SPREAD_ORIGINS = 4;
/** Half of the place that each of four origins has in a second; timers and a busy machine take some. */
const LEAST_GAP_MS = INTERVAL_MS / SPREAD_ORIGINS / 2;

let regions: Region[];
let asking: ProbedOrigin;
let spread: ProbedOrigin[];
let watched: ProbedOrigin;
let edge: Edge;

beforeAll(async () => {
  regions = await startRegions("hk", "sg");
  asking = await startProbedOrigin("asking");
  watched = await startProbedOrigin("watched");
  spread = await Promise.all(
    Array.from({ length: SPREAD_ORIGINS }, (_, index) => startProbedOrigin(`spread-${index}`)),
  );
  const [, sg] = regions;
  const pools = [
    pool("idle", regions, { affinity: "none", health: FAST }),
    pool("redirect", regions, { health: { ...FAST, path: "/redirect" } }),
    pool("redirect-expected", regions, { health: { ...FAST, path: "/redirect", expect_status: "302" } }),
    pool("body", regions, { health: { ...FAST, expect_body: '"status":"ok"' } }),
    pool("body-missing", regions, { health: { ...FAST, expect_body: "not in it" } }),
    pool("capacity", [asking, ...(sg === undefined ? [] : [sg])], { affinity: "user", health: FAST }),
    pool("spread", spread, { health: FAST }),
    pool("vantages", [watched], { health: { ...FAST, vantages: ["apac", "weur", "wnam"] } }),
  ];
  edge = await startEdge({
    edges: 2,
    config: {
      ...poolsConfig(pools),
      identity: { opaque: { cookie: "sid" } },
    },
  });
});

const byOrigin = (entries: readonly Entry[]) => tallyBy(entries, ({ origin }) => origin);

describe("probes", () => {
  it("come spread over the interval, never in step with those of another origin or vantage", async () => {
    const rounds = 6;
    const all = () => [...spread.map(({ probedAtMs }) => probedAtMs.length), watched.probedAtMs.length / 3];
    const atFirst = all();
    await expect
      .poll(() => all().every((count, index) => count >= (atFirst[index] ?? 0) + rounds), {
        timeout: (rounds + 4) * INTERVAL_MS,
        interval: 100,
      })
      .toBe(true);
    const gapsOf = (times: readonly number[]) => {
      const sorted = times.toSorted((a, b) => a - b);
      return sorted.slice(1).map((atMs, index) => atMs - (sorted[index] ?? 0));
    };
    // The first round is the start's.
    const between = gapsOf(spread.flatMap(({ probedAtMs }) => probedAtMs.slice(1)));
    const own = spread.flatMap(({ probedAtMs }) => gapsOf(probedAtMs.slice(1)));
    const ofVantages = gapsOf(watched.probedAtMs.slice(3));
    console.log(
      `probes: gaps between origins ${Math.min(...between)} to ${Math.max(...between)} ms, of one origin ${Math.min(...own)} to ${Math.max(...own)} ms, of three vantages ${Math.min(...ofVantages)} to ${Math.max(...ofVantages)} ms`,
    );
    expect(Math.min(...between)).toBeGreaterThanOrEqual(LEAST_GAP_MS);
    expect(Math.min(...own)).toBeGreaterThanOrEqual(INTERVAL_MS * 0.75);
    expect(Math.max(...own)).toBeLessThanOrEqual(INTERVAL_MS * 1.5);
    // Vantages choose their places without asking each other, so only "not at one moment" is promised.
    expect(Math.min(...ofVantages)).toBeGreaterThan(10);
  });

  it("make a region unhealthy alone, without any traffic, and no user is sent there", async () => {
    await regions[0]?.settle();
    await regions[0]?.set({ fault: "status-503" });
    const outMs = await untilState(edge, "idle", "hk", ["unhealthy"], 6_000);
    console.log(`probes: unhealthy ${outMs} ms after the failure, by probes alone`);
    expect(outMs).toBeLessThanOrEqual((FALL + 1) * INTERVAL_MS + 500);
    await untilAllAre(edge, ["idle hk"], ["unhealthy"]);
    const paid = await closedLoop({
      urls: edge.urls,
      requests: 40,
      concurrency: 4,
      shot: (index) => payment(`idle-${index}`, { Host: "idle.test" }),
    });
    expect(tallyBy(paid, answerKind)).toEqual({ 201: 40 });
    const counts = await regions[0]?.counts();
    expect(Object.keys(counts?.byPath ?? {}).toSorted()).toEqual(["/healthz", "/redirect"]);
    await regions[0]?.set({ fault: "none" });
  });

  it("take a redirect for what it is, and never follow it", async () => {
    await untilAllAre(edge, ["redirect sg"], ["unhealthy"], 6_000);
    expect((await originStatus(edge, "redirect", "sg")).probes).toMatchObject([
      { healthy: false, status: 302, reason: "status" },
    ]);
    expect((await originStatus(edge, "redirect-expected", "sg")).state).toBe("healthy");
    const counts = await regions[1]?.counts();
    expect(counts?.byPath["/redirect"]).toBeGreaterThan(2);
    expect(counts?.byPath["/api/balance"] ?? 0).toBe(0);
  });

  it("look for the expected text in the body", async () => {
    await untilState(edge, "body-missing", "sg", ["unhealthy"], 6_000);
    expect((await originStatus(edge, "body-missing", "sg")).probes).toMatchObject([
      { healthy: false, status: 200, reason: "body" },
    ]);
    expect(await originStatus(edge, "body", "sg")).toMatchObject({
      state: "healthy",
      probes: [{ status: 200, reason: "ok" }],
    });
  });

  it("are kept with vantage, age, status and reason", async () => {
    const { probes } = await originStatus(edge, "vantages", "watched");
    expect(probes.map(({ vantage }) => vantage).toSorted()).toEqual(["apac", "weur", "wnam"]);
    for (const probe of probes) {
      expect(probe).toMatchObject({ healthy: true, status: 200, reason: "ok" });
      expect(probe.ageMs).toBeLessThanOrEqual(2 * INTERVAL_MS);
    }
  });
});

describe("an origin that answers probes with Tidegate-Capacity", () => {
  const visit = (users: readonly string[]) =>
    closedLoop({
      urls: edge.urls,
      requests: users.length,
      concurrency: 8,
      shot: (index) => ({
        path: "/api/balance",
        headers: { Host: "capacity.test", Cookie: `sid=${users[index]}` },
      }),
    });
  const users = (label: string) => Array.from({ length: 600 }, (_, index) => `${label}-${index}`);
  const untilFactor = async (effectiveWeight: number) => {
    await expect
      .poll(async () => (await originStatus(edge, "capacity", "asking")).effectiveWeight, { timeout: 5_000 })
      .toBe(effectiveWeight);
    await untilAllAre(edge, ["capacity asking"], ["healthy", "draining"]);
  };

  it("has its share halved by 50, and back by 100", async () => {
    asking.answerProbesWith({ "Tidegate-Capacity": "50" });
    await untilFactor(0.5);
    const halved = await visit(users("halved"));
    asking.answerProbesWith({ "Tidegate-Capacity": "100%" });
    await untilFactor(1);
    const whole = await visit(users("halved"));
    console.log(`capacity 50: ${JSON.stringify(byOrigin(halved))}, 100: ${JSON.stringify(byOrigin(whole))}`);
    // Half of a weight of 1 beside 1: a third. 600 random users, three standard deviations.
    expect(Math.abs((byOrigin(halved).asking ?? 0) / 600 - 1 / 3)).toBeLessThanOrEqual(0.058);
    expect(Math.abs((byOrigin(whole).asking ?? 0) / 600 - 1 / 2)).toBeLessThanOrEqual(0.062);
  });

  it("keeps its users while it says drain, and gets no new one", async () => {
    const present = users("present");
    const before = await visit(present);
    const home = new Map(before.map(({ index, edge: at, origin }) => [`${at} ${present[index]}`, origin]));
    asking.answerProbesWith({ "Tidegate-Capacity": "drain" });
    await untilState(edge, "capacity", "asking", ["draining"], 5_000);
    await untilFactor(0);
    const stayed = await visit(present);
    const fresh = await visit(users("new"));
    console.log(
      `capacity drain: present users ${JSON.stringify(byOrigin(stayed))}, new ones ${JSON.stringify(byOrigin(fresh))}`,
    );
    for (const { index, edge: at, origin } of stayed) {
      expect(origin).toBe(home.get(`${at} ${present[index]}`));
    }
    expect(byOrigin(fresh)).toEqual({ sg: 600 });
  });
});
