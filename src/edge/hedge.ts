/** A second attempt for a read that takes unusually long; the first good answer counts. */
import { retryFailureOf } from "../policy/retry.ts";
import type { AttemptResult, RunningAttempt } from "./attempt.ts";

/**
 * Waits for `first`, and from `delayMs` on for a second one as well.
 *
 * @param startSecond undefined when nobody else may be asked
 * @param noteFailed told at once of the one that failed while the other was still on its way
 * @param letGo gets the one that is still on its way when the other has answered
 */
export async function hedged(
  first: RunningAttempt,
  delayMs: number,
  startSecond: () => RunningAttempt | undefined,
  noteFailed: (failed: AttemptResult) => void,
  letGo: (loser: RunningAttempt) => void,
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
    letGo(other);
    return result;
  }
  noteFailed(result);
  await result.response?.body?.cancel();
  return other.result;
}
