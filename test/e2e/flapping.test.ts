// A region that is down for three seconds and up for three: its state changes once in ten seconds at most.
import { beforeAll, describe, expect, it } from "vitest";
import { pool, poolsConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { watchState } from "../support/health.ts";
import { answerKind, type Entry, openLoop, tallyBy } from "../support/journal.ts";
import { type Region, startRegions } from "../support/region.ts";

const EDGES = 2;
const RATE_PER_SECOND = 120;
const FLAPPING_MS = 33_000;
const HOLD_MS = 10_000;
/** A state is seen up to one look late: the status each 200 ms, an edge's each 250 ms. */
const TOLERANCE_MS = 500;
/** An edge has 20 requests for the region in a second, so a silence of this length is no chance. */
const SILENT_MS = 1_000;

let regions: Region[];
let edge: Edge;
beforeAll(async () => {
  regions = await startRegions("hk", "sg", "fra");
  const health = { interval: "1s", timeout: "500ms" };
  // `plain` gives full shares at once, so that it is plain to see whether an edge sends traffic there.
  const pools = [
    pool("plain", regions, { affinity: "none", timeout: "2s", health, slow_start: { window: "0s" } }),
    pool("usual", regions, { affinity: "none", timeout: "2s", health }),
  ];
  edge = await startEdge({
    edges: EDGES,
    config: poolsConfig(pools),
  });
});

/** Only hk fails, so an answer that took more than one attempt, or none, had hk asked. */
const askedHk = ({ origin, attempts, status }: Entry) => origin === "hk" || attempts > 1 || status !== 200;

/** When an edge began or ceased to send traffic to hk. */
function turnsOf(entries: readonly Entry[]): number[] {
  const times = entries
    .filter(askedHk)
    .map(({ sentAtMs }) => sentAtMs)
    .toSorted((a, b) => a - b);
  return times.flatMap((atMs, index) => {
    const next = times[index + 1];
    return next !== undefined && next - atMs > SILENT_MS ? [atMs, next] : [];
  });
}

const gaps = (timesMs: readonly number[]) =>
  timesMs.slice(1).map((atMs, index) => atMs - (timesMs[index] ?? 0));

describe("a region that flaps every three seconds", () => {
  it("changes its state at most once in ten seconds, in status and in where traffic goes", async () => {
    const watch = watchState(edge, "plain", "hk");
    await regions[0]?.set({ fault: "flap" });
    const [entries = [], usual = []] = await Promise.all(
      ["plain", "usual"].map((name) =>
        openLoop({
          urls: edge.urls,
          ratePerSecond: RATE_PER_SECOND,
          durationMs: FLAPPING_MS,
          shot: () => ({ path: "/api/balance", headers: { Host: `${name}.test` } }),
        }),
      ),
    );
    await watch.stop();
    const states = watch.changes.map(({ state, reason }) => `${state} (${reason})`);
    const inStatus = gaps(watch.changes.slice(1).map(({ atMs }) => atMs));
    const turns = edge.urls.map((_, index) => turnsOf(entries.filter((entry) => entry.edge === index)));
    const inTraffic = turns.flatMap(gaps);
    const failed = entries.filter(({ status }) => status !== 200);
    console.log(
      `flapping: status ${states.join(" > ")}, ms between changes ${inStatus.join(", ")}; traffic turned ${turns.map(({ length }) => length).join(" and ")} times, ms between turns ${inTraffic.join(", ")}; ${failed.length} of ${entries.length} GETs failed ${JSON.stringify(tallyBy(failed, answerKind))}`,
    );
    console.log(
      `flapping with the usual slow start: ${JSON.stringify(tallyBy(usual, answerKind))} of ${usual.length}`,
    );
    expect(watch.changes.length).toBeGreaterThan(1);
    for (const index of edge.urls.keys()) expect(turns[index]?.length).toBeGreaterThan(0);
    for (const gapMs of inTraffic) expect(gapMs).toBeGreaterThanOrEqual(HOLD_MS - TOLERANCE_MS);
    for (const gapMs of inStatus) expect(gapMs).toBeGreaterThanOrEqual(HOLD_MS - TOLERANCE_MS);
  });
});
