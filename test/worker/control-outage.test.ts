import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import type { ExchangeAnswer } from "../../src/config/control-api.ts";
import type { OriginHealth } from "../../src/config/health-report.ts";
import type { Snapshot } from "../../src/config/snapshot.ts";
import { balance } from "../../src/edge/balance.ts";
import type { Compiled } from "../../src/edge/compiled.ts";
import { noteOutcome } from "../../src/edge/note-outcome.ts";
import { poolState } from "../../src/edge/pool-state.ts";
import { openVisit } from "../../src/edge/visit.ts";
import { NEVER_EJECTED } from "../../src/policy/ejection.ts";
import { LONGEST_BACK_OFF_MS, REFRESH_DEADLINE_MS } from "../../src/policy/refresh.ts";
import { ANSWERED, ejected } from "./pools.ts";
import { type FreshEdge, freshEdge, walletSnapshot, walletToml } from "./support.ts";

const START_MS = Date.UTC(2026, 10, 30, 18);
const SECOND = 1000;
const OUTAGE_SECONDS = 600;
const WINDOW = { fromSecond: 240, toSecond: 300 };
const EJECTED_UNTIL_SECOND = 60;
const WEIGHTS = { hk: 50, sg: 30, fra: 20 };
/** Waits at 1, 2, 4, 8 and 16 s from each other, then every 30 s. */
const MOST_WAITS = 5 + 1 + OUTAGE_SECONDS / (LONGEST_BACK_OFF_MS / SECOND);

const isoAt = (second: number): string => new Date(START_MS + second * SECOND).toISOString();
const MAINTENANCE = [
  {
    pool: "wallet",
    origin: "hk",
    start: isoAt(WINDOW.fromSecond),
    end: isoAt(WINDOW.toSecond),
    drain: "0s",
  },
];

type Exchange = () => Promise<ExchangeAnswer>;
const DEAD: [string, Exchange][] = [
  ["fails", () => Promise.reject(new Error("no such object"))],
  ["never answers", () => new Promise<never>(() => undefined)],
];

/** What the monitors said last, and Control's ejection of fra. */
function lastSnapshot(): Snapshot {
  const well: OriginHealth = { probes: "healthy", capacity: undefined, ejection: NEVER_EJECTED };
  const fra = { ...well, ejection: ejected(START_MS + EJECTED_UNTIL_SECOND * SECOND) };
  const snapshot = walletSnapshot(WEIGHTS, 7, { maintenance: MAINTENANCE });
  return { ...snapshot, health: { wallet: { hk: well, sg: well, fra } } };
}

/** Names the Control object, and so the colo's cache, of one test. */
let colo = 0;
const newColo = (): string => `outage-${++colo}`;

/** An edge that has Control's last snapshot, taken at the start; Control dies after it. */
async function warmEdge(dead: Exchange): Promise<FreshEdge> {
  let exchange: Exchange = async () => ({
    kind: "snapshot",
    etag: "control:7",
    snapshot: lastSnapshot(),
  });
  const edge = await freshEdge({ controlName: newColo(), exchange: () => exchange() });
  await edge.request();
  await edge.settled();
  exchange = dead;
  return edge;
}

const coldEdge = (dead: Exchange): Promise<FreshEdge> =>
  freshEdge({
    controlName: newColo(),
    exchange: dead,
    toml: walletToml(WEIGHTS, { maintenance: MAINTENANCE }),
  });

/** What a second's read and write met. */
interface Second {
  readonly second: number;
  readonly version: number;
  readonly readAt: string;
  readonly writeAt: string;
  readonly isTrial: boolean;
  /** States of the origins, by name. */
  readonly states: Readonly<Record<string, string>>;
  readonly waitedMs: number;
}

/** One read and one write at each second of the outage. Every origin answers well. */
async function liveThrough(edge: FreshEdge): Promise<Second[]> {
  const seconds: Second[] = [];
  for (let second = 1; second <= OUTAGE_SECONDS; second++) {
    const sentAtMs = START_MS + second * SECOND;
    vi.setSystemTime(sentAtMs);
    const compiled = await edge.request();
    const waitedMs = Date.now() - sentAtMs;
    if (compiled === undefined) throw new Error(`second ${second}: nothing to decide with`);
    seconds.push({ second, version: compiled.version, waitedMs, ...serve(compiled, Date.now()) });
  }
  return seconds;
}

function serve(compiled: Compiled, nowMs: number): Pick<Second, "readAt" | "writeAt" | "isTrial" | "states"> {
  const [pool] = compiled.pools;
  if (pool === undefined) throw new Error("no pool");
  const { origins } = poolState(pool, nowMs);
  const states = Object.fromEntries(
    pool.origins.map(({ name }, index) => [name, origins[index]?.state ?? ""]),
  );
  const place = (isWrite: boolean) => {
    const visit = openVisit(new Request("https://edge.example/api"), compiled, nowMs, {
      waitUntil: () => undefined,
    });
    const attempt = { isWrite, mayTry: !isWrite, asked: [] };
    const placement = balance(visit, pool, poolState(pool, nowMs), attempt, nowMs);
    if (placement.kind !== "origin") return { at: placement.kind, isTrial: false };
    const { index, isTrial } = placement;
    noteOutcome(
      pool,
      { origin: index, isTrial, isWrite, sentAtMs: nowMs, tookMs: 0, outcome: ANSWERED },
      nowMs,
    );
    return { at: pool.origins[index]?.name ?? "", isTrial };
  };
  const read = place(false);
  return { readAt: read.at, isTrial: read.isTrial, writeAt: place(true).at, states };
}

