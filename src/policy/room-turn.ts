/** Whose turn it is in a line: who has a better right than a ticket that has come, and who is in. */
import { bucketOf, peopleBefore } from "./crowd-curve.ts";
import { SHORTEST_POLL_MS } from "./poll-pace.ts";
import { applyMoves, curveOf } from "./presence.ts";
import { awaited, type Called, type Queue, ROUNDING, type Standing } from "./room-queue.ts";
import { paceOf } from "./wait-estimate.ts";

/** From the moment in which somebody is called until an edge knows it, and from there to here. */
const WAY_MS = 1000;

/** A curve of so many is drawn in well below a millisecond. */
const FEW_SPANS = 1000;

/** People who are called and for whom slots are kept; see {@link expectedBefore}. */
export function expected(queue: Queue, paceMs: number, nowMs: number): number {
  return expectedBefore(queue, "", Number.POSITIVE_INFINITY, paceMs, nowMs);
}

/**
 * How many of those have a better right than a ticket of this arrival, which has come. No more than are counted in the line
 * before it: who was not heard of within two poll intervals has left. But whoever has asked here and is not to ask again yet
 * is there, though the edge's word of it is still to come, or lost. Of those who have missed one poll only so many count as
 * a slot would not soon be free for: where slots come up by the second, none needs to stand idle for somebody who may have
 * left.
 *
 * @param paceMs of exchanges: where polls are told of so late that people count no longer by then, nobody knows who has left
 */
export function expectedBefore(
  queue: Queue,
  ticketId: string,
  arrivedAtMs: number,
  paceMs: number,
  nowMs: number,
): number {
  let coming = 0;
  let late = 0;
  let heard = 0;
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
    if (nowMs < other.dueAtMs) heard += 1;
  }
  if (coming + late === 0) return 0;
  const pace = paceOf(queue.admissions);
  const soon = late > 0 && pace.kind === "moving" ? (pace.slow * SHORTEST_POLL_MS) / 1000 : 0;
  const wanted = coming + Math.max(0, late - Math.floor(soon));
  if (paceMs > SHORTEST_POLL_MS / 2) return wanted;
  return Math.min(wanted, Math.max(heard, presentBefore(queue, arrivedAtMs)));
}

/** People counted in the line before a ticket that has come; of its own bucket, all but itself. */
function presentBefore({ presence, frontierMs }: Queue, arrivedAtMs: number): number {
  // Drawing a long line's curve costs milliseconds: that of the last publication will do.
  const curve = presence.spans.size <= FEW_SPANS ? curveOf(presence) : presence.drawn;
  if (arrivedAtMs > frontierMs) return peopleBefore(curve, bucketOf(frontierMs) + 1);
  const bucket = bucketOf(arrivedAtMs);
  const before = peopleBefore(curve, bucket);
  return before + Math.max(0, peopleBefore(curve, bucket + 1) - before - 1);
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
  queue.keptDueMs = Math.min(queue.keptDueMs, standing.keptUntilMs);
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
