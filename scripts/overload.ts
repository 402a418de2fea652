/** `npm run overload`: what is served at 2, 5 and 10 times of what can be, and how soon all is well after a cut of capacity. */
import { parseArgs } from "node:util";
import { sleep } from "./lib/crowd.ts";
import { startEdge } from "./lib/edge.ts";
import { freePorts } from "./lib/free-ports.ts";
import { machineText } from "./lib/machine.ts";
import { percentile } from "./lib/percentile.ts";
import {
  DELAY_MS,
  EVERY_MS,
  IN_FLIGHT,
  overloadToml,
  PER_SECOND,
  PLACES,
  REGIONS,
} from "./overload/arrangement.ts";
import { listenToNoise } from "./overload/machine-noise.ts";
import { offer, type Shot } from "./overload/offered.ts";
import { type Region, startRegion } from "./overload/regions.ts";
import { goodShare, recoveredAfterSeconds, wish } from "./overload/retrying.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "30" },
    times: { type: "string", default: "1,2,5,10" },
    cut: { type: "string", default: "30" },
    cuts: { type: "string", default: "3" },
  },
});
const runMs = Number(values.seconds) * 1000;
const cutMs = Number(values.cut) * 1000;
/** Empty for none. */
const demands = values.times.split(",").filter(Boolean).map(Number);

/** Until the room is full: not counted. */
const WARM_UP_MS = 6_000;
const STAY_MS = 15_000;
const CUT_SHARE = 0.3;
const LOAD_SHARE = 0.8;
const BEFORE_MS = 10_000;
const AFTER_MS = 25_000;
const GOOD_SHARE = 0.95;
const RETRIES = 3;

const regions = await Promise.all(
  Array.from({ length: REGIONS }, (_, at) =>
    startRegion(`r${at}`, { capacity: IN_FLIGHT, delayMs: DELAY_MS }),
  ),
);
try {
  console.log(machineText());
  await flood();
  await overload();
  for (let run = 0; run < Number(values.cuts); run++) await cutAndRestore();
} finally {
  await Promise.all(regions.map((region) => region.stop()));
}

/** A fresh edge for each run. */
async function withEdge<T>(use: (urls: readonly string[]) => Promise<T>): Promise<T> {
  const edge = await startEdge({
    toml: overloadToml(regions.map(({ url }) => url)),
    environment: "development",
    host: "127.0.0.1",
    port: await freePorts(1),
    edges: 1,
    env: process.env,
    log: () => {},
  });
  try {
    return await use(edge.urls);
  } finally {
    await edge.stop();
  }
}

/** No room before it: whatever the regions cannot take is turned away by `max_in_flight`. */
async function flood(): Promise<void> {
  const goodputs: number[] = [];
  for (const times of demands) {
    await withEdge(async (urls) => {
      const noise = await listenToNoise();
      const ratePerSecond = times * PER_SECOND;
      const wishes = await wish({ urls, path: "/echo", ratePerSecond, durationMs: runMs, retries: 0 });
      const noiseMs = await noise.stop();
      const counted = wishes.filter(({ dueMs }) => dueMs >= WARM_UP_MS);
      const tookOf = (good: boolean) =>
        counted.filter(({ isGood }) => isGood === good).map(({ tookMs }) => tookMs);
      const goodput = tookOf(true).length / ((runMs - WARM_UP_MS) / 1000);
      goodputs.push(goodput);
      console.log(
        `without a room, ${times} x of ${PER_SECOND.toFixed(0)}/s: ${counted.length} asked, goodput ${goodput.toFixed(1)}/s (${percent(goodput / Math.max(...goodputs))} of the most so far); turned away ${spread(tookOf(false))}; served ${spread(tookOf(true))}; machine alone ${spread(noiseMs)}`,
      );
    });
  }
}

async function overload(): Promise<void> {
  const goodputs: number[] = [];
  for (const times of demands) {
    await withEdge(async (urls) => {
      const noise = await listenToNoise();
      const users = times * PLACES;
      const shots = await offer({ urls }, { users, everyMs: EVERY_MS, stayMs: STAY_MS, durationMs: runMs });
      const noiseMs = await noise.stop();
      const counted = shots.filter(({ dueMs }) => dueMs >= WARM_UP_MS);
      const tookOf = (end: Shot["end"]) =>
        counted.filter((shot) => shot.end === end).map(({ tookMs }) => tookMs);
      const goodput = tookOf("served").length / ((runMs - WARM_UP_MS) / 1000);
      goodputs.push(goodput);
      console.log(
        `before a room, ${times} x: ${counted.length} asked, goodput ${goodput.toFixed(1)}/s (${percent(goodput / Math.max(...goodputs))} of the most so far); shed ${spread(tookOf("queued"))}; served ${spread(tookOf("served"))}; failed ${tookOf("failed").length}; machine alone ${spread(noiseMs)}`,
      );
    });
  }
}

async function cutAndRestore(): Promise<void> {
  await withEdge(async (urls) => {
    const durationMs = BEFORE_MS + cutMs + AFTER_MS;
    const ratePerSecond = LOAD_SHARE * PER_SECOND;
    const wishing = wish({ urls, path: "/echo", ratePerSecond, durationMs, retries: RETRIES });
    await sleep(BEFORE_MS);
    await setDelay(regions, DELAY_MS / CUT_SHARE);
    await sleep(cutMs);
    await setDelay(regions, DELAY_MS);
    const wishes = await wishing;
    const restoredMs = BEFORE_MS + cutMs;
    const tries = wishes.reduce((sum, wish) => sum + wish.tries, 0);
    console.log(
      [
        `cut to ${percent(CUT_SHARE)} for ${cutMs / 1000} s at ${percent(LOAD_SHARE)} load:`,
        `well before ${percent(goodShare(wishes, 2_000, BEFORE_MS))},`,
        `in the cut ${percent(goodShare(wishes, BEFORE_MS, restoredMs))},`,
        `from 15 s after it on ${percent(goodShare(wishes, restoredMs + 15_000, durationMs))};`,
        `${percent(GOOD_SHARE)} again ${recoveredAfterSeconds(wishes, restoredMs, durationMs, GOOD_SHARE)} s after it;`,
        `${(tries / wishes.length).toFixed(2)} tries each`,
      ].join(" "),
    );
  });
}

async function setDelay(all: readonly Region[], delayMs: number): Promise<void> {
  await Promise.all(all.map((region) => region.set({ delayMs: Math.round(delayMs) })));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function spread(tookMs: readonly number[]): string {
  if (tookMs.length === 0) return "none";
  const at = (share: number) => percentile(tookMs, share).toFixed(0);
  return `${tookMs.length}, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms`;
}
