// An origin that comes back grows to its share by time and by proven successes; one that is there from the start has it.
import { beforeAll, describe, expect, it } from "vitest";
import { pool, poolsConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { untilAllAre } from "../support/health.ts";
import { answerKind, type Entry, openLoop, tallyBy } from "../support/journal.ts";
import { type Region, startRegions } from "../support/region.ts";

const WINDOW_MS = 6_000;
const SHARE = 1 / 3;
const RATE_PER_SECOND = 90;
/** Patient: hk answers its probes 503 at once, and a busy machine must not take the others out and the pool into panic. */
const HEALTH = { interval: "1s", timeout: "5s" };

let regions: Region[];
let edge: Edge;

beforeAll(async () => {
  regions = await startRegions("hk", "sg", "fra");
  const slowStart = { window: `${WINDOW_MS}ms`, min_percent: 10 };
  const pools = [
    pool("even", regions, { affinity: "none", health: HEALTH, slow_start: { ...slowStart, successes: 20 } }),
    pool("early", regions, {
      affinity: "none",
      health: HEALTH,
      slow_start: { ...slowStart, successes: 0, aggression: 2 },
    }),
    pool("unproven", regions, {
      affinity: "none",
      health: HEALTH,
      slow_start: { ...slowStart, successes: 10_000 },
    }),
    pool("at-once", regions, { affinity: "none", health: HEALTH, slow_start: { window: "0s" } }),
  ];
  edge = await startEdge({
    config: poolsConfig(pools),
  });
});

const NAMES = ["even", "early", "unproven", "at-once"] as const;

/** hk's share in each stretch of `stretchMs` after `fromMs`. */
function sharesOf(entries: readonly Entry[], fromMs: number, stretchMs: number, stretches: number): number[] {
  return Array.from({ length: stretches }, (_, index) => {
    const inside = entries.filter(
      ({ sentAtMs }) => sentAtMs >= fromMs + index * stretchMs && sentAtMs < fromMs + (index + 1) * stretchMs,
    );
    return inside.filter(({ origin }) => origin === "hk").length / inside.length;
  });
}

describe("slow start", () => {
  it("is not at a cold start, and is at a return: by time, by successes, as configured", async () => {
    const seen: Record<string, Entry[]> = Object.fromEntries(NAMES.map((name) => [name, []]));
    const of = (name: string) => seen[name] ?? [];
    const stop = new AbortController();
    const traffic = NAMES.map((name) =>
      openLoop({
        urls: edge.urls,
        ratePerSecond: RATE_PER_SECOND,
        durationMs: 60_000,
        signal: stop.signal,
        shot: () => ({ path: "/api/balance", headers: { Host: `${name}.test` } }),
        onEntry: (entry) => seen[name]?.push(entry),
      }),
    );
    await expect.poll(() => of("even").length, { timeout: 10_000 }).toBeGreaterThan(RATE_PER_SECOND);
    const cold = NAMES.map(
      (name) => of(name).filter(({ origin }) => origin === "hk").length / of(name).length,
    );

    await regions[0]?.set({ fault: "status-503", scope: "health" });
    await untilAllAre(
      edge,
      NAMES.map((name) => `${name} hk`),
      ["unhealthy"],
    );
    // The edge has followed, however busy the machine is.
    const isOut = (name: string) =>
      of(name)
        .slice(-RATE_PER_SECOND)
        .every(({ origin }) => origin !== "hk");
    await expect.poll(() => NAMES.every(isOut), { timeout: 20_000, interval: 100 }).toBe(true);
    const outAtMs = Date.now();
    await regions[0]?.set({ fault: "none", scope: "all" });
    const returnOf = (name: string) =>
      of(name).find(({ sentAtMs, origin }) => sentAtMs > outAtMs && origin === "hk")?.sentAtMs;
    const grownAtMs = () => Math.max(...NAMES.map((name) => returnOf(name) ?? Number.POSITIVE_INFINITY));
    await expect
      .poll(() => Date.now() > grownAtMs() + WINDOW_MS + 3_000, { timeout: 40_000, interval: 100 })
      .toBe(true);
    stop.abort();
    await Promise.all(traffic);

    const second = 1_000;
    const shares = Object.fromEntries(
      NAMES.map((name) => [name, sharesOf(of(name), returnOf(name) ?? 0, second, WINDOW_MS / second + 2)]),
    );
    for (const name of NAMES) {
      console.log(
        `slow start ${name}: back ${(returnOf(name) ?? 0) - outAtMs} ms after the recovery, share each second ${(shares[name] ?? []).map((share) => share.toFixed(2)).join(" ")}`,
      );
    }
    const [even = [], early = [], unproven = [], atOnce = []] = NAMES.map((name) => shares[name] ?? []);

    for (const name of NAMES) expect(tallyBy(of(name), answerKind), name).toEqual({ 200: of(name).length });
    for (const share of cold) expect(Math.abs(share - SHARE)).toBeLessThanOrEqual(0.05);
    // The walk is off its share by ln(90) + 1 requests of 90 at most.
    const noise = (Math.log(RATE_PER_SECOND) + 1) / RATE_PER_SECOND;
    for (const share of [...even, ...early, ...unproven, ...atOnce]) {
      expect(share).toBeLessThanOrEqual(SHARE + noise);
    }
    // 10 % of a weight of 1 beside 2 is 5 %.
    expect(even[0]).toBeLessThanOrEqual(0.05 + noise);
    expect(even.at(-1)).toBeGreaterThanOrEqual(SHARE - noise);
    const half = (list: readonly number[]) => list.slice(0, 3).reduce((sum, share) => sum + share, 0) / 3;
    // The square root of time, against time.
    expect(half(early)).toBeGreaterThan(half(even));
    // Time alone does not prove an origin.
    expect(Math.max(...unproven)).toBeLessThanOrEqual(0.06 + noise);
    expect(Math.min(...atOnce)).toBeGreaterThanOrEqual(SHARE - noise);
  });
});
