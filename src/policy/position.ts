/** Where a ticket stands in a line, as far as one edge can tell. */
import { BUCKET_MS, bucketOf, peopleBefore, totalOf } from "./crowd-curve.ts";
import type { Line } from "./line.ts";

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
/** Two people in one millisecond are no rate yet. */
const SHORTEST_RATE_MS = 50;
const ROUNDING = 1e-6;

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
  // Of a bucket's people, spread evenly, the second stands at the end of the first's part: whole people are ahead.
  // Of late arrivals some are filed together, in a span of time that is not over yet: all of them came before.
  const inLine = isNew && t >= line.atMs ? totalOf(line) : peopleBefore(line, upTo);
  const ahead = Math.floor(inLine + here + unknownBefore(line, t, local) + ROUNDING);
  const counted = Math.max(0, ahead) + 1;
  const position = isNew ? counted : Math.min(p, counted);
  return { position, ahead: position - 1 };
}

/** Whether all who arrived before a time are in the line. */
export function isMerged(line: Line, t: number): boolean {
  return t < line.completeMs;
}

/** How many arrivals before `t` the other edges have probably not reported yet: at the rate of all edges lately. */
export function unknownBefore(line: Line, t: number, local: LocalArrivals): number {
  const edges = Math.max(line.edges, local.edges);
  if (edges < 2 || isMerged(line, t)) return 0;
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
  const hereMs = Math.max(SHORTEST_RATE_MS, t - Math.max(reportedUntilMs, beganMs));
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
