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
 * Sums the spans' slopes, from each one's start to its end. Widths are powers of two, so that all of this is exact. Two spans
 * lie apart or one in the other, so that what was begun last ends first. Numbers are sorted and not a map of bends: this is
 * most of what a Room's object does in a flood.
 */
export function drawCurve(spans: ReadonlyMap<number, number>): CrowdCurve {
  const buckets: number[] = [];
  const before: number[] = [];
  let sum = 0;
  let slope = 0;
  let last = -1;
  /** Of the spans that are not over, the one that ends first is the last. */
  const ends: number[] = [];
  const slopes: number[] = [];
  const bendAt = (bucket: number): void => {
    if (bucket === last) return;
    sum += slope * (bucket - last);
    last = bucket;
    buckets.push(bucket);
    before.push(sum);
  };
  const endUpTo = (bucket: number): void => {
    for (let end = ends.at(-1); end !== undefined && end <= bucket; end = ends.at(-1)) {
      bendAt(end);
      ends.pop();
      slope -= slopes.pop() ?? 0;
    }
  };
  for (const turned of Float64Array.from(spans.keys(), widestFirst).sort()) {
    const key = widestFirst(turned);
    const start = startOf(key);
    const width = widthOf(key);
    endUpTo(start);
    bendAt(start);
    const its = (spans.get(key) ?? 0) / width;
    slope += its;
    ends.push(start + width);
    slopes.push(its);
  }
  endUpTo(Number.POSITIVE_INFINITY);
  return { buckets, before };
}

/** A key by which the widest of one start comes first; and back again. */
function widestFirst(key: number): number {
  return key + LEVELS - 1 - 2 * (key % LEVELS);
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
