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
export function expected(queue: Queue, nowMs: number): number {
  return expectedBefore(queue, "", Number.POSITIVE_INFINITY, nowMs);
}

/**
 * How many of those have a better right than a ticket of this arrival, which has come. No more than are counted in the line
 * before it: who was not heard of within two poll intervals has left. But whoever has asked here and is not to ask again yet
 * is there, though the edge's word of it is still to come, or lost. Of those who have missed one poll only so many count as
 * a slot would not soon be free for: where slots come up by the second, none needs to stand idle for somebody who may have
 * left.
 */
export function expectedBefore(queue: Queue, ticketId: string, arrivedAtMs: number, nowMs: number): number {
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
  let left = 1;
  if (batch !== undefined && batch.people >= 0.5) {
    left -= lessPeople(queue, batch, left);
  } else {
    // What one part of a bucket has too many, another has too few: only the whole bucket's number is known.
    const bucket = bucketOf(arrivedAtMs);
    const same = called.filter(
      ({ afterMs, upToMs }) => bucketOf(afterMs) <= bucket && bucket <= bucketOf(upToMs),
    );
    for (const other of same) if (left > 0) left -= lessPeople(queue, other, left);
  }
  if (left > ROUNDING) takeParts(queue, arrivedAtMs, left);
}

/** Batches on either side in which somebody's parts are looked for: a span of newcomers is 64 ms wide at the most. */
const PARTS_REACH = 256;

/**
 * People who are counted in a wide span lie in parts in the batches that it runs through, and whoever comes is one of them: parts of
 * people are taken from the nearest batches, whole people are left. Nobody is waited for who has come.
 */
function takeParts(queue: Queue, arrivedAtMs: number, count: number): void {
  const { called } = queue;
  const after = called.findIndex(({ upToMs }) => upToMs >= arrivedAtMs);
  const middle = after < 0 ? called.length : after;
  const near: Called[] = [];
  for (let distance = 0; distance < PARTS_REACH; distance += 1) {
    for (const batch of [called[middle - 1 - distance], called[middle + distance]]) {
      if (batch !== undefined) near.push(batch);
    }
  }
  let left = count;
  for (const batch of near) {
    if (left <= ROUNDING) return;
    const part = batch.people - Math.floor(batch.people + ROUNDING);
    if (part > ROUNDING) left -= lessPeople(queue, batch, Math.min(left, part));
  }
}

/** How many were taken. */
function lessPeople({ called }: Queue, batch: Called, count: number): number {
  const taken = Math.min(count, batch.people);
  batch.people -= taken;
  if (batch.people <= ROUNDING) called.splice(called.indexOf(batch), 1);
  return taken;
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
