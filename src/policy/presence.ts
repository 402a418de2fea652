/** Who still waits in a room: the Room object's count of people by time of arrival, kept up by what edges report. */
import {
  BUCKET_MS,
  type CrowdCurve,
  firstWithAtLeast,
  lastWithAtMost,
  NOBODY,
  peopleBefore,
  totalOf,
} from "./crowd-curve.ts";
import { type EdgeReports, forgetEdges, isRepeated, unreportedMs } from "./report-window.ts";

/** So many people of one bucket of arrival moved from being counted until one second to another. 0: not counted. */
export interface Move {
  readonly bucket: number;
  /** Epoch seconds, as signed in the ticket; 0 for a new one. */
  readonly from: number;
  /** 0 for those who left or were admitted. */
  readonly to: number;
  readonly count: number;
}

export interface Report {
  readonly edge: string;
  /** Rises by one with each report of this edge, and stays the same when one is sent again. */
  readonly seq: number;
  /** All that this edge saw before this time has been reported, with this report. */
  readonly untilMs: number;
  readonly moves: readonly Move[];
}

/**
 * Signed counts by (arrival, second until which they count), which makes the order of reports meaningless: what is taken
 * before it was put is owed, and the later put pays it. Far behind the front, arrivals are kept in spans of 2, 4, 8 …
 * buckets, so that the state stays small; each poll files a person anew, finer as the front comes nearer.
 */
export interface Presence {
  /** Second until which they count → span ({@link spanKey}) → people. */
  readonly until: Map<number, Map<number, number>>;
  /** Span → people, over all seconds, without what is owed. */
  readonly spans: Map<number, number>;
  total: number;
  /** People who were counted until a second that has come, and were not heard of again: in this object's life. */
  vanished: number;
  /** Entries in `until`. */
  cells: number;
  readonly edges: EdgeReports;
  curve: CrowdCurve | undefined;
  /** The curve when it was last drawn: what the width of spans goes by. */
  drawn: CrowdCurve;
}

/** What a line is published from. */
export interface Crowd {
  readonly curve: CrowdCurve;
  /** Edges that report, and for how long in sum their arrivals are not known yet. */
  readonly edges: number;
  readonly unreportedMs: number;
}

/**
 * A span holds at most twice this share of the people before it (it lies within so many on both sides), so that its
 * inside, which is taken as even, is wrong by at most a quarter of a percent.
 */
const SPAN_SHARE = 0.00125;
/** 2^12 buckets, 205 s. */
const MAX_LEVEL = 12;
/** In a span's key, beside the levels: people who were taken from a bucket before they were put there. */
const OWED = 31;
const LEVELS = 32;
/** Twice the longest poll interval, and as much again as clocks may differ. A wrong clock must not make a count stay. */
export const LONGEST_COUNTED_MS = 180_000;
/** Newcomers stay in their own bucket until the curve knows how dense the crowd around them is. */
const SETTLE_BUCKETS = 2000 / BUCKET_MS;
/** From here on each doubling of the cells doubles the spans. */
const MANY_CELLS = 250_000;
/** From here on everything goes into the widest spans: some 20 MB of memory. */
const MOST_CELLS = 500_000;

export function newPresence(): Presence {
  return {
    until: new Map(),
    spans: new Map(),
    total: 0,
    vanished: 0,
    cells: 0,
    edges: new Map(),
    curve: undefined,
    drawn: NOBODY,
  };
}

/**
 * Until when somebody counts who polled now and was told to poll again after `intervalMs`: twice that, in epoch seconds.
 * Rounded down, by a twenty-fourth at most where intervals are long, so that few different seconds are in use.
 */
export function countedUntil(nowMs: number, intervalMs: number): number {
  const grainSeconds = intervalMs >= 48_000 ? 4 : intervalMs >= 24_000 ? 2 : 1;
  return Math.floor((nowMs + 2 * intervalMs) / 1000 / grainSeconds) * grainSeconds;
}

