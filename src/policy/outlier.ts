/** Whether live traffic fails so clearly on one origin that it should be ejected: absolute tests, right for two origins. */
import type { Evidence } from "./outcome.ts";

/** Outcomes of one stretch of time. */
export interface Bucket {
  /** Which stretch: epoch milliseconds divided by `bucketMs`. */
  number: number;
  successes: number;
  failures: number;
}

/** What is known of one origin's live traffic. Times are epoch milliseconds, 0 for never. */
export interface LiveStats {
  /** Failures since the last success. */
  consecutiveFailures: number;
  /** When the first of them was. */
  failingSinceMs: number;
  lastSuccessAtMs: number;
  lastFailureAtMs: number;
  /** The last {@link LAST_OUTCOMES} outcomes or fewer: how many there are, and a bit for each, 1 for a success. */
  lastCount: number;
  lastBits: number;
  /** How long a bucket is: a {@link WINDOW_BUCKETS}th of the window. */
  readonly bucketMs: number;
  /** A ring: the bucket with number n is at n modulo {@link WINDOW_BUCKETS}. */
  readonly buckets: Bucket[];
}

export const WINDOW_BUCKETS = 10;
/** As long as Envoy's sweep: long enough for a volume, short enough that an old good time does not hide a fault. */
export const DEFAULT_WINDOW_MS = 10_000;
export const LAST_OUTCOMES = 10;

/** The statistics of an origin without traffic, for rates over `windowMs`. Also for one that came back from an ejection. */
export function noOutcomes(windowMs = DEFAULT_WINDOW_MS): LiveStats {
  return {
    consecutiveFailures: 0,
    failingSinceMs: 0,
    lastSuccessAtMs: 0,
    lastFailureAtMs: 0,
    lastCount: 0,
    lastBits: 0,
    bucketMs: windowMs / WINDOW_BUCKETS,
    buckets: Array.from({ length: WINDOW_BUCKETS }, (_, number) => ({ number, successes: 0, failures: 0 })),
  };
}

/** Counts one outcome in place, in constant time. */
export function observeOutcome(stats: LiveStats, evidence: Evidence, nowMs: number): void {
  if (evidence === "neutral") return;
  const bucket = bucketAt(stats, Math.floor(nowMs / stats.bucketMs));
  const succeeded = evidence === "success";
  if (succeeded) {
    bucket.successes += 1;
    stats.consecutiveFailures = 0;
    stats.lastSuccessAtMs = nowMs;
  } else {
    bucket.failures += 1;
    if (stats.consecutiveFailures === 0) stats.failingSinceMs = nowMs;
    stats.consecutiveFailures += 1;
    stats.lastFailureAtMs = nowMs;
  }
  stats.lastCount = Math.min(LAST_OUTCOMES, stats.lastCount + 1);
  stats.lastBits = ((stats.lastBits << 1) | (succeeded ? 1 : 0)) & ((1 << LAST_OUTCOMES) - 1);
}

function bucketAt(stats: LiveStats, number: number): Bucket {
  const at = number % WINDOW_BUCKETS;
  const bucket = stats.buckets[at];
  if (bucket?.number === number) return bucket;
  const fresh = { number, successes: 0, failures: 0 };
  stats.buckets[at] = fresh;
  return fresh;
}

/** The outcomes of the window that ends now. */
export function windowTotals(stats: LiveStats, nowMs: number): { successes: number; failures: number } {
  let successes = 0;
  let failures = 0;
  for (const bucket of stats.buckets) {
    if (!isInWindow(bucket.number, stats.bucketMs, nowMs)) continue;
    successes += bucket.successes;
    failures += bucket.failures;
  }
  return { successes, failures };
}

/** Buckets of a future that a clock jump took back are not in it. */
function isInWindow(number: number, bucketMs: number, nowMs: number): boolean {
  const newest = Math.floor(nowMs / bucketMs);
  return number <= newest && number > newest - WINDOW_BUCKETS;
}

/**
 * All edges as one, for Control. Windows and last outcomes add up (the latter of edges that were busy within the window
 * only). A streak counts unless a success came to any edge after it began: so a client that makes requests fail
 * on a quiet edge (a slow path, a body the origin resets on) cannot take a region out for everybody.
 *
 * @param windowMs of the configuration; an edge that still counts by another one is left out
 */
