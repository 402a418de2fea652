/** A second attempt for a read that takes unusually long; the first good answer counts, the other is given up. */
import { observeSample } from "../policy/latency-quantile.ts";
import { retryFailureOf } from "../policy/retry.ts";
import type { AttemptResult, RunningAttempt } from "./attempt.ts";

/**
 * Waits for `first`, and from `delayMs` on for a second one as well.
 *
 * @param startSecond undefined when nobody else may be asked
 * @returns the winner first; a second result is there only when it failed before the winner was known
 */
export async function hedged(
  first: RunningAttempt,
  delayMs: number,
  startSecond: () => RunningAttempt | undefined,
): Promise<AttemptResult[]> {
  const early = await Promise.race([first.result, scheduler.wait(delayMs)]);
  if (early !== undefined) return [early];
  const second = startSecond();
  if (second === undefined) return [await first.result];

  const [winner, loser] = await Promise.race([
    first.result.then(() => [first, second] as const),
    second.result.then(() => [second, first] as const),
  ]);
  const won = await winner.result;
  if (retryFailureOf(won.outcome) !== undefined) return [await loser.result, won];
  giveUp(loser);
  return [won];
}

/** Its time counts all the same: else the quantile would know only quick answers, and hedges come ever earlier. */
function giveUp(loser: RunningAttempt): void {
  observeSample(loser.origin.memory.quantile, Date.now() - loser.sentAtMs);
  loser.cancel();
}