/** Applies an edge's report, in place, unless it was applied before. */
export function applyReport(presence: Presence, report: Report, nowMs: number): "applied" | "repeated" {
  if (isRepeated(presence.edges, report, nowMs)) return "repeated";
  applyMoves(presence, report.moves, nowMs);
  return "applied";
}

/** Applies what the Room object itself knows, in place: those whom it admits are not in line any more. */
export function applyMoves(presence: Presence, moves: readonly Move[], nowMs: number): void {
  expire(presence, nowMs);
  for (const move of moves) {
    if (counts(move.from, nowMs)) take(presence, move.bucket, move.from, move.count);
    if (counts(move.to, nowMs)) put(presence, move);
  }
  presence.curve = undefined;
}

/** Forgets those whose second has come, in place. */
export function expire(presence: Presence, nowMs: number): void {
  for (const [second, spans] of presence.until) {
    if (second * 1000 > nowMs) continue;
    for (const [key, count] of spans) {
      if (isOwed(key)) continue;
      lessSpan(presence, key, count);
      presence.vanished += count;
    }
    presence.cells -= spans.size;
    presence.until.delete(second);
    presence.curve = undefined;
  }
  forgetEdges(presence.edges, nowMs, LONGEST_COUNTED_MS);
}

/** People by time of arrival, as of the last report and {@link expire}. */
export function curveOf(presence: Presence): CrowdCurve {
  presence.curve ??= drawCurve(presence.spans);
  presence.drawn = presence.curve;
  return presence.curve;
}

/** What is to be published now. Expires, in place. */
export function crowdOf(presence: Presence, nowMs: number): Crowd {
  expire(presence, nowMs);
  return { curve: curveOf(presence), ...unreportedMs(presence.edges, nowMs) };
}

/** People waiting who arrived before `atMs`. */
export function waitingBefore(presence: Presence, atMs: number): number {
  return peopleBefore(curveOf(presence), atMs / BUCKET_MS);
}

/**
 * A frontier in whole milliseconds, never later than `latestMs`; tickets at or before it are called. Within a bucket
 * people are taken to be spread evenly.
 *
 * - `at-most`: the largest at or before which at most `target` people wait.
 * - `at-least`: the smallest at or before which at least `target` people wait; the same as `at-most` for a target of
 *   zero. It never stands still before a crowd that arrived in one millisecond.
 */
export function frontierFor(
  presence: Presence,
  target: number,
  latestMs: number,
  side: "at-most" | "at-least",
): number {
  const curve = curveOf(presence);
  if (target >= totalOf(curve) && (side === "at-most" || target > totalOf(curve))) return latestMs;
  const upTo = (ms: number) => peopleBefore(curve, (ms + 1) / BUCKET_MS);
  const wanted = Math.max(0, target);
  if (side === "at-most" || target <= 0) {
    let ms = Math.floor(lastWithAtMost(curve, wanted) * BUCKET_MS);
    // The quotient may be off by its last bit.
    while (upTo(ms) > wanted) ms -= 1;
    return Math.min(latestMs, ms);
  }
  let ms = Math.floor(firstWithAtLeast(curve, wanted) * BUCKET_MS) - 2;
  while (upTo(ms) < wanted) ms += 1;
  return Math.min(latestMs, ms);
}

export function spanKey(bucket: number, level: number): number {
  const width = 2 ** level;
  return Math.floor(bucket / width) * width * LEVELS + level;
}

/** Puts people back from a blob, in place. */
export function restoreSpan(presence: Presence, second: number, key: number, count: number): void {
  addCell(presence, second, key, count);
  if (!isOwed(key)) moreSpan(presence, key, count);
}

function counts(second: number, nowMs: number): boolean {
  return second * 1000 > nowMs && second * 1000 <= nowMs + LONGEST_COUNTED_MS;
}

