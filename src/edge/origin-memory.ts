/** What this edge has seen of an origin; outlives snapshots and is told to Control. */
import type { EdgeReport } from "../config/health-report.ts";
import type { Availability } from "../policy/availability.ts";
import { type BodyWatch, nothingWatched } from "../policy/body-watch.ts";
import { type Ejection, NEVER_EJECTED } from "../policy/ejection.ts";
import { trusted, type WriteTrust } from "../policy/failed-writes.ts";
import { type InFlight, noneInFlight } from "../policy/in-flight.ts";
import type { Latency } from "../policy/latency.ts";
import { type LatencyQuantile, noLatencies } from "../policy/latency-quantile.ts";
import { type LiveStats, noOutcomes } from "../policy/outlier.ts";

export interface OriginMemory {
  readonly inFlight: InFlight;
  /** Hedges' losers that are waited for beside the answer. */
  readonly losers: InFlight;
  readonly latency: Latency;
  readonly quantile: LatencyQuantile;
  stats: LiveStats;
  readonly trust: WriteTrust;
  /** The newer of Control's word and this edge's own judgement, and what time has made of it. */
  ejection: Ejection;
  /** Control's last word, as far as it was news; undefined before the first. */
  controlWord: string | undefined;
  /** Whether it was ejected when last looked at. */
  wasOut: boolean;
  /** This edge has taken it back, and Control has not. */
  isBackFirst: boolean;
  lastTriedAtMs: number;
  /** When the origin came back, and what succeeded since; undefined when it was there from the start. */
  returned: { atMs: number; successes: number } | undefined;
  availability: Availability | undefined;
  /** Trials since the last report, and successes that Control has to hear of to take it back too. */
  tried: { successes: number; failures: number };
  /** Traffic since the last report. */
  hasNews: boolean;
  readonly watch: BodyWatch;
}

export function newMemory(nowMs: number, windowMs: number): OriginMemory {
  return {
    inFlight: noneInFlight(nowMs),
    losers: noneInFlight(nowMs),
    latency: { ms: 0, atMs: nowMs },
    quantile: noLatencies(),
    stats: noOutcomes(windowMs),
    trust: trusted(),
    ejection: NEVER_EJECTED,
    controlWord: undefined,
    wasOut: false,
    isBackFirst: false,
    lastTriedAtMs: 0,
    returned: undefined,
    availability: undefined,
    tried: { successes: 0, failures: 0 },
    hasNews: false,
    watch: nothingWatched(),
  };
}

/** Control did not get it: it is told with the next report. */
export function giveBackReport(memory: OriginMemory, { tried }: EdgeReport): void {
  memory.hasNews = true;
  memory.tried = {
    successes: memory.tried.successes + tried.successes,
    failures: memory.tried.failures + tried.failures,
  };
}

/** What to tell Control, and nothing twice. */
export function takeReport(pool: string, origin: string, memory: OriginMemory): EdgeReport | undefined {
  if (!memory.hasNews) return undefined;
  const { tried } = memory;
  memory.hasNews = false;
  memory.tried = { successes: 0, failures: 0 };
  return { pool, origin, stats: memory.stats, tried };
}
