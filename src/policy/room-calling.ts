/** One line of a room: who has been called by the frontier, who has come and stands, and whose turn it is. */
import { BUCKET_MS, bucketOf, type CrowdCurve, peopleBefore, totalOf } from "./crowd-curve.ts";
import type { Line } from "./line.ts";
import { applyMoves, curveOf, frontierFor, newPresence, type Presence } from "./presence.ts";
import { type Admissions, newAdmissions } from "./wait-estimate.ts";

/** People whom the frontier has passed at one moment. */
export interface Called {
  /** Their arrivals: after `afterMs`, up to `upToMs`. */
  readonly afterMs: number;
  readonly upToMs: number;
  /** Those who have not come yet. */
  people: number;
  /** Until then their slots are kept for them. */
  readonly keptUntilMs: number;
}

/** A ticket that came when it was called and found no slot free. */
export interface Standing {
  readonly arrivedAtMs: number;
  /** It is expected again before then. */
  readonly keptUntilMs: number;
}

/** Plain data, changed in place. Times are epoch milliseconds of the room's clock. */
export interface Queue {
  presence: Presence;
  /** As last published. */
  line: Line | undefined;
  lineAtMs: number;
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

/** Whether somebody waits who has not been called. */
export function hasUncalled({ presence, frontierMs }: Queue): boolean {
  if (presence.total === 0) return false;
  const curve = curveOf(presence);
  return totalOf(curve) - peopleUpTo(curve, frontierMs) >= 0.5;
}

/** Forgets those for whom nothing is kept any longer, in place. */
export function expireCalled(queue: Queue, nowMs: number): void {
  for (const [ticket, { keptUntilMs }] of queue.standing) {
    if (nowMs >= keptUntilMs) queue.standing.delete(ticket);
  }
  if (queue.called.length === 0) return;
  const left = queue.called.filter((batch) => isKept(queue, batch, nowMs));
  if (left.length < queue.called.length) queue.called.splice(0, queue.called.length, ...left);
}

/**
 * A claim window after the call; longer while they count as waiting, for whoever was told to ask again in a minute
 * cannot come sooner.
 */
function isKept(
  { presence }: Queue,
  { people, keptUntilMs, afterMs, upToMs }: Called,
  nowMs: number,
): boolean {
  if (people < 0.5) return false;
  return nowMs < keptUntilMs || peopleBetween(curveOf(presence), afterMs, upToMs) >= 0.5;
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
  const more = Math.floor(wanted - expected(queue));
  if (more <= 0 || latestMs <= queue.frontierMs) return;
  const curve = curveOf(queue.presence);
  const before = peopleUpTo(curve, queue.frontierMs);
  // Whoever waits is behind the frontier already: they were called before and come when they like.
  if (totalOf(curve) - before < 0.5) return;
  const frontierMs = frontierFor(queue.presence, before + more, latestMs, "at-least");
  if (frontierMs <= queue.frontierMs) return;
  const people = peopleUpTo(curve, frontierMs) - before;
  if (people > 0) {
    const keptUntilMs = nowMs + claimWindowMs;
    queue.called.push({ afterMs: queue.frontierMs, upToMs: frontierMs, people, keptUntilMs });
  }
  queue.frontierMs = frontierMs;
}

/** People who are called and for whom slots are kept. */
export function expected({ called, standing }: Queue): number {
  return called.reduce((sum, { people }) => sum + people, standing.size);
}

/** How many of those have a better right than a ticket of this arrival. */
export function expectedBefore({ called, standing }: Queue, ticketId: string, arrivedAtMs: number): number {
  let sum = 0;
  for (const { afterMs, upToMs, people } of called) {
    if (upToMs < arrivedAtMs) sum += people;
    // Its own batch: people of one batch are taken to be spread evenly, and this one is among them.
    else if (afterMs < arrivedAtMs) {
      sum += Math.max(0, people - 1) * ((arrivedAtMs - afterMs) / (upToMs - afterMs));
    }
  }
  for (const [id, other] of standing) {
    const isSame = other.arrivedAtMs === arrivedAtMs;
    if (other.arrivedAtMs < arrivedAtMs || (isSame && id < ticketId)) sum += 1;
  }
  return sum;
}

/** A called ticket has come, in place: it is no longer one of those who have not. */
export function noteCame(queue: Queue, ticketId: string, arrivedAtMs: number): void {
  if (queue.standing.has(ticketId)) return;
  const batch = queue.called.find(({ afterMs, upToMs }) => afterMs < arrivedAtMs && arrivedAtMs <= upToMs);
  if (batch === undefined) return;
  batch.people -= 1;
  if (batch.people < 0.5) queue.called.splice(queue.called.indexOf(batch), 1);
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
  return peopleBefore(curve, (atMs + 1) / BUCKET_MS);
}

function peopleBetween(curve: CrowdCurve, afterMs: number, upToMs: number): number {
  return peopleUpTo(curve, upToMs) - peopleUpTo(curve, afterMs);
}