function take(presence: Presence, bucket: number, second: number, count: number): void {
  const spans = presence.until.get(second);
  let left = count;
  for (let level = 0; spans !== undefined && level <= MAX_LEVEL && left > 0; level += 1) {
    const key = spanKey(bucket, level);
    const taken = Math.min(left, spans.get(key) ?? 0);
    if (taken === 0) continue;
    lessCell(presence, spans, key, taken);
    lessSpan(presence, key, taken);
    left -= taken;
  }
  if (left > 0 && presence.cells < MOST_CELLS) {
    addCell(presence, second, bucket * LEVELS + OWED, left);
  }
}

function put(presence: Presence, { bucket, from, to, count }: Move): void {
  const spans = presence.until.get(to);
  const owedKey = bucket * LEVELS + OWED;
  const paid = Math.min(count, spans?.get(owedKey) ?? 0);
  if (spans !== undefined && paid > 0) lessCell(presence, spans, owedKey, paid);
  if (count === paid) return;
  const key = spanKey(bucket, levelFor(presence, bucket, from === 0));
  addCell(presence, to, key, count - paid);
  moreSpan(presence, key, count - paid);
}

/** How wide a span may be at a bucket, as a power of two. */
function levelFor({ drawn, cells }: Presence, bucket: number, isNew: boolean): number {
  if (cells >= MOST_CELLS) return MAX_LEVEL;
  const here = peopleBefore(drawn, bucket);
  const few = here * SPAN_SHARE;
  if (few < 1) return 0;
  const more = Math.max(0, Math.ceil(Math.log2(cells / MANY_CELLS)));
  const end = drawn.buckets.at(-1) ?? 0;
  if (isNew || bucket >= end - SETTLE_BUCKETS) return more;
  const back = bucket - lastWithAtMost(drawn, here - few);
  const ahead = Math.min(end, firstWithAtLeast(drawn, here + few)) - bucket;
  return Math.min(MAX_LEVEL, more + Math.floor(Math.log2(Math.max(1, Math.min(back, ahead)))));
}

/** Sums the spans' slopes. Widths are powers of two, so that all of this is exact. */
function drawCurve(spans: ReadonlyMap<number, number>): CrowdCurve {
  const bends = new Map<number, number>();
  const bend = (bucket: number, by: number) => bends.set(bucket, (bends.get(bucket) ?? 0) + by);
  for (const [key, count] of spans) {
    const width = 2 ** (key % LEVELS);
    const start = Math.floor(key / LEVELS);
    bend(start, count / width);
    bend(start + width, -count / width);
  }
  const buckets = Float64Array.from(bends.keys()).sort();
  const before: number[] = [];
  let sum = 0;
  let slope = 0;
  let last = 0;
  for (const bucket of buckets) {
    sum += slope * (bucket - last);
    slope += bends.get(bucket) ?? 0;
    last = bucket;
    before.push(sum);
  }
  return { buckets: Array.from(buckets), before };
}

function isOwed(key: number): boolean {
  return key % LEVELS === OWED;
}

function addCell(presence: Presence, second: number, key: number, count: number): void {
  let spans = presence.until.get(second);
  if (spans === undefined) {
    spans = new Map();
    presence.until.set(second, spans);
  }
  const had = spans.get(key);
  if (had === undefined) presence.cells += 1;
  spans.set(key, (had ?? 0) + count);
}

function lessCell(presence: Presence, spans: Map<number, number>, key: number, count: number): void {
  const left = (spans.get(key) ?? 0) - count;
  if (left > 0) {
    spans.set(key, left);
    return;
  }
  spans.delete(key);
  presence.cells -= 1;
}

function moreSpan(presence: Presence, key: number, count: number): void {
  presence.spans.set(key, (presence.spans.get(key) ?? 0) + count);
  presence.total += count;
}

function lessSpan(presence: Presence, key: number, count: number): void {
  const left = (presence.spans.get(key) ?? 0) - count;
  if (left > 0) presence.spans.set(key, left);
  else presence.spans.delete(key);
  presence.total -= count;
}
