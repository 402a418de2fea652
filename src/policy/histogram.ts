/** Decides in which bucket a duration is counted, and reads quantiles out of buckets. */

/** Upper bounds in seconds, as OpenTelemetry's semantic conventions have them for `http.server.request.duration`. */
export const BOUNDS_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
] as const;

/** The labels of the buckets; the last has no bound. */
export const BUCKET_LABELS: readonly string[] = [...BOUNDS_SECONDS.map(String), "+Inf"];

/** Of the bucket that counts it: the first whose bound it does not pass. */
export function bucketOf(durationMs: number): number {
  const seconds = durationMs / 1000;
  for (let index = 0; index < BOUNDS_SECONDS.length; index++) {
    if (seconds <= (BOUNDS_SECONDS[index] ?? 0)) return index;
  }
  return BOUNDS_SECONDS.length;
}

/**
 * The duration that a share of all does not pass, in milliseconds: linear within a bucket, as Prometheus'
 * `histogram_quantile` does it. What has no bound counts as the last one. Undefined without any.
 *
 * @param counts by bucket, each without those below it
 */
export function quantileMs(counts: readonly number[], share: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total <= 0) return undefined;
  const rank = share * total;
  let below = 0;
  for (const [index, count] of counts.entries()) {
    if (count > 0 && below + count >= rank) {
      const upper = BOUNDS_SECONDS[index];
      const lower = index === 0 ? 0 : (BOUNDS_SECONDS[index - 1] ?? 0);
      if (upper === undefined) return lower * 1000;
      return (lower + ((upper - lower) * (rank - below)) / count) * 1000;
    }
    below += count;
  }
  return (BOUNDS_SECONDS.at(-1) ?? 0) * 1000;
}
