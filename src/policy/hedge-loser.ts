/** Whether a hedge's loser is waited for beside the answer: an origin that hangs would else never be caught at it. */
import { LAST_OUTCOMES } from "./outlier.ts";

/** An attempt that is still without headers when another origin has answered the same read. */
export interface Loser {
  /** Since it was sent. */
  readonly waitedMs: number;
  /** Of its origin, as `latency-quantile.ts` tells it; 0 when unknown. */
  readonly p95Ms: number;
  /** Losers of the same origin that this edge waits for already. */
  readonly othersWaitedFor: number;
}

/** What the pool says. */
export interface LoserOptions {
  readonly timeoutMs: number;
  /** False where no failure could eject anybody. */
  readonly ejects: boolean;
  /** Failures in a row that eject. */
  readonly consecutiveFailures: number;
}

export type LoserDecision =
  /** Cut it off; nothing is learnt of its origin. */
  | { readonly kind: "give-up" }
  /** Wait for its headers so long; without them it counts as timed out. 0 when it has had its time already. */
  | { readonly kind: "wait"; readonly forMs: number };

/** Cloudflare ends work behind an answer after 30 s; what would be cut off then would tell nothing. */
export const LONGEST_WAIT_MS = 20_000;

/**
 * A loser's patience is half of the pool's time-out: that another origin answered the same read in that time says
 * that the read can be answered, so the rest of the time need not pass. An origin whose usual answers take long is given
 * twice its p95, up to the whole time-out. A fixed second, or a multiple of the p95 alone, would eject a fast region for
 * being slow once.
 *
 * Cutting every loser off at the hedge's delay, a few milliseconds, could not tell a hanging origin from a slow one: it
 * has to be waited for. But only by as many losers as one of ejection's tests needs: an origin that is slow under load is
 * spared the work of all others.
 */
export function decideLoser(
  { waitedMs, p95Ms, othersWaitedFor }: Loser,
  { timeoutMs, ejects, consecutiveFailures }: LoserOptions,
): LoserDecision {
  if (!ejects || othersWaitedFor >= Math.min(consecutiveFailures, LAST_OUTCOMES)) return { kind: "give-up" };
  const half = Math.min(timeoutMs / 2, LONGEST_WAIT_MS);
  const patienceMs = Math.min(timeoutMs, Math.max(half, 2 * p95Ms));
  const forMs = Math.max(0, patienceMs - waitedMs);
  return forMs > LONGEST_WAIT_MS ? { kind: "give-up" } : { kind: "wait", forMs };
}
