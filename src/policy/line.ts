/** What is published of a room each second: how many people wait before a time, small, and never growing for one time. */
import { bucketOf, type CrowdCurve } from "./crowd-curve.ts";
import type { Crowd } from "./presence.ts";

/** People still waiting by time of arrival, never more than there are, with the end exact. */
export interface Line extends CrowdCurve {
  readonly atMs: number;
  /** Edges that report, and for how long in sum their arrivals are not in the line yet. */
  readonly edges: number;
  readonly unreportedMs: number;
  /** All who arrived before then are in the line, but for a share that `merging.ts` bounds. */
  readonly completeMs: number;
}

/** A line as plain numbers: small in JSON. */
export type LineNumbers = readonly number[];

export const MAX_POINTS = 1500;
/** All edges' reports of a time have come after so long; from then on what was published for it only falls. */
export const SETTLE_MS = 2000;
/** The other quarter of a percent is in the Room object's spans. Exact where it is less than one person. */
const TOLERANCE = 0.0025;
/** Where the crowd is too jagged for {@link MAX_POINTS}, the tolerance grows by steps. */
const COARSER = 1.5;
const ROUNDING = 1e-6;

/** The next line. For times that had settled in the previous one it is nowhere above it. */
export function publishLine(previous: Line | undefined, crowd: Crowd, nowMs: number): Line {
  const atMs = Math.max(nowMs, previous?.atMs ?? 0);
  const samples = sample(previous, crowd.curve, atMs);
  let tolerance = TOLERANCE;
  let points = straighten(samples, tolerance);
  while (points.buckets.length > MAX_POINTS) {
    tolerance *= COARSER;
    points = straighten(samples, tolerance);
  }
  const { edges, unreportedMs, completeMs } = crowd;
  return { atMs, edges, unreportedMs, completeMs, ...points };
}

/** For storage and for the way to the edges. */
export function lineToNumbers({ atMs, edges, unreportedMs, completeMs, buckets, before }: Line): LineNumbers {
  const numbers = [atMs, edges, unreportedMs, completeMs];
  let lastBucket = 0;
  let lastBefore = 0;
  for (const [index, bucket] of buckets.entries()) {
    const people = before[index] ?? 0;
    numbers.push(bucket - lastBucket, people - lastBefore);
    lastBucket = bucket;
    lastBefore = people;
  }
  return numbers;
}

export function lineFromNumbers(numbers: LineNumbers): Line {
  const [atMs = 0, edges = 0, unreportedMs = 0, completeMs = 0] = numbers;
  const buckets: number[] = [];
  const before: number[] = [];
  for (let index = 4; index + 1 < numbers.length; index += 2) {
    buckets.push((buckets.at(-1) ?? 0) + (numbers[index] ?? 0));
    before.push((before.at(-1) ?? 0) + (numbers[index + 1] ?? 0));
  }
  return { atMs, edges, unreportedMs, completeMs, buckets, before };
}

interface Sample {
  readonly bucket: number;
  /** As counted. */
  readonly people: number;
  /** What may be published at most. Whole. */
  readonly most: number;
}

/**
 * Both curves are straight between two neighbouring samples, so the lower of the two lies above the straight line between
 * its values there: what is not above them at the samples is above them nowhere.
 */
function sample(previous: Line | undefined, curve: CrowdCurve, atMs: number): Sample[] {
  const end = Math.max(bucketOf(atMs) + 1, curve.buckets.at(-1) ?? 0);
  const settled = previous === undefined ? Number.NEGATIVE_INFINITY : bucketOf(previous.atMs - SETTLE_MS);
  const first = curve.buckets[0] ?? Number.POSITIVE_INFINITY;
  const held = [...(previous?.buckets ?? []), settled].filter(
    (bucket) => bucket > first && bucket <= settled,
  );
  const now = walker(curve);
  const then = previous === undefined ? undefined : walker(previous);
  return merged([...curve.buckets, end], held).map((bucket) => {
    const people = now(bucket);
    const limit = then !== undefined && bucket <= settled ? then(bucket) : people;
    return { bucket, people, most: Math.floor(Math.min(people, limit)) };
  });
}

/** Of two rising lists, each number once, rising. */
function merged(one: readonly number[], other: readonly number[]): number[] {
  const all: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (let at = 0, there = 0; at < one.length || there < other.length; ) {
    const left = one[at] ?? Number.POSITIVE_INFINITY;
    const right = other[there] ?? Number.POSITIVE_INFINITY;
    const next = Math.min(left, right);
    if (left === next) at += 1;
    if (right === next) there += 1;
    if (next !== last) all.push(next);
    last = next;
  }
  return all;
}

/** Reads a curve at rising times. */
function walker({ buckets, before }: CrowdCurve): (bucket: number) => number {
  let next = 0;
  return (bucket) => {
    while (next < buckets.length && (buckets[next] ?? 0) <= bucket) next += 1;
    if (next === 0) return 0;
    const left = before[next - 1] ?? 0;
    if (next === buckets.length) return left;
    const from = buckets[next - 1] ?? 0;
    return left + (((before[next] ?? 0) - left) * (bucket - from)) / ((buckets[next] ?? 0) - from);
  };
}

/**
 * The longest straight pieces, one after another, that are nowhere above what may be published and nowhere below it by
 * more than the tolerance (swing filter: Elmeleegy et al., VLDB 2009). Points are whole people.
 */
function straighten(samples: readonly Sample[], tolerance: number): CrowdCurve {
  const buckets: number[] = [];
  const before: number[] = [];
  const last = samples.length - 1;
  let start = 0;
  let height = samples[0]?.most ?? 0;
  const add = (bucket: number, people: number) => {
    buckets.push(bucket);
    before.push(people);
  };
  add(samples[0]?.bucket ?? 0, height);
  while (start < last) {
    const from = samples[start]?.bucket ?? 0;
    let lowest = 0;
    let steepest = Number.POSITIVE_INFINITY;
    let end = start + 1;
    let endHeight = samples[end]?.most ?? 0;
    for (let index = start + 1; index <= last; index += 1) {
      const { bucket, people, most } = samples[index] as Sample;
      const run = bucket - from;
      const least = index === last ? most : leastAt(people, most, tolerance);
      lowest = Math.max(lowest, (least - height) / run);
      steepest = Math.min(steepest, (most - height) / run);
      if (lowest > steepest + ROUNDING / run) break;
      // A product of a quotient may miss a whole number by its last bit.
      const reached = Math.min(most, Math.floor(height + steepest * run + ROUNDING));
      if (reached < height + lowest * run - ROUNDING) continue;
      end = index;
      endHeight = reached;
    }
    start = end;
    height = endHeight;
    add(samples[start]?.bucket ?? 0, height);
  }
  return { buckets, before };
}

/** What was held down already is not pressed further, second by second, unless there are too many points. */
function leastAt(people: number, most: number, tolerance: number): number {
  return Math.min(people * (1 - tolerance), most * (1 - (tolerance - TOLERANCE)));
}
