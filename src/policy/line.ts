/** What is published of a room each second: how many people wait before a time, small, and never growing for one time. */
import { BUCKET_MS, bucketOf, type CrowdCurve, peopleBefore, totalOf } from "./crowd-curve.ts";
import type { Crowd } from "./presence.ts";

/** People still waiting by time of arrival, never more than there are, with the end exact. */
export interface Line extends CrowdCurve {
  readonly atMs: number;
  /** Edges that report, and for how long in sum their arrivals are not in the line yet. */
  readonly edges: number;
  readonly unreportedMs: number;
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
  return { atMs, edges: crowd.edges, unreportedMs: crowd.unreportedMs, ...points };
}

/** For storage and for the way to the edges. */
export function lineToNumbers({ atMs, edges, unreportedMs, buckets, before }: Line): LineNumbers {
  const numbers = [atMs, edges, unreportedMs];
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
  const [atMs = 0, edges = 0, unreportedMs = 0] = numbers;
  const buckets: number[] = [];
  const before: number[] = [];
  for (let index = 3; index + 1 < numbers.length; index += 2) {
    buckets.push((buckets.at(-1) ?? 0) + (numbers[index] ?? 0));
    before.push((before.at(-1) ?? 0) + (numbers[index + 1] ?? 0));
  }
  return { atMs, edges, unreportedMs, buckets, before };
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
  const buckets = new Set([...curve.buckets, end]);
  if (previous !== undefined && curve.buckets.length > 0) {
    const first = curve.buckets[0] ?? 0;
    for (const bucket of [...previous.buckets, settled]) {
      if (bucket > first && bucket <= settled) buckets.add(bucket);
    }
  }
  const sorted = Float64Array.from(buckets).sort();
  const now = walker(curve);
  const then = previous === undefined ? undefined : walker(previous);
  return Array.from(sorted, (bucket) => {
    const people = now(bucket);
    const limit = then !== undefined && bucket <= settled ? then(bucket) : people;
    return { bucket, people, most: Math.floor(Math.min(people, limit)) };
  });
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

/** A ticket, as far as its place in line goes. */
export interface PlaceInLine {
  /** Time of arrival. */
  readonly t: number;
  /** The lowest position that was told so far, as signed in it; 0 when none was. */
  readonly p: number;
}

/** What an edge knows beside the line. */
export interface LocalArrivals {
  /** Tickets issued here that are not in the line yet, in the order of their buckets. */
  readonly arrivals: readonly { readonly bucket: number; readonly count: number }[];
  /** People who were let in or left here and are in the line still, in the order of their buckets. */
  readonly left?: LocalArrivals["arrivals"];
  /** All that arrived here before this time is in the line. */
  readonly reportedUntilMs: number;
  /** Edges at work, as Control knows them: in a line that nobody had joined yet, none has reported. */
  readonly edges: number;
}

export interface Position {
  /** ≥ 1; never more than was told before. */
  readonly position: number;
  /** `position` less one: what people are told must agree. */
  readonly ahead: number;
}

/** An edge that the Room object has not heard of reports within so long. */
const SILENT_LAG_MS = 1000;
/**
 * Standard deviations added to what is not known: a position told too low would stay, as none ever grows, while one told
 * too high is put right at the next poll.
 */
const CAUTION = 1;
/** The rate of arrivals is that of the latest so many milliseconds. */
const RATE_MS = 3000;

/**
 * Where a ticket stands. A ticket that is being issued (`p` 0) comes after all that are known in its bucket; it is not
 * itself among `local`. A later poll takes its bucket as evenly filled. What the other edges have not reported yet is
 * estimated, rather too high than too low.
 */
export function positionOf(line: Line, { t, p }: PlaceInLine, local: LocalArrivals): Position {
  const own = bucketOf(t);
  const isNew = p === 0;
  const upTo = isNew ? own + 1 : t / BUCKET_MS;
  const upToHere = (some: LocalArrivals["arrivals"]) => {
    let sum = 0;
    for (const { bucket, count } of some) {
      if (bucket > own) break;
      sum += bucket < own || isNew ? count : count * (upTo - own);
    }
    return sum;
  };
  const here = upToHere(local.arrivals) - upToHere(local.left ?? []);
  const ahead = Math.round(peopleBefore(line, upTo) + here + unknownBefore(line, t, local));
  const counted = Math.max(0, ahead) + 1;
  const position = isNew ? counted : Math.min(p, counted);
  return { position, ahead: position - 1 };
}

/** How many arrivals before `t` the other edges have probably not reported yet: at the rate of all edges lately. */
function unknownBefore(line: Line, t: number, local: LocalArrivals): number {
  const edges = Math.max(line.edges, local.edges);
  if (edges < 2) return 0;
  const { arrivals, reportedUntilMs } = local;
  const fromLineMs = firstSince(line, line.atMs - RATE_MS);
  // A flood began with its first: before that, nothing is missing.
  const beganMs = Math.min(fromLineMs, (arrivals[0]?.bucket ?? bucketOf(t)) * BUCKET_MS);
  const others = edges - 1;
  const lagMs = line.unreportedMs + (edges - line.edges) * SILENT_LAG_MS;
  const othersLagMs = Math.max(0, lagMs - Math.max(0, line.atMs - reportedUntilMs));
  const unknownMs = Math.min(othersLagMs + others * (t - line.atMs), others * (t - beganMs));
  if (unknownMs <= 0) return 0;
  // What is known: how many came, in how much of the edges' time.
  const here = arrivals.reduce((sum, { count }) => sum + count, 0);
  const hereMs = Math.max(BUCKET_MS, t - Math.max(reportedUntilMs, beganMs));
  const inLine = totalOf(line) - peopleBefore(line, fromLineMs / BUCKET_MS);
  const inLineMs = Math.max(0, line.edges * (line.atMs - fromLineMs) - line.unreportedMs);
  const known = inLine + here;
  const likely = (known / (inLineMs + hereMs)) * unknownMs;
  // Of the arrivals themselves, and of the rate that they were reckoned from: both are counts of chance events.
  const deviation = Math.sqrt(likely + likely ** 2 / Math.max(1, known));
  return likely + CAUTION * deviation;
}

/** When the first of those came who arrived at or after a time; the line's own time when nobody did. */
function firstSince(line: Line, atMs: number): number {
  const { buckets, before } = line;
  const index = buckets.findLastIndex((bucket) => bucket * BUCKET_MS <= atMs);
  if (index >= 0 && (before[index + 1] ?? 0) > (before[index] ?? 0)) return atMs;
  for (let next = Math.max(0, index); next + 1 < buckets.length; next += 1) {
    if ((before[next + 1] ?? 0) > (before[next] ?? 0)) return (buckets[next] ?? 0) * BUCKET_MS;
  }
  return line.atMs;
}
