/** How many retries an edge may make, and how long it waits before one. */

/**
 * How many retries an edge may still make (gRPC A6, client retry throttling), in thousandths of a token so that
 * tenths add up exactly. Hedges draw on it too.
 */
export interface RetryBudget {
  milliTokens: number;
  readonly maxMilliTokens: number;
  /** What a success brings back. */
  readonly successMilliTokens: number;
}

const FAILURE_MILLI_TOKENS = 1000;
const DEFAULT_TOKENS = 10;
/** Ten successes earn one retry, so retries stay near a tenth of requests. */
const DEFAULT_RATIO = 0.1;

/**
 * @param tokens A6's `maxTokens`, 1 to 1,000
 * @param ratio A6's `tokenRatio`, 0.001 to 1, of which three places count
 */
export function fullBudget(tokens = DEFAULT_TOKENS, ratio = DEFAULT_RATIO): RetryBudget {
  const maxMilliTokens = tokens * 1000;
  return { milliTokens: maxMilliTokens, maxMilliTokens, successMilliTokens: Math.round(ratio * 1000) };
}

/** An attempt failed, or its answer forbade a retry: one token less. Call it before {@link hasBudget}, as A6 does. */
export function spendBudget(budget: RetryBudget): void {
  budget.milliTokens = Math.max(0, budget.milliTokens - FAILURE_MILLI_TOKENS);
}

/** An attempt succeeded: a part of a token more. */
export function earnBudget(budget: RetryBudget): void {
  budget.milliTokens = Math.min(budget.maxMilliTokens, budget.milliTokens + budget.successMilliTokens);
}

/** Retries and hedges are allowed while more than half of the tokens are there. */
export function hasBudget(budget: RetryBudget): boolean {
  return budget.milliTokens > budget.maxMilliTokens / 2;
}

const BACK_OFF_BASE_MS = 25;
const BACK_OFF_CAP_MS = 250;

/**
 * The wait before a retry: full jitter over `(2^retry - 1) × 25 ms`, at most 250 ms, as Envoy's router does it: below
 * 25, 75, 175, 250 ms.
 *
 * @param retry 1 for the first retry
 * @param random in [0, 1)
 */
export function retryBackOffMs(retry: number, random: number): number {
  return Math.floor(random * Math.min(BACK_OFF_CAP_MS, (2 ** retry - 1) * BACK_OFF_BASE_MS));
}
