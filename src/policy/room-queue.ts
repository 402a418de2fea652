/** One line of a room: who waits in it, who of them has been called, and who has come and stands. */
import { BUCKET_MS, bucketOf, type CrowdCurve, peopleBefore, TICK_MS, totalOf } from "./crowd-curve.ts";
import type { Line, LineNumbers } from "./line.ts";
import { curveOf, newPresence, type Presence } from "./presence.ts";
import { type Admissions, newAdmissions } from "./wait-estimate.ts";

/** Fewer people are nobody. */
export const ROUNDING = 1e-6;

/** People whom the frontier has passed at one moment. */
export interface Called {
  /** Their arrivals: after `afterMs`, up to `upToMs`. */
  readonly afterMs: number;
  readonly upToMs: number;
  /** How many were called, and how many of them have not come yet. */
  readonly all: number;
  people: number;
  readonly calledAtMs: number;
  /** Within so long all come who still wait. */
  readonly pollMs: number;
  /** Until then their slots are kept for them. */
  readonly keptUntilMs: number;
  /** Whether there are so many; else they are part of a bucket, and it is an estimate. */
  readonly isCertain: boolean;
}

/** A ticket that came when it was called and found no slot free. */
export interface Standing {
  readonly arrivedAtMs: number;
  /** It was told to ask again by then. */
  readonly dueAtMs: number;
  /** Until then a slot is kept for it. */
  readonly keptUntilMs: number;
}

/** Who is called ahead where it is not known, or little, how many are let in. */
export const FEW_AHEAD = 25;

/** Drawing a line of a million people costs milliseconds, so all edges of this time get the same. */
const DRAW_EVERY_MS = 50;
/** Of thousands of edges each hears of it so many times a pace at the most, and nobody waits for a merge. */
const DRAWINGS_PER_PACE = 20;

/** How often a line is drawn, and looked at for whom to call. */
export function drawEveryMs(paceMs: number): number {
  return Math.max(DRAW_EVERY_MS, paceMs / DRAWINGS_PER_PACE);
}

/** Plain data, changed in place. Times are epoch milliseconds of the room's clock. */
export interface Queue {
  presence: Presence;
  /** As last published. */
  line: Line | undefined;
  /** The line for the way to the edges; undefined before it was asked for. */
  lineNumbers: LineNumbers | undefined;
  lineAtMs: number;
  /** Whether newcomers could come in when that was last looked at. */
  wasOpen: boolean;
  frontierMs: number;
  readonly called: Called[];
  /** By ticket. */
  readonly standing: Map<string, Standing>;
  /** Nothing is kept for less long: before then nobody is looked for whose slot is kept no longer. */
  keptDueMs: number;
  /** When it was last looked for whom to call, of a long line. */
  calledAtMs: number;
  admissions: Admissions;
  /** Admitted from this line since `admissions` was last told. */
  admittedLately: number;
}

export function newQueue(nowMs: number): Queue {
  return {
    presence: newPresence(),
    line: undefined,
    lineNumbers: undefined,
    lineAtMs: Number.NEGATIVE_INFINITY,
    wasOpen: true,
    frontierMs: 0,
    called: [],
    standing: new Map(),
    keptDueMs: Number.NEGATIVE_INFINITY,
    calledAtMs: Number.NEGATIVE_INFINITY,
    admissions: newAdmissions(nowMs),
    admittedLately: 0,
  };
}

/** People in this line as far as is known; those who are called and have not come among them. */
export function waitingIn({ presence }: Queue): number {
  return presence.total;
}

/** Drawing so long a line costs milliseconds, and nobody sees the end of it between two drawings. */
const LONG_LINE = 1000;

export function isLongLine(queue: Queue): boolean {
  return waitingIn(queue) >= LONG_LINE;
}

/** Whether anybody of this line wants a slot. */
export function isLineEmpty(queue: Queue): boolean {
  return queue.presence.total === 0 && queue.standing.size === 0 && queue.called.length === 0;
}

/**
 * People by time of arrival. Of a bucket that the frontier has passed in part only the number of people is known: those who
 * are called and still expected are before the frontier, all others behind it.
 */
export function crowdCurve(queue: Queue, nowMs: number): CrowdCurve {
  const curve = curveOf(queue.presence);
  const frontier = (queue.frontierMs + TICK_MS) / BUCKET_MS;
  const start = Math.floor(frontier);
  if (frontier === start) return curve;
  const before = peopleBefore(curve, start);
  const all = peopleBefore(curve, start + 1);
  if (all === before) return curve;
  let there = 0;
  for (const { arrivedAtMs } of queue.standing.values()) if (bucketOf(arrivedAtMs) === start) there += 1;
  for (const batch of queue.called) {
    if (bucketOf(batch.upToMs) === start) there += awaited(batch, nowMs);
  }
  const first = curve.buckets.findIndex((bucket) => bucket >= start);
  const next = curve.buckets.findIndex((bucket) => bucket > start + 1);
  const end = next < 0 ? curve.buckets.length : next;
  return {
    buckets: [...curve.buckets.slice(0, first), start, frontier, start + 1, ...curve.buckets.slice(end)],
    before: [
      ...curve.before.slice(0, first),
      before,
      Math.min(all, before + there),
      all,
      ...curve.before.slice(end),
    ],
  };
}

/** Whether somebody waits who has not been called. */
export function hasUncalled(queue: Queue, nowMs: number): boolean {
  if (queue.presence.total === 0) return false;
  const curve = crowdCurve(queue, nowMs);
  return totalOf(curve) - peopleUpTo(curve, queue.frontierMs) >= 0.5;
}

/** Forgets those for whom nothing is kept any longer, in place. */
export function expireCalled(queue: Queue, nowMs: number): void {
  if (nowMs < queue.keptDueMs) return;
  let dueMs = Number.POSITIVE_INFINITY;
  for (const [ticket, { keptUntilMs }] of queue.standing) {
    if (nowMs >= keptUntilMs) queue.standing.delete(ticket);
    else dueMs = Math.min(dueMs, keptUntilMs);
  }
  const left = queue.called.filter(({ people, keptUntilMs }) => people > ROUNDING && nowMs < keptUntilMs);
  if (left.length < queue.called.length) queue.called.splice(0, queue.called.length, ...left);
  queue.keptDueMs = left.reduce((least, { keptUntilMs }) => Math.min(least, keptUntilMs), dueMs);
}

/** People of a batch who are to come, as far as is known. */
export function awaited({ all, people, isCertain, calledAtMs, pollMs }: Called, nowMs: number): number {
  if (isCertain) return people;
  // Whoever is there asks within a poll interval: with each moment in which fewer come, fewer were there.
  const left = Math.max(0, Math.min(1, 1 - (nowMs - calledAtMs) / pollMs));
  return Math.min(people, all * left);
}

/** People who arrived at a time or before it. */
export function peopleUpTo(curve: CrowdCurve, atMs: number): number {
  return peopleBefore(curve, (atMs + TICK_MS) / BUCKET_MS);
}
