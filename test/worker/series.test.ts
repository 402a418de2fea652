import { evictDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SeriesAnswer } from "../../src/config/series.ts";
import { metricsText } from "../../src/operator/metrics.ts";
import { BUCKET_LABELS } from "../../src/policy/histogram.ts";
import { askAdmin } from "./admin-client.ts";
import { bundleOf, controlWith, exchangeOf, walletToml } from "./support.ts";

const START_MS = Date.UTC(2026, 10, 25, 12);
const REQUESTS = 'tidegate_requests_total{route="/*",decision="proxied",code="2xx"}';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(START_MS);
});
afterEach(() => {
  vi.useRealTimers();
});

const control = () => controlWith(walletToml({ hk: 50, sg: 50 }));
const told = (by: number) => exchangeOf(bundleOf("first", 0), { edge: "one", counts: { [REQUESTS]: by } });

describe("the history in Control", () => {
  it("sums what edges tell in steps of ten seconds, and of five minutes for the day", async () => {
    const object = await control();
    for (const by of [1, 2, 4]) {
      await object.exchange(told(by));
      vi.setSystemTime(Date.now() + 6_000);
    }
    const hour = await object.series("hour", 0);
    expect(
      hour.steps.map(({ startMs, counts }) => [startMs - START_MS, counts["requests proxied 2xx"]]),
    ).toEqual([
      [0, 3],
      [10_000, 4],
    ]);
    const day = await object.series("day", 0);
    expect(day.steps.map(({ counts }) => counts["requests proxied 2xx"])).toEqual([7]);
  });

  it("tells only what may have changed since the reader looked", async () => {
    const object = await control();
    await object.exchange(told(1));
    vi.setSystemTime(START_MS + 60_000);
    await object.exchange(told(2));
    const { steps } = await object.series("hour", START_MS + 60_000);
    expect(steps.map(({ startMs }) => startMs)).toEqual([START_MS + 60_000]);
  });

  it("forgets what is older than an hour", async () => {
    const object = await control();
    await object.exchange(told(1));
    vi.setSystemTime(START_MS + 3_700_000);
    expect((await object.series("hour", 0)).steps).toEqual([]);
    expect((await object.series("day", 0)).steps).toHaveLength(1);
  });

  it("outlives the object, but for the step that was open", async () => {
    const object = await control();
    await object.exchange(told(1));
    vi.setSystemTime(START_MS + 10_000);
    await object.exchange(told(2));
    await evictDurableObject(object);
    const { steps } = await object.series("hour", 0);
    expect(steps.map(({ counts }) => counts["requests proxied 2xx"])).toEqual([1]);
  });

  it("tells how origins' states went, with reasons", async () => {
    const object = await control();
    await object.exchange(told(1));
    const { events } = await object.series("hour", 0);
    expect(events).toEqual([
      { atMs: START_MS, pool: "wallet", origin: "hk", state: "healthy", reason: "ok" },
      { atMs: START_MS, pool: "wallet", origin: "sg", state: "healthy", reason: "ok" },
    ]);
  });
});

describe("the history over the admin API", () => {
  it("is told to who may look, for an hour or a day", async () => {
    const answer = (await (await askAdmin("/series?window=day")).json()) as SeriesAnswer;
    expect(answer).toMatchObject({ stepMs: 300_000, steps: expect.any(Array), events: expect.any(Array) });
    expect((await askAdmin("/series", { headers: { authorization: undefined } })).status).toBe(401);
  });

  it.each(["window=week", "since=-1", "since=yesterday", "until=1"])("refuses %s", async (query) => {
    expect((await askAdmin(`/series?${query}`)).status).toBe(400);
  });
});

describe("durations as metrics", () => {
  it("are cumulative histograms, though each request is counted in one bucket", () => {
    const of = (le: string) => `tidegate_request_duration_seconds_bucket{pool="wallet",le="${le}"}`;
    const text = metricsText(
      {
        [of("0.01")]: 2,
        [of("0.005")]: 1,
        [of("+Inf")]: 3,
        'tidegate_request_duration_seconds_sum{pool="wallet"}': 40.5,
      },
      "prometheus",
    );
    const lines = text.split("\n");
    expect(lines).toContain("# TYPE tidegate_request_duration_seconds histogram");
    expect(
      lines.filter((line) => line.includes("_bucket")).map((line) => Number(line.split(" ").at(-1))),
    ).toEqual([1, ...BUCKET_LABELS.slice(1, -1).map(() => 3), 6]);
    expect(lines).toContain('tidegate_request_duration_seconds_count{pool="wallet"} 6');
    expect(lines).toContain('tidegate_request_duration_seconds_sum{pool="wallet"} 40.5');
  });
});
