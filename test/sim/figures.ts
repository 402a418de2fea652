/** What a big world costs and how well it keeps its promises, looked at every few seconds. */
import { COMMON_LANE } from "../../src/policy/room-rules.ts";
import { slotsInUse } from "../../src/policy/room-slots.ts";
import type { ControlObject } from "./control-object.ts";
import type { Edge } from "./edge.ts";
import type { LimiterObject } from "./limiter-object.ts";
import type { MonitorObject } from "./monitor-object.ts";
import type { Person } from "./person.ts";
import type { Region } from "./region.ts";
import type { RoomObject } from "./room-object.ts";

export interface Seen {
  readonly room: RoomObject;
  readonly control: ControlObject;
  readonly monitor: MonitorObject;
  readonly shards: readonly LimiterObject[];
  readonly edges: readonly Edge[];
  readonly regions: readonly Region[];
  readonly people: readonly Person[];
}

interface Counts {
  readonly exchanges: number;
  readonly claims: number;
  readonly control: number;
  readonly monitor: number;
  readonly shards: readonly number[];
  readonly regions: readonly number[];
}

/** As often as the world is looked at: each edge's last request since then counts. */
const LATELY_MS = 5000;
const MINUTE_MS = 60_000;

export class Figures {
  readonly #rates = new Map<string, number[]>();
  readonly #snapshotAges: number[] = [];
  readonly #publicationAges: number[] = [];
  readonly #shareErrors: number[] = [];
  readonly #memory = {
    most: 0,
    cells: 0,
    called: 0,
    standing: 0,
    publicationBytes: 0,
    waiting: 0,
    active: 0,
    leases: 0,
  };
  readonly #use: number[] = [];
  #before: { readonly atMs: number; readonly counts: Counts } | undefined;

  readonly #onMinute: (minute: number, report: () => Record<string, unknown>) => void;
  #minute = 0;
  #beganAtMs: number | undefined;

  /** @param onMinute after each simulated minute, with what is known so far: the whole may take hours */
  constructor(onMinute: (minute: number, report: () => Record<string, unknown>) => void = () => {}) {
    this.#onMinute = onMinute;
  }

  /** @param areRegionsWell whether each region is to have its full share */
  look(seen: Seen, nowMs: number, areRegionsWell: boolean): void {
    const counts = countsOf(seen);
    const { edges, room } = seen;
    if (this.#before !== undefined) this.#noteRates(this.#before, counts, nowMs, seen, areRegionsWell);
    this.#before = { atMs: nowMs, counts };
    for (const edge of edges) {
      const shownMs = nowMs + edge.offsetMs;
      const { atMs, ageMs } = edge.snapshots.decided;
      // An edge without traffic decides nothing, and a new one by its bundled file.
      if (shownMs - atMs > LATELY_MS || ageMs === Number.POSITIVE_INFINITY) continue;
      this.#snapshotAges.push(ageMs);
      const { publication } = edge.room.memory;
      if (publication !== undefined) this.#publicationAges.push(nowMs - publication.atMs);
    }
    const queue = room.room.queues.get(COMMON_LANE);
    const { active, leased } = slotsInUse(room.room.slots);
    const waiting = queue?.presence.total ?? 0;
    if (waiting > 1000)
      this.#use.push(
        (active + leased) / Math.max(1, room.room.rules.activeLimit * room.room.rules.reachable),
      );
    const memory = this.#memory;
    memory.most = Math.max(memory.most, process.memoryUsage.rss());
    memory.cells = Math.max(memory.cells, queue?.presence.cells ?? 0);
    memory.called = Math.max(memory.called, queue?.called.length ?? 0);
    memory.standing = Math.max(memory.standing, queue?.standing.size ?? 0);
    memory.waiting = Math.max(memory.waiting, waiting);
    memory.active = Math.max(memory.active, active);
    memory.leases = Math.max(
      memory.leases,
      edges.reduce((sum, { limits }) => sum + limits.remembered, 0),
    );
    const publication = edges[0]?.room.memory.publication;
    memory.publicationBytes = Math.max(memory.publicationBytes, JSON.stringify(publication ?? null).length);
    this.#beganAtMs ??= nowMs;
    const minute = Math.floor((nowMs - this.#beganAtMs) / MINUTE_MS);
    if (minute === this.#minute) return;
    this.#minute = minute;
    this.#onMinute(minute, () => this.report(waitedOf(seen.people)));
  }

  report(
    entries: readonly { readonly cameAtMs: number; readonly inAtMs: number }[],
  ): Record<string, unknown> {
    const perSecond = Object.fromEntries(
      [...this.#rates].map(([name, rates]) => [
        name,
        { mean: round(mean(rates)), p99: round(at(rates, 0.99)), most: round(at(rates, 1)) },
      ]),
    );
    const waits = entries.map(({ cameAtMs, inAtMs }) => (inAtMs - cameAtMs) / 1000);
    return {
      callsPerSecond: perSecond,
      snapshotAgeMs: quantiles(this.#snapshotAges),
      publicationAgeMs: quantiles(this.#publicationAges),
      shareErrorPercentagePoints: quantiles(this.#shareErrors.map((error) => 100 * error)),
      slotsInUseWhilePeopleWait: { mean: round(mean(this.#use)), p5: round(at(this.#use, 0.05)) },
      waitSeconds: quantiles(waits),
      fairness: fairnessOf(entries),
      memory: {
        ...this.#memory,
        most: `${Math.round(this.#memory.most / 2 ** 20)} MiB`,
        waiting: Math.round(this.#memory.waiting),
      },
    };
  }

  #noteRates(
    before: { readonly atMs: number; readonly counts: Counts },
    now: Counts,
    nowMs: number,
    { regions }: Seen,
    areRegionsWell: boolean,
  ): void {
    const seconds = (nowMs - before.atMs) / 1000;
    const note = (name: string, calls: number) => {
      const rates = this.#rates.get(name) ?? [];
      rates.push(calls / seconds);
      this.#rates.set(name, rates);
    };
    note("room exchanges", now.exchanges - before.counts.exchanges);
    note("room claims", now.claims - before.counts.claims);
    note("control", now.control - before.counts.control);
    note("monitor", now.monitor - before.counts.monitor);
    for (const [index, calls] of now.shards.entries())
      note("limiter, each shard", calls - (before.counts.shards[index] ?? 0));
    const requests = now.regions.map((count, index) => count - (before.counts.regions[index] ?? 0));
    const all = requests.reduce((sum, count) => sum + count, 0);
    note("requests to regions", all);
    if (!areRegionsWell || all < 1000) return;
    const weights = regions.reduce((sum, { plan }) => sum + plan.weight, 0);
    for (const [index, { plan }] of regions.entries()) {
      this.#shareErrors.push(Math.abs((requests[index] ?? 0) / all - plan.weight / weights));
    }
  }
}

/** Of a big world: who waited and came in. */
export function waitedOf(people: readonly Person[]) {
  return people.flatMap(({ cameAtMs, inAtMs, polls }) =>
    polls > 0 && inAtMs > 0 ? [{ cameAtMs, inAtMs }] : [],
  );
}

function countsOf({ room, control, monitor, shards, regions }: Seen): Counts {
  return {
    exchanges: room.exchanges,
    claims: room.claims,
    control: control.calls,
    monitor: monitor.calls,
    shards: shards.map(({ calls }) => calls),
    regions: regions.map(({ requests }) => requests),
  };
}

/** Of those who waited: how many pairs came in the other way round, and how long somebody was passed over. */
function fairnessOf(entries: readonly { readonly cameAtMs: number; readonly inAtMs: number }[]) {
  const byArrival = entries.toSorted((a, b) => a.cameAtMs - b.cameAtMs).map(({ inAtMs }) => inAtMs);
  const pairs = (byArrival.length * (byArrival.length - 1)) / 2;
  const passedOver: number[] = [];
  let earliestLater = Number.POSITIVE_INFINITY;
  for (const inAtMs of byArrival.toReversed()) {
    passedOver.push(Math.max(0, inAtMs - earliestLater) / 1000);
    earliestLater = Math.min(earliestLater, inAtMs);
  }
  return {
    whoWaited: byArrival.length,
    pairsInverted: pairs === 0 ? 0 : inversionsIn(byArrival) / pairs,
    secondsAfterTheFirstWhoCameLater: quantiles(passedOver),
  };
}

function inversionsIn(values: readonly number[]): number {
  let count = 0;
  const sort = (part: readonly number[]): readonly number[] => {
    if (part.length < 2) return part;
    const half = part.length >> 1;
    const [left, right] = [sort(part.slice(0, half)), sort(part.slice(half))];
    const merged: number[] = [];
    let taken = 0;
    for (const value of right) {
      while (taken < left.length && (left[taken] ?? 0) <= value) merged.push(left[taken++] ?? 0);
      count += left.length - taken;
      merged.push(value);
    }
    return [...merged, ...left.slice(taken)];
  };
  sort(values);
  return count;
}

function quantiles(values: readonly number[]) {
  const sorted = Float64Array.from(values).sort();
  const of = (share: number) => round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  return { p50: of(0.5), p99: of(0.99), most: of(1) };
}

function at(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? 0;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
