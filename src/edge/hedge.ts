/** A second attempt for a read that takes unusually long; the first good answer counts, the other is given up. */
import { observeSample } from "../policy/latency-quantile.ts";
import { retryFailureOf } from "../policy/retry.ts";
import type { AttemptResult, RunningAttempt } from "./attempt.ts";

/**
 * Waits for `first`, and from `delayMs` on for a second one as well.
 *
 * @param startSecond undefined when nobody else may be asked
 * @param noteFailed told at once of the one that failed while the other was still on its way
 */
export async function hedged(
  first: RunningAttempt,
  delayMs: number,
  startSecond: () => RunningAttempt | undefined,
  noteFailed: (failed: AttemptResult) => void,
): Promise<AttemptResult> {
  const early = await Promise.race([first.result, scheduler.wait(delayMs)]);
  if (early !== undefined) return early;
  const second = startSecond();
  if (second === undefined) return first.result;

  const [quicker, other] = await Promise.race([
    first.result.then(() => [first, second] as const),
    second.result.then(() => [second, first] as const),
  ]);
  const result = await quicker.result;
  if (retryFailureOf(result.outcome) === undefined) {
    giveUp(other);
    return result;
  }
  noteFailed(result);
  await result.response?.body?.cancel();
  return other.result;
}

/** Its time counts all the same: else the quantile would know only quick answers, and hedges come ever earlier. */
function giveUp(loser: RunningAttempt): void {
  observeSample(loser.origin.memory.quantile, Date.now() - loser.sentAtMs);
  loser.cancel();
}
