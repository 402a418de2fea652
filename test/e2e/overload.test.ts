// Overload, in short (npm run overload is the long form): what is served at five times of what can be, and after a cut.
import { beforeAll, describe, expect, it } from "vitest";
import { sleep } from "../../scripts/lib/crowd.ts";
import { percentile } from "../../scripts/lib/percentile.ts";
import {
  DELAY_MS,
  EVERY_MS,
  IN_FLIGHT,
  overloadToml,
  PER_SECOND,
  PLACES,
  REGIONS,
} from "../../scripts/overload/arrangement.ts";
import { listenToNoise } from "../../scripts/overload/machine-noise.ts";
import { offer, type Shot } from "../../scripts/overload/offered.ts";
import { goodShare, type Wish, wish } from "../../scripts/overload/retrying.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { type Region, setAll, startRegion } from "../support/region.ts";
import { roomStatus } from "../support/rooms.ts";

const RUN_MS = 11_000;
/** By then the room is full: a called person may have to ask twice. */
const WARM_UP_MS = 6_000;
/** Longer than the run: nobody leaves, so that the room has no slot to hand over. */
const STAY_MS = 60_000;
const TIMES = 5;
const GOODPUT_SHARE = 0.9;
/** Of a crowd that comes within two seconds, some slots wait for people who are only guessed to be there. */
const FILLED_SHARE = 0.75;
const SHED_WITHIN_MS = 50;

const CUT_SHARE = 0.3;
const LOAD_SHARE = 0.8;
const BEFORE_MS = 1_000;
const CUT_MS = 6_000;
const RECOVERED_WITHIN_MS = 15_000;
const GOOD_SHARE = 0.95;
const WINDOW_MS = 1_500;
/** From a wish's first try to the end of its last. */
const LAST_TRY_MS = 4_500;

let regions: Region[];
let edge: Edge;
let urls: readonly string[];
beforeAll(async () => {
  regions = await Promise.all(
    Array.from({ length: REGIONS }, (_, at) =>
      startRegion(`r${at}`, { capacity: IN_FLIGHT, delay: `${DELAY_MS}ms` }),
    ),
  );
  edge = await startEdge({ config: overloadToml(regions.map(({ url }) => url)) });
  urls = edge.urls;
});

describe("more users than there is room for", () => {
  it("take nothing from those who are in, and are told so at once", async () => {
    const noise = await listenToNoise();
    const shots = await offer(
      { urls },
      { users: TIMES * PLACES, everyMs: EVERY_MS, stayMs: STAY_MS, durationMs: RUN_MS },
    );
    const noiseMs = await noise.stop();
    const counted = shots.filter(({ dueMs }) => dueMs >= WARM_UP_MS);
    const tookOf = (end: Shot["end"]) =>
      counted.filter((shot) => shot.end === end).map(({ tookMs }) => tookMs);
    // The room fills in its first seconds; who is in then asks at the same pace as before.
    const { active } = await roomStatus(edge);
    const most = (active * (RUN_MS - WARM_UP_MS)) / EVERY_MS;
    const [served, shed] = [tookOf("served"), tookOf("queued")];
    const added = percentile(shed, 0.95) - percentile(noiseMs, 0.95);
    console.log(
      `overload: ${active} of ${PLACES} in; served ${served.length} of at most ${most}, shed ${shed.length} in ${percentile(shed, 0.95).toFixed(0)} ms (p95), ${added.toFixed(0)} ms more than the machine alone; failed ${tookOf("failed").length}`,
    );
    expect(active).toBeGreaterThanOrEqual(FILLED_SHARE * PLACES);
    expect(active).toBeLessThanOrEqual(PLACES);
    expect(served.length).toBeGreaterThanOrEqual(GOODPUT_SHARE * most);
    expect(shed.length).toBeGreaterThan(most);
    expect(added).toBeLessThanOrEqual(SHED_WITHIN_MS);
  });
});

describe("regions that carry a third for a while, before clients that try again", () => {
  it("are well again by themselves once they carry all", async () => {
    const ended: Wish[] = [];
    const stopping = new AbortController();
    const startMs = performance.now();
    const wishing = wish({
      urls,
      path: "/echo",
      ratePerSecond: LOAD_SHARE * PER_SECOND,
      durationMs: 60_000,
      retries: 3,
      signal: stopping.signal,
      onEnd: (one) => ended.push(one),
    });
    await sleep(BEFORE_MS);
    await setAll(regions, { delayMs: Math.round(DELAY_MS / CUT_SHARE) });
    await sleep(CUT_MS);
    const cutShare = goodShare(ended, BEFORE_MS, performance.now() - startMs - LAST_TRY_MS);
    await setAll(regions, { delayMs: DELAY_MS });
    const restoredMs = performance.now() - startMs;
    // A wish that fails is given up after its last try, so a window is looked at once that is over.
    const lately = () => {
      const toMs = performance.now() - startMs - LAST_TRY_MS;
      return toMs - WINDOW_MS < restoredMs ? 0 : goodShare(ended, toMs - WINDOW_MS, toMs);
    };
    await expect
      .poll(lately, { timeout: RECOVERED_WITHIN_MS, interval: 100 })
      .toBeGreaterThanOrEqual(GOOD_SHARE);
    const tookMs = performance.now() - startMs - restoredMs;
    stopping.abort();
    await wishing;
    console.log(
      `cut: ${(100 * cutShare).toFixed(0)} % well in it, ${100 * GOOD_SHARE} % again ${(tookMs / 1000).toFixed(1)} s after it`,
    );
    expect(cutShare).toBeLessThan(GOOD_SHARE);
  });
});
