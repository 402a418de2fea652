/** Spans of arrival time, of 1, 2, 4 … buckets, in which people are counted, and the curve that they make. */
import { BUCKET_MS, type CrowdCurve } from "./crowd-curve.ts";

/** 262 s. */
export const MAX_LEVEL = Math.floor(Math.log2(262_144 / BUCKET_MS));
/** In a span's key, beside the levels: people who were taken from a bucket before they were put there. */
const OWED = 31;
const LEVELS = 32;

export function spanKey(bucket: number, level: number): number {
  const width = 2 ** level;
  return Math.floor(bucket / width) * width * LEVELS + level;
}

/** The people of a bucket who are owed. */
export function owedKey(bucket: number): number {
  return bucket * LEVELS + OWED;
}

export function isOwed(key: number): boolean {
  return key % LEVELS === OWED;
}

/**
 * Sums the spans' slopes, from each one's start to its end. Widths are powers of two, so that all of this is exact. Numbers
 * are sorted and not a map of bends: this is most of what a Room's object does in a flood.
 */
export function drawCurve(spans: ReadonlyMap<number, number>): CrowdCurve {
  const starts = Float64Array.from(spans.keys()).sort();
  const ends = Float64Array.from(spans.keys(), (key) => key + widthOf(key) * LEVELS).sort();
  const buckets: number[] = [];
  const before: number[] = [];
  let sum = 0;
  let slope = 0;
  let last = 0;
  let nextStart = 0;
  for (let nextEnd = 0; nextEnd < ends.length; ) {
    const bucket = Math.min(
      startOf(starts[nextStart] ?? Number.POSITIVE_INFINITY),
      startOf(ends[nextEnd] ?? 0),
    );
    sum += slope * (bucket - last);
    last = bucket;
    buckets.push(bucket);
    before.push(sum);
    for (; nextStart < starts.length && startOf(starts[nextStart] ?? 0) === bucket; nextStart += 1) {
      const key = starts[nextStart] ?? 0;
      slope += (spans.get(key) ?? 0) / widthOf(key);
    }
    for (; nextEnd < ends.length && startOf(ends[nextEnd] ?? 0) === bucket; nextEnd += 1) {
      const end = ends[nextEnd] ?? 0;
      const width = widthOf(end);
      slope -= (spans.get(end - width * LEVELS) ?? 0) / width;
    }
  }
  return { buckets, before };
}

const WIDTHS = Array.from({ length: LEVELS }, (_, level) => 2 ** level);

function widthOf(key: number): number {
  return WIDTHS[key % LEVELS] ?? 1;
}

function startOf(key: number): number {
  return Math.floor(key / LEVELS);
}

/** The curve without so many people of one span, whose start and end are among its points. */
export function withoutPeople({ buckets, before }: CrowdCurve, key: number, count: number): CrowdCurve {
  const start = startOf(key);
  const width = widthOf(key);
  return {
    buckets,
    before: before.map((people, index) => {
      const share = ((buckets[index] ?? 0) - start) / width;
      return share <= 0 ? people : people - count * Math.min(1, share);
    }),
  };
}