/** The seconds at which an origin's state changed, with the new state. */
function changesOf(seconds: readonly Second[], name: string): [number, string][] {
  return seconds.flatMap(({ second, states }, index): [number, string][] => {
    const state = states[name] ?? "";
    return state === seconds[index - 1]?.states[name] ? [] : [[second, state]];
  });
}

/** Reads and writes that were not placed at an origin that was healthy then; a read on trial is to find that out. */
function unserved(seconds: readonly Second[]): Second[] {
  return seconds.filter(
    ({ readAt, writeAt, isTrial, states }) =>
      states[writeAt] !== "healthy" || (states[readAt] !== "healthy" && !isTrial),
  );
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

let wait: MockInstance<typeof scheduler.wait>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const really = scheduler.wait.bind(scheduler);
  // A wait moves the clock and takes hardly any real time.
  wait = vi.spyOn(scheduler, "wait").mockImplementation(async (ms) => {
    const untilMs = Date.now() + Number(ms);
    await really(1);
    if (Date.now() < untilMs) vi.setSystemTime(untilMs);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe.each(DEAD)("ten minutes in which Control %s", (how, dead) => {
  it("cost no user of an edge with a snapshot a request", async () => {
    const seconds = await liveThrough(await warmEdge(dead));
    expect(seconds).toHaveLength(OUTAGE_SECONDS);
    expect(unserved(seconds)).toEqual([]);
    expect(new Set(seconds.map(({ version }) => version))).toEqual(new Set([7]));
  });

  it("cost no user of a cold edge a request: it decides with its bundled file", async () => {
    const seconds = await liveThrough(await coldEdge(dead));
    expect(unserved(seconds)).toEqual([]);
    expect(new Set(seconds.map(({ version }) => version))).toEqual(new Set([0]));
    expect(new Set(seconds.map(({ readAt }) => readAt))).toEqual(new Set(Object.keys(WEIGHTS)));
    expect(wait.mock.calls.length).toBeLessThanOrEqual(MOST_WAITS + 1);
  });

  it("make requests wait for 100 ms at most, at growing intervals", async () => {
    const edge = await warmEdge(dead);
    wait.mockClear();
    const seconds = await liveThrough(edge);
    const waitedMs = seconds.map((second) => second.waitedMs);
    const waits = wait.mock.calls.length;
    console.log(
      `Control ${how} for ${OUTAGE_SECONDS} s: ${waits} waits, ${sum(waitedMs)} ms in sum, the longest ${Math.max(...waitedMs)} ms`,
    );
    expect(new Set(wait.mock.calls.map(([ms]) => ms))).toEqual(new Set([REFRESH_DEADLINE_MS]));
    expect(waits).toBeLessThanOrEqual(MOST_WAITS);
    expect(Math.max(...waitedMs)).toBeLessThanOrEqual(REFRESH_DEADLINE_MS);
    const waitedAt = seconds.filter((second) => second.waitedMs > 0).map(({ second }) => second);
    const intervals = waitedAt.slice(1).map((second, index) => second - (waitedAt[index] ?? 0));
    expect(intervals).toEqual(intervals.toSorted((a, b) => a - b));
  });

  it.each([
    ["with a snapshot", warmEdge],
    ["that started cold", coldEdge],
  ])("keep the file's maintenance window to the second, in an edge %s", async (_, start) => {
    const seconds = await liveThrough(await start(dead));
    expect(changesOf(seconds, "hk")).toEqual([
      [1, "healthy"],
      [WINDOW.fromSecond, "maintenance"],
      [WINDOW.toSecond, "healthy"],
    ]);
    const atHk = seconds.filter(({ readAt, writeAt }) => readAt === "hk" || writeAt === "hk");
    expect(atHk.some(({ second }) => second < WINDOW.fromSecond)).toBe(true);
    expect(atHk.some(({ second }) => second >= WINDOW.toSecond)).toBe(true);
  });

  it("end Control's last ejection: three reads on trial after its time, then slow start to the full share", async () => {
    const seconds = await liveThrough(await warmEdge(dead));
    const trials = seconds.filter(({ isTrial }) => isTrial).map(({ second, readAt }) => [second, readAt]);
    expect(trials).toEqual([0, 1, 2].map((after) => [EJECTED_UNTIL_SECOND + after, "fra"]));
    expect(changesOf(seconds, "fra")).toEqual([
      [1, "ejected"],
      [EJECTED_UNTIL_SECOND + 3, "healthy"],
    ]);
    const last = seconds.slice(-200).flatMap(({ readAt, writeAt }) => [readAt, writeAt]);
    expect(last.filter((name) => name === "fra").length / last.length).toBeCloseTo(0.2, 1);
  });
});
