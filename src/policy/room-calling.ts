/** One line of a room: who has been called by the frontier, who has come and stands, and whose turn it is. */
import {
  BUCKET_MS,
  bucketOf,
  type CrowdCurve,
  firstWithAtLeast,
  peopleBefore,
  TICK_MS,
  totalOf,
} from "./crowd-curve.ts";
import type { Line } from "./line.ts";
import { longestPollMs, SHORTEST_POLL_MS } from "./poll-pace.ts";
import { applyMoves, curveOf, newPresence, type Presence } from "./presence.ts";
import { type Admissions, newAdmissions, paceOf } from "./wait-estimate.ts";

/** So few people of one bucket are called together. */
const FEW = 10;
/** From the moment in which somebody is called until an edge knows it, and from there to here. */
const WAY_MS = 1000;
const ROUNDING = 1e-6;

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

/** Plain data, changed in place. Times are epoch milliseconds of the room's clock. */
export interface Queue {
  presence: Presence;
  /** As last published. */
  line: Line | undefined;
  lineAtMs: number;
  /** Whether newcomers could come in when that was last looked at. */
  wasOpen: boolean;
  frontierMs: number;
  readonly called: Called[];
  /** By ticket. */
  readonly standing: Map<string, Standing>;
  admissions: Admissions;
  /** Admitted from this line since `admissions` was last told. */
  admittedLately: number;
}

export function newQueue(nowMs: number): Queue {
  return {
    presence: newPresence(),
    line: undefined,
    lineAtMs: Number.NEGATIVE_INFINITY,
    wasOpen: true,
    frontierMs: 0,
    called: [],
    standing: new Map(),
    admissions: newAdmissions(nowMs),
    admittedLately: 0,
  };
}

/** People in this line as far as is known; those who are called and have not come among them. */
export function waitingIn({ presence }: Queue): number {
  return presence.total;
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
  for (const [ticket, { keptUntilMs }] of queue.standing) {
    if (nowMs >= keptUntilMs) queue.standing.delete(ticket);
  }
  if (queue.called.length === 0) return;
  const left = queue.called.filter(({ people, keptUntilMs }) => people > ROUNDING && nowMs < keptUntilMs);
  if (left.length < queue.called.length) queue.called.splice(0, queue.called.length, ...left);
}

/**
 * Moves the frontier past so many more people that, with those who were called before and have not been let in, `wanted`
 * are called, in place.
 *
 * @param latestMs arrivals after it may not be known yet
 */
export function call(
  queue: Queue,
  wanted: number,
  claimWindowMs: number,
  latestMs: number,
  nowMs: number,
): void {
  const more = Math.floor(wanted - expected(queue, nowMs) + ROUNDING);
  if (more <= 0 || latestMs <= queue.frontierMs) return;
  const curve = crowdCurve(queue, nowMs);
  const before = peopleUpTo(curve, queue.frontierMs);
  // Whoever waits is before the frontier already: they were called and come when they like.
  if (totalOf(curve) - before < 0.5) return;
  const frontierMs = Math.min(latestMs, frontierAfter(curve, before + more));
  if (frontierMs <= queue.frontierMs) return;
  moveFrontier(queue, curve, frontierMs, claimWindowMs, nowMs);
}

/** The frontier was there already, in place: who has been called stays called, from now on. */
export function recall(queue: Queue, frontierMs: number, claimWindowMs: number, nowMs: number): void {
  if (frontierMs <= queue.frontierMs) return;
  moveFrontier(queue, crowdCurve(queue, nowMs), frontierMs, claimWindowMs, nowMs);
}

function moveFrontier(
  queue: Queue,
  curve: CrowdCurve,
  frontierMs: number,
  claimWindowMs: number,
  nowMs: number,
): void {
  const people = peopleUpTo(curve, frontierMs) - peopleUpTo(curve, queue.frontierMs);
  // Whoever was told to ask again in a minute cannot come sooner.
  const pollMs = longestPollMs(people, paceOf(queue.admissions));
  const keptUntilMs = nowMs + Math.max(claimWindowMs, 2 * pollMs);
  for (const part of partsOf(curve, queue.frontierMs, frontierMs)) {
    if (part.people > ROUNDING) {
      queue.called.push({ ...part, all: part.people, calledAtMs: nowMs, pollMs, keptUntilMs });
    }
  }
  queue.frontierMs = frontierMs;
}

/** Past so many people, whole ticks. A bucket is not parted for few: its people are then known for certain. */
function frontierAfter(curve: CrowdCurve, target: number): number {
  if (target >= totalOf(curve)) return Number.POSITIVE_INFINITY;
  const ticks = (firstWithAtLeast(curve, target) * BUCKET_MS) / TICK_MS;
  const frontierMs = (Math.ceil(ticks - ROUNDING) - 1) * TICK_MS;
  const endMs = (Math.floor((frontierMs + TICK_MS) / BUCKET_MS) + 1) * BUCKET_MS - TICK_MS;
  return peopleUpTo(curve, endMs) - peopleUpTo(curve, frontierMs) <= FEW ? endMs : frontierMs;
}

interface Part {
  readonly afterMs: number;
  readonly upToMs: number;
  readonly people: number;
  readonly isCertain: boolean;
}

