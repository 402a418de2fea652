/** When a read is slow enough to be asked of a second region: after the 95th percentile of recent latency. */

/**
 * The last {@link SAMPLES} times to headers, in a ring, and their p95. A ring and not a P² estimator: it is exact, it
 * forgets by itself when an origin turns slow or fast, and it is plain data. Sorting it only at every
 * {@link REFRESH_EVERY}th sample keeps the cost of a sample small and constant.
 */
export interface LatencyQuantile {
  readonly samplesMs: number[];
  /** Where the next sample goes. */
  next: number;
  /** Samples since the figure was made. */
  sinceRefresh: number;
  /** 0 until there are {@link LEAST_SAMPLES}. */
  p95Ms: number;
}

export const SAMPLES = 128;
const REFRESH_EVERY = 16;
/** With 20 samples the p95 is the second slowest: fewer would make it the slowest, which is one accident. */
export const LEAST_SAMPLES = 20;
const QUANTILE = 0.95;

export function noLatencies(): LatencyQuantile {
  return { samplesMs: [], next: 0, sinceRefresh: 0, p95Ms: 0 };
}

/**
 * Adds a sample in place. Attempts that were cut off (timed out, or lost to a hedge) are added too, with the time that
 * they had taken: left out, the slow ones would vanish from the figure and hedges would come earlier and earlier.
 *
 * @param sampleMs ≥ 0
 */
export function observeSample(state: LatencyQuantile, sampleMs: number): void {
  state.samplesMs[state.next] = sampleMs;
  state.next = (state.next + 1) % SAMPLES;
  state.sinceRefresh += 1;
  const count = state.samplesMs.length;
  if (count < LEAST_SAMPLES || (state.p95Ms > 0 && state.sinceRefresh < REFRESH_EVERY)) return;
  state.sinceRefresh = 0;
  state.p95Ms = quantile(state.samplesMs, QUANTILE);
}

/** Nearest rank: the smallest sample that at least `share` of all do not exceed. */
export function quantile(samplesMs: readonly number[], share: number): number {
  // Numbers in an array of their own kind are sorted without a call for each pair.
  const sorted = Float64Array.from(samplesMs).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

export type Hedge = { readonly kind: "no" } | { readonly kind: "after"; readonly delayMs: number };

/**
 * When a second attempt may start. No hedge before there are samples enough, or when it would start as late as the
 * request's time ends.
 *
 * @param leastMs no sooner, however fast the pool is: hedges would only add traffic for milliseconds that nobody notices
 */
export function hedgeDelayMs(state: LatencyQuantile, timeLeftMs: number, leastMs: number): Hedge {
  if (state.samplesMs.length < LEAST_SAMPLES) return { kind: "no" };
  const delayMs = Math.max(leastMs, Math.ceil(state.p95Ms));
  return delayMs < timeLeftMs ? { kind: "after", delayMs } : { kind: "no" };
}
