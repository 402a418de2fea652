/** A second attempt for a read that takes unusually long; the first good answer counts. */
import { retryFailureOf } from "../policy/retry.ts";
import type { AttemptResult, RunningAttempt } from "./attempt.ts";

export type Second =
  | { readonly kind: "started"; readonly attempt: RunningAttempt }
  /** Nobody pays for it yet. */
  | { readonly kind: "look-again"; readonly afterMs: number }
  /** Nobody else may be asked. */
  | { readonly kind: "none" };

/**
 * Waits for `first`, and once it is late for a second one as well.
 *
 * @param startSecond asked when `first` is late
 * @param noteFailed told at once of the one that failed while the other was still on its way
 * @param letGo gets the one that is still on its way when the other has answered
 */
export function hedged(
  first: RunningAttempt,
  startSecond: () => Second,
  noteFailed: (failed: AttemptResult) => void,
  letGo: (loser: RunningAttempt) => void,
): Promise<AttemptResult> {
  // Most reads are not late, and pay for no more than this.
  return first.resultOr(() => whenLate(first, startSecond, noteFailed, letGo));
}

async function whenLate(
  first: RunningAttempt,
  startSecond: () => Second,
  noteFailed: (failed: AttemptResult) => void,
  letGo: (loser: RunningAttempt) => void,
): Promise<AttemptResult> {
  for (;;) {
    const second = startSecond();
    if (second.kind === "started") return firstGood(first, second.attempt, noteFailed, letGo);
    if (second.kind === "none") return first.result;
    const later = scheduler.wait(second.afterMs).then(() => "late" as const);
    const word = await Promise.race([first.result, later]);
    if (word !== "late") return word;
  }
}

async function firstGood(
  first: RunningAttempt,
  second: RunningAttempt,
  noteFailed: (failed: AttemptResult) => void,
  letGo: (loser: RunningAttempt) => void,
): Promise<AttemptResult> {
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
