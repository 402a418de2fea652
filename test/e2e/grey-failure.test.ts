// A grey failure: the health check is well and the traffic fails. Only time and a trial by real reads bring it back.
import { beforeAll, describe, it } from "vitest";
import { pool, poolsConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { originStatus, untilState, watchState } from "../support/health.ts";
import { answerKind, type Entry, openLoop, tallyBy } from "../support/journal.ts";
import { payment } from "../support/payment.ts";
import { type Region, type Settings, startRegion } from "../support/region.ts";

const EDGES = 2;
const READS_PER_SECOND = 40;
const WRITES_PER_SECOND = 10;
const HOLD_MS = 10_000;
/** Base 1 s, then 2 s, 3 s, … at most `max`: so many trials fail in the time watched. */
const EJECTION = { base: "1s", max: "3s" };
const WATCHED_MS = HOLD_MS + 4_000;

const CASES: readonly { name: string; fault: Settings["fault"]; count5xx: boolean }[] = [
  { name: "status-503", fault: "status-503", count5xx: false },
  { name: "grey", fault: "grey", count5xx: true },
];

const regions = new Map<string, Region>();
let good: Region;
let edge: Edge;
beforeAll(async () => {
  good = await startRegion("good");
  for (const { name } of CASES) regions.set(name, await startRegion("hk"));
  const pools = CASES.map(({ name, count5xx }) =>
    pool(name, [{ name: "hk", url: regions.get(name)?.url ?? "" }, good], {
      affinity: "none",
      timeout: "2s",
      health: { interval: "1s", timeout: "500ms" },
      ejection: { ...EJECTION, count_5xx: count5xx },
    }),
  );
  edge = await startEdge({
    edges: EDGES,
    config: poolsConfig(pools),
  });
});

describe("a region whose health check is well while its traffic fails", () => {
  it.concurrent.for(CASES)(
    "is ejected, stays out as long as it fails, and comes back by time and trial: $name",
    async ({ name, fault }, { expect }) => {
      const region = regions.get(name);
      if (region === undefined) throw new Error("not started");
      const headers = { Host: `${name}.test` };
      const seen: Entry[] = [];
      const stop = new AbortController();
      const traffic = [
        openLoop({
          urls: edge.urls,
          ratePerSecond: READS_PER_SECOND,
          durationMs: 90_000,
          signal: stop.signal,
          shot: () => ({ path: "/api/balance", headers }),
          onEntry: (entry) => seen.push(entry),
        }),
        openLoop({
          urls: edge.urls,
          ratePerSecond: WRITES_PER_SECOND,
          durationMs: 90_000,
          signal: stop.signal,
          shot: (index) => payment(`${name}-${index}`, headers),
          onEntry: (entry) => seen.push(entry),
        }),
      ];
      const since = (atMs: number) => seen.filter(({ sentAtMs }) => sentAtMs >= atMs);
      try {
        await expect.poll(() => seen.length, { timeout: 5_000 }).toBeGreaterThan(50);
        const failingAtMs = Date.now();
        await region.set({ fault, scope: "traffic" });
        const outMs = await untilState(edge, name, "hk", ["ejected"], 10_000);
        const outAtMs = Date.now();
        await expect.poll(() => Date.now() - outAtMs, { timeout: 5_000 }).toBeGreaterThan(1_000);
        await region.resetCounts();
        const watch = watchState(edge, name, "hk");
        await expect
          .poll(() => Date.now() - outAtMs, { timeout: WATCHED_MS + 5_000 })
          .toBeGreaterThan(WATCHED_MS);
        await watch.stop();
        const { byMethod, byPath } = await region.counts();
        const { probes } = await originStatus(edge, name, "hk");
        const whileOut = since(outAtMs + 1_000);

        await region.set({ fault: "none", scope: "all" });
        const curedAtMs = Date.now();
        const wayBack = watchState(edge, name, "hk");
        const backMs = await untilState(edge, name, "hk", ["healthy"], 20_000).catch(() => undefined);
        await wayBack.stop();
        const states = wayBack.changes.map(
          ({ atMs, state, reason }) => `${state} (${reason}) after ${atMs - curedAtMs} ms`,
        );
        const trials = byPath["/api/balance"] ?? 0;
        console.log(
          `grey failure ${name}: out ${outMs} ms after it began, ${seen.filter(({ sentAtMs, endedAtMs, status }) => sentAtMs >= failingAtMs && endedAtMs <= outAtMs && status >= 500).length} failures seen by clients until then; ${trials} reads tried it in ${WATCHED_MS - 1_000} ms, ${byMethod.POST ?? 0} payments; clients meanwhile ${JSON.stringify(tallyBy(whileOut, answerKind))}; back ${backMs ?? "not within 20,000"} ms after the cure; ${states.join(", ")}`,
        );

        expect(watch.changes.map(({ state }) => state)).toEqual(["ejected"]);
        expect(probes).toMatchObject([{ healthy: true, status: 200 }]);
        expect(byMethod.POST ?? 0).toBe(0);
        // One an edge and a second at most.
        expect(trials).toBeLessThanOrEqual((EDGES * WATCHED_MS) / 1_000);
        expect(trials).toBeGreaterThan(0);
        // A read on trial that fails is answered by another region.
        expect(tallyBy(whileOut, answerKind)).toEqual({ 200: expect.any(Number), 201: expect.any(Number) });
        // The last trial may just have failed: at most `max` and its jitter, then three reads a second apart.
        expect(backMs).toBeDefined();
        expect(backMs ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(3_300 + 3_000 + 2_000);
        await expect
          .poll(() => since(curedAtMs).some(({ origin }) => origin === "hk"), { timeout: 5_000 })
          .toBe(true);
        const { state } = await originStatus(edge, name, "hk");
        expect(state).toBe("healthy");
      } finally {
        stop.abort();
        await Promise.all(traffic);
      }
    },
  );
});