/** What a move of the frontier passes: the rest of a bucket, whole buckets, a part of a bucket. */
function partsOf(curve: CrowdCurve, fromMs: number, toMs: number): Part[] {
  const part = (afterMs: number, upToMs: number, isCertain: boolean): Part => ({
    ...{ afterMs, upToMs, isCertain },
    people: peopleUpTo(curve, upToMs) - peopleUpTo(curve, afterMs),
  });
  const firstMs = Math.ceil((fromMs + TICK_MS) / BUCKET_MS) * BUCKET_MS - TICK_MS;
  const lastMs = Math.floor((toMs + TICK_MS) / BUCKET_MS) * BUCKET_MS - TICK_MS;
  if (firstMs > toMs) return [part(fromMs, toMs, false)];
  // One for each piece of the curve: people are where it rises, not in the time without any before them.
  const whole: Part[] = [];
  let startMs = firstMs;
  for (const bucket of curve.buckets) {
    const endMs = Math.floor(bucket) * BUCKET_MS - TICK_MS;
    if (endMs <= startMs || endMs >= lastMs) continue;
    whole.push(part(startMs, endMs, true));
    startMs = endMs;
  }
  whole.push(part(startMs, lastMs, true));
  return [part(fromMs, firstMs, false), ...whole, part(lastMs, toMs, false)];
}

/** People who are called and for whom slots are kept. */
export function expected(queue: Queue, nowMs: number): number {
  return expectedBefore(queue, "", Number.POSITIVE_INFINITY, nowMs);
}

/**
 * How many of those have a better right than a ticket of this arrival, which has come. Of those who have missed their poll
 * only so many count as a slot would not soon be free for: where slots come up by the second, none needs to stand idle for
 * somebody who may have left.
 */
export function expectedBefore(queue: Queue, ticketId: string, arrivedAtMs: number, nowMs: number): number {
  let coming = 0;
  let late = 0;
  for (const batch of queue.called) {
    const { afterMs, upToMs } = batch;
    if (afterMs >= arrivedAtMs) continue;
    // Its own batch: people of one batch are taken to be spread evenly.
    const people = awaited(batch, nowMs) * Math.min(1, (arrivedAtMs - afterMs) / (upToMs - afterMs));
    if (nowMs < batch.calledAtMs + batch.pollMs + WAY_MS) coming += people;
    else late += people;
  }
  for (const [id, other] of queue.standing) {
    const isSame = other.arrivedAtMs === arrivedAtMs;
    if (other.arrivedAtMs > arrivedAtMs || (isSame && id >= ticketId)) continue;
    if (nowMs < other.dueAtMs + WAY_MS) coming += 1;
    else late += 1;
  }
  if (late === 0) return coming;
  const pace = paceOf(queue.admissions);
  const soon = pace.kind === "moving" ? (pace.slow * SHORTEST_POLL_MS) / 1000 : 0;
  return coming + Math.max(0, late - Math.floor(soon));
}

/** People of a batch who are to come, as far as is known. */
function awaited({ all, people, isCertain, calledAtMs, pollMs }: Called, nowMs: number): number {
  if (isCertain) return people;
  // Whoever is there asks within a poll interval: with each moment in which fewer come, fewer were there.
  const left = Math.max(0, Math.min(1, 1 - (nowMs - calledAtMs) / pollMs));
  return Math.min(people, all * left);
}

/** A called ticket has come, in place: it is no longer one of those who have not. */
export function noteCame(queue: Queue, ticketId: string, arrivedAtMs: number): void {
  if (queue.standing.has(ticketId)) return;
  const { called } = queue;
  const own = called.findIndex(({ afterMs, upToMs }) => afterMs < arrivedAtMs && arrivedAtMs <= upToMs);
  const batch = called[own];
  if (batch !== undefined && batch.people >= 0.5) {
    lessPeople(queue, batch, 1);
    return;
  }
  // What one part of a bucket has too many, another has too few: only the whole bucket's number is known.
  const bucket = bucketOf(arrivedAtMs);
  let left = 1;
  for (const other of called) {
    if (bucketOf(other.afterMs) > bucket || bucketOf(other.upToMs) < bucket) continue;
    const taken = Math.min(left, other.people);
    lessPeople(queue, other, taken);
    left -= taken;
    if (left <= 0) return;
  }
}

function lessPeople({ called }: Queue, batch: Called, count: number): void {
  batch.people = Math.max(0, batch.people - count);
  if (batch.people <= ROUNDING) called.splice(called.indexOf(batch), 1);
}

/** It found no slot, in place: it is first in line, by its arrival, until `keptUntilMs`. */
export function stand(queue: Queue, ticketId: string, standing: Standing): void {
  queue.standing.set(ticketId, standing);
}

/** Somebody of this line has been let in, in place. */
export function noteAdmitted(
  queue: Queue,
  ticketId: string,
  arrivedAtMs: number,
  presentUntilSeconds: number,
  nowMs: number,
): void {
  queue.standing.delete(ticketId);
  queue.admittedLately += 1;
  if (presentUntilSeconds === 0) return;
  const bucket = bucketOf(arrivedAtMs);
  applyMoves(queue.presence, [{ bucket, from: presentUntilSeconds, to: 0, count: 1 }], nowMs);
}

function peopleUpTo(curve: CrowdCurve, atMs: number): number {
  return peopleBefore(curve, (atMs + TICK_MS) / BUCKET_MS);
}