export function mergeStats(
  reports: readonly LiveStats[],
  nowMs: number,
  windowMs = DEFAULT_WINDOW_MS,
): LiveStats {
  const merged = noOutcomes(windowMs);
  const edges = reports.filter(({ bucketMs }) => bucketMs === merged.bucketMs);
  merged.lastSuccessAtMs = Math.max(0, ...edges.map((edge) => edge.lastSuccessAtMs));
  merged.lastFailureAtMs = Math.max(0, ...edges.map((edge) => edge.lastFailureAtMs));
  let anySuccess = 0;
  for (const edge of edges) {
    for (const { number, successes, failures } of edge.buckets) {
      if (!isInWindow(number, edge.bucketMs, nowMs)) continue;
      const bucket = bucketAt(merged, number);
      bucket.successes += successes;
      bucket.failures += failures;
    }
    // The same millisecond: under load an edge's own last success often lies in it, and came before.
    if (edge.consecutiveFailures > 0 && edge.failingSinceMs >= merged.lastSuccessAtMs) {
      const isFirst = merged.consecutiveFailures === 0;
      merged.failingSinceMs = isFirst
        ? edge.failingSinceMs
        : Math.min(merged.failingSinceMs, edge.failingSinceMs);
      merged.consecutiveFailures += edge.consecutiveFailures;
    }
    const lastAtMs = Math.max(edge.lastSuccessAtMs, edge.lastFailureAtMs);
    if (nowMs - lastAtMs > windowMs) continue;
    merged.lastCount = Math.min(LAST_OUTCOMES, merged.lastCount + edge.lastCount);
    anySuccess |= edge.lastBits;
  }
  merged.lastBits = anySuccess;
  return merged;
}

export interface EjectionThresholds {
  /** Failures in a row. */
  readonly consecutiveFailures: number;
  /** The failure rate that must be proven, 0 to 1. */
  readonly failureRate: number;
  /** Outcomes in the window before its rate is looked at. */
  readonly minimumVolume: number;
  /**
   * How long a streak must have lasted. 0 in an edge: what it sees, it sees. In Control longer than the time between
   * two reports, so that every edge had the time to contradict.
   */
  readonly confirmMs: number;
}

export const EDGE_THRESHOLDS: EjectionThresholds = {
  consecutiveFailures: 5,
  failureRate: 0.5,
  minimumVolume: 20,
  confirmMs: 0,
};

/** One and a half report intervals, while edges are few. */
export const CONTROL_THRESHOLDS: EjectionThresholds = { ...EDGE_THRESHOLDS, confirmMs: 1500 };

/** So many edges that all saw an origin fail, and none that saw it succeed since, agree. */
const AGREEING_EDGES = 3;
/** Reports may be late by so much of the time within which they come. */
const LATE = 1.5;

/** How many edges' failures make up a streak of all edges together. */
export function witnessesOf(reports: readonly LiveStats[], merged: LiveStats): number {
  return reports.filter(
    ({ consecutiveFailures, failingSinceMs }) =>
      consecutiveFailures > 0 && failingSinceMs >= merged.lastSuccessAtMs,
  ).length;
}

/**
 * How long a streak must have lasted for Control, milliseconds. Of thousands of edges each reports only every few seconds:
 * one or two that fail wait until all others had the time to contradict; several at once need not.
 *
 * @param toldWithinMs within so long every edge has told what it has seen
 */
export function confirmedAfterMs(
  { confirmMs }: EjectionThresholds,
  witnesses: number,
  toldWithinMs: number,
): number {
  return witnesses >= AGREEING_EDGES ? confirmMs : Math.max(confirmMs, LATE * toldWithinMs);
}

export type EjectionReason = "consecutive-failures" | "failure-rate" | "no-success";

export type EjectionDecision =
  | { readonly kind: "keep" }
  | { readonly kind: "eject"; readonly reason: EjectionReason };

/**
 * Whether the origin should be ejected. Each test is of the origin alone: comparing with the mean of two or three
 * regions finds nothing (grpc-java#12537).
 */
export function decideEjection(
  stats: LiveStats,
  thresholds: EjectionThresholds,
  nowMs: number,
): EjectionDecision {
  const isConfirmed = nowMs - stats.failingSinceMs >= thresholds.confirmMs;
  if (isConfirmed && stats.consecutiveFailures >= thresholds.consecutiveFailures)
    return { kind: "eject", reason: "consecutive-failures" };
  const { successes, failures } = windowTotals(stats, nowMs);
  const volume = successes + failures;
  if (volume >= thresholds.minimumVolume && wilsonLowerBound(failures, volume) >= thresholds.failureRate)
    return { kind: "eject", reason: "failure-rate" };
  if (isConfirmed && stats.lastCount >= LAST_OUTCOMES && stats.lastBits === 0)
    return { kind: "eject", reason: "no-success" };
  return { kind: "keep" };
}

/** The quantile of the normal distribution for a two-sided 95 % interval. */
const Z_95 = 1.96;

/**
 * The lower end of Wilson's 95 % score interval for a proportion (Wilson 1927; method 3 in Newcombe 1998): the rate
 * that `hits` of `total` prove at least. 0 for no trials and for no hits.
 */
export function wilsonLowerBound(hits: number, total: number, z = Z_95): number {
  if (total <= 0 || hits <= 0) return 0;
  const rate = hits / total;
  const z2 = z * z;
  const centre = rate + z2 / (2 * total);
  const margin = z * Math.sqrt((rate * (1 - rate) + z2 / (4 * total)) / total);
  return Math.max(0, (centre - margin) / (1 + z2 / total));
}
