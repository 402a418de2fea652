/** When a read that is still without an answer is asked of a second origin too, and what pays for that. */
import type { Hedge } from "./latency-quantile.ts";

/** A read at its first origin. */
export interface LateRead {
  /** Since it was sent. */
  readonly waitedMs: number;
  /** To the headers, all attempts together, from when it was sent. */
  readonly timeoutMs: number;
  /** Of its origin, as `latency-quantile.ts` tells it; 0 when unknown. */
  readonly p95Ms: number;
}

/** A read that found nobody to pay looks again so often in its time: an origin may go out meanwhile. */
const LOOKS = 8;

/** Later than this a second origin would have no time; times that ran out lift a p95 as far as the time-out itself. */
const LATEST_LOOK = 3 / 4;

/**
 * When to look first whether a second origin should be asked, counted from the start.
 *
 * A read of a pool that does not hedge looks at the half of its time, so that the second origin has as long as the first
 * had. The first is not given up: whatever answers first counts, so a read that takes long everywhere is answered as
 * before. Where answers usually take longer than that, it waits for its p95.
 */
export function firstLookMs(hedge: Hedge, timeoutMs: number, p95Ms: number): number {
  const lateMs = Math.min(Math.max(timeoutMs / 2, p95Ms), timeoutMs * LATEST_LOOK);
  return hedge.kind === "after" ? Math.min(hedge.delayMs, lateMs) : lateMs;
}

export interface SecondMeans {
  readonly attempts: number;
  readonly mostAttempts: number;
  /** Of `retry-budget.ts`. */
  readonly hasBudget: boolean;
  /** The origin where the read waits has gone out since: nothing is to be hoped for from it. */
  readonly isOriginOut: boolean;
  /** What {@link mayRescue} says. */
  readonly mayRescue: boolean;
}

export type SecondDecision =
  | { readonly kind: "start"; readonly paidBy: "budget" | "rescue" }
  | { readonly kind: "look-again"; readonly afterMs: number }
  /** It waits for its first origin alone. */
  | { readonly kind: "no" };

/** What to do when a read looks. */
export function decideSecond(read: LateRead, means: SecondMeans): SecondDecision {
  if (means.attempts >= means.mostAttempts) return { kind: "no" };
  if (means.hasBudget) return { kind: "start", paidBy: "budget" };
  if (means.isOriginOut && means.mayRescue) return { kind: "start", paidBy: "rescue" };
  const lateMs = firstLookMs({ kind: "no" }, read.timeoutMs, read.p95Ms);
  const afterMs = read.waitedMs < lateMs ? lateMs - read.waitedMs : read.timeoutMs / LOOKS;
  return read.waitedMs + afterMs < read.timeoutMs ? { kind: "look-again", afterMs } : { kind: "no" };
}

/** Reads that were moved from an origin that had gone out, in the stretch of time that began at `sinceMs`. */
export interface Rescues {
  sinceMs: number;
  made: number;
}

/** What the origins that are left did in the same length of time. */
export interface OthersRecord {
  readonly successes: number;
  readonly failures: number;
}

/** Rescues may add half to what the others answer, for as long as the waiting reads last. */
const RESCUE_SHARE = 0.5;
/** Above this share of failures they are not well themselves, and more load is the last thing that they need. */
const WELL_BELOW = 0.1;

/**
 * Whether a read may leave an origin that went out, though the budget is spent. The budget guards against retrying into
 * origins that are all in trouble; its ten tokens are gone after five failures, and that is just when the origin is ejected.
 * What then still waits there is no wave of retries: it is finite, comes once an ejection, and each read moves at its
 * own half time, as fast as it had come. So it is bounded by how well the others do, and not by the tokens.
 */
export function mayRescue(rescues: Rescues, others: OthersRecord, windowMs: number, nowMs: number): boolean {
  const made = isPresent(rescues, windowMs, nowMs) ? rescues.made : 0;
  return made < RESCUE_SHARE * others.successes && others.failures < WELL_BELOW * others.successes;
}

/** Counts one in place. */
export function noteRescue(rescues: Rescues, windowMs: number, nowMs: number): void {
  if (!isPresent(rescues, windowMs, nowMs)) {
    rescues.sinceMs = nowMs;
    rescues.made = 0;
  }
  rescues.made += 1;
}

/** A clock that was set back ends the stretch as well. */
function isPresent({ sinceMs }: Rescues, windowMs: number, nowMs: number): boolean {
  return nowMs >= sinceMs && nowMs - sinceMs < windowMs;
}
