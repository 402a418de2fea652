/** How many people came before a time: a rising line through points, which both the Room's count and what is published are. */

/**
 * Arrival times are counted in steps of so many milliseconds; within one, people are taken to be spread evenly. So fine that
 * of 10,000 in a second one comes in a step.
 */
export const BUCKET_MS = 1 / 8;
/** What arrival times and frontiers are whole numbers of: of the epoch's milliseconds a double holds four thousandths. */
export const TICK_MS = 2 ** -10;

/** Straight between its points, 0 before the first and level after the last. */
export interface CrowdCurve {
  /** Times in buckets since the epoch, whole and rising. */
  readonly buckets: readonly number[];
  /** People before the time; never falls. */
  readonly before: readonly number[];
}

export const NOBODY: CrowdCurve = { buckets: [], before: [] };

export function bucketOf(atMs: number): number {
  return Math.floor(atMs / BUCKET_MS);
}

export function totalOf({ before }: CrowdCurve): number {
  return before.at(-1) ?? 0;
}

/** People before a time, which may be a fraction of a bucket. */
export function peopleBefore({ buckets, before }: CrowdCurve, bucket: number): number {
  const next = firstWhere(buckets.length, (index) => (buckets[index] ?? 0) > bucket);
  if (next === 0) return 0;
  const left = before[next - 1] ?? 0;
  if (next === buckets.length) return left;
  const from = buckets[next - 1] ?? 0;
  return left + (((before[next] ?? 0) - left) * (bucket - from)) / ((buckets[next] ?? 0) - from);
}

/** The last time, in buckets, before which at most so many people came; Infinity when there are no more. */
export function lastWithAtMost({ buckets, before }: CrowdCurve, people: number): number {
  const next = firstWhere(before.length, (index) => (before[index] ?? 0) > people);
  if (next === before.length) return Number.POSITIVE_INFINITY;
  // The first point has nobody before it, so this one has a point to its left unless `people` is below zero.
  if (next === 0) return Number.NEGATIVE_INFINITY;
  return between(buckets, before, next, people);
}

/** The first time, in buckets, before which at least so many people came; Infinity when there are fewer. */
export function firstWithAtLeast({ buckets, before }: CrowdCurve, people: number): number {
  const next = firstWhere(before.length, (index) => (before[index] ?? 0) >= people);
  if (next === before.length) return Number.POSITIVE_INFINITY;
  return next === 0 ? (buckets[0] ?? 0) : between(buckets, before, next, people);
}

function between(buckets: readonly number[], before: readonly number[], next: number, people: number) {
  const left = before[next - 1] ?? 0;
  const from = buckets[next - 1] ?? 0;
  return from + (((buckets[next] ?? 0) - from) * (people - left)) / ((before[next] ?? 0) - left);
}

function firstWhere(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
