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
import { drawCurve, isOwed, MAX_LEVEL, owedKey, spanKey, withoutPeople } from "./person-span.ts";
import { type EdgeReports, forgetEdges, isRepeated, type Unreported, unreportedOf } from "./report-window.ts";
import { laterSeconds, type Silence } from "./silence.ts";

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
  silence: Silence | undefined;
  curve: CrowdCurve | undefined;
  /** Span → by how much its people have changed, while moves are applied. */
  readonly changes: Map<number, number>;
  /** The curve when it was last drawn: what the width of spans goes by. */
  drawn: CrowdCurve;
}

/** What a line is published from. */
export interface Crowd extends Unreported {
  readonly curve: CrowdCurve;
}

/**
 * A span holds at most twice this share of the people before it (it lies within so many on both sides), so that its
 * inside, which is taken as even, is wrong by at most a quarter of a percent.
 */
const SPAN_SHARE = 0.00125;
/** Twice the longest poll interval, and as much again as clocks may differ. A wrong clock must not make a count stay. */
export const LONGEST_COUNTED_MS = 180_000;
/** How dense the crowd is around newcomers the curve does not know yet: they are filed by how many came in so long. */
const SETTLE_BUCKETS = 2000 / BUCKET_MS;
/** A flood may set in at any time, so a person a millisecond is reckoned with, and no span of newcomers is wider than 64 ms. */
const LEAST_DENSITY = BUCKET_MS;
const MAX_NEW_LEVEL = Math.log2(64 / BUCKET_MS);
/** So few are taken out of a drawn curve, which costs its length each time. */
const FEW_CHANGES = 4;
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
    silence: undefined,
    curve: undefined,
    changes: new Map(),
    drawn: NOBODY,
  };
}

/** Within so long an edge of a few tells of a poll: the rest of the interval is long enough to wait for it. */
const TOLD_WITHIN_MS = 1000;

/**
 * Until when somebody counts who polled now and was told to poll again after `intervalMs`: twice that, in epoch seconds.
 * Rounded down, by a twenty-fourth at most where intervals are long, so that few different seconds are in use.
 *
 * @param paceMs between two exchanges of the edge: of thousands, each has its turn so seldom that the next poll is told of
 *   late, and nobody is to drop out of the line until then
 */
export function countedUntil(nowMs: number, intervalMs: number, paceMs: number): number {
  const grainSeconds = intervalMs >= 48_000 ? 4 : intervalMs >= 24_000 ? 2 : 1;
  const lateMs = Math.max(0, paceMs - TOLD_WITHIN_MS);
  return Math.floor((nowMs + 2 * intervalMs + lateMs) / 1000 / grainSeconds) * grainSeconds;
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
  presence.changes.clear();
  for (const move of moves) {
    takeFrom(presence, move, nowMs);
    if (counts(move.to, nowMs)) put(presence, move);
  }
  redraw(presence);
}

/** Takes away who was counted until then: as they are, or as they are counted on over a silence. */
function takeFrom(presence: Presence, { bucket, from, count }: Move, nowMs: number): void {
  const isCounted = counts(from, nowMs);
  let left = isCounted ? takeThere(presence, bucket, from, count) : count;
  for (const later of laterSeconds(presence.silence, from, LONGEST_COUNTED_MS, nowMs)) {
    if (left === 0) return;
    if (counts(later, nowMs)) left = takeThere(presence, bucket, later, left);
  }
  if (isCounted && left > 0 && presence.cells < MOST_CELLS) {
    addCell(presence, from, owedKey(bucket), left);
  }
}

/** Whom a poll has filed anew in the same span changes no curve, and few who went are taken out of it. */
function redraw(presence: Presence): void {
  const { changes, curve } = presence;
  const changed = [...changes].filter(([, by]) => by !== 0);
  changes.clear();
  if (changed.length === 0 || curve === undefined) return;
  const isSmall = changed.length <= FEW_CHANGES && changed.every(([, by]) => by < 0);
  presence.curve = isSmall
    ? changed.reduce((left, [key, by]) => withoutPeople(left, key, -by), curve)
    : undefined;
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
    presence.changes.clear();
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
  return { curve: curveOf(presence), ...unreportedOf(presence.edges, nowMs) };
}

/** Puts people back from a blob, in place. */
export function restoreSpan(presence: Presence, second: number, key: number, count: number): void {
  addCell(presence, second, key, count);
  if (!isOwed(key)) moreSpan(presence, key, count);
}

function counts(second: number, nowMs: number): boolean {
  return second * 1000 > nowMs && second * 1000 <= nowMs + LONGEST_COUNTED_MS;
}

/** How many of them were not found. */
function takeThere(presence: Presence, bucket: number, second: number, count: number): number {
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
  return left;
}

function put(presence: Presence, { bucket, from, to, count }: Move): void {
  const spans = presence.until.get(to);
  const owed = owedKey(bucket);
  const paid = Math.min(count, spans?.get(owed) ?? 0);
  if (spans !== undefined && paid > 0) lessCell(presence, spans, owed, paid);
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
  if (isNew || bucket >= end - SETTLE_BUCKETS) {
    const density = (totalOf(drawn) - peopleBefore(drawn, end - SETTLE_BUCKETS)) / SETTLE_BUCKETS;
    const width = few / Math.max(LEAST_DENSITY, density);
    return Math.min(MAX_LEVEL, more + Math.min(MAX_NEW_LEVEL, Math.floor(Math.log2(Math.max(1, width)))));
  }
  const back = bucket - lastWithAtMost(drawn, here - few);
  const ahead = Math.min(end, firstWithAtLeast(drawn, here + few)) - bucket;
  return Math.min(MAX_LEVEL, more + Math.floor(Math.log2(Math.max(1, Math.min(back, ahead)))));
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
  presence.changes.set(key, (presence.changes.get(key) ?? 0) + count);
  presence.total += count;
}

function lessSpan(presence: Presence, key: number, count: number): void {
  const left = (presence.spans.get(key) ?? 0) - count;
  if (left > 0) presence.spans.set(key, left);
  else presence.spans.delete(key);
  presence.changes.set(key, (presence.changes.get(key) ?? 0) - count);
  presence.total -= count;
}
