/** What somebody in line is told of the place: at once, or when all edges' arrivals before it have come together. */
import { needsMerge } from "./merging.ts";
import { localArrivals } from "./move-batches.ts";
import { type Position, positionOf } from "./position.ts";
import { laneOf, lineOf, publishedLane, type RoomKnown } from "./room-known.ts";
import { type Means, mergedInTime, type Steps } from "./room-steps.ts";
import { estimateWait, type WaitEstimate } from "./wait-estimate.ts";

/** The holder of a ticket that has been told of is counted in its bucket: its position is not that of a newcomer. */
export const NOT_NEW = Number.MAX_SAFE_INTEGER;

/** @param lowest what was told before, `NOT_NEW` if it is not known, and 0 of somebody who is not counted yet */
export function placeNow(known: RoomKnown, lane: string, arrivedAtMs: number, lowest: number): Position {
  const { moves } = laneOf(known, lane);
  return positionOf(lineOf(known, lane), { t: arrivedAtMs, p: lowest }, localArrivals(moves));
}

/** Whether the place of a newcomer who is not counted yet is worth the wait for a merge. */
export function isPlaceUnsure(known: RoomKnown, lane: string, arrivedAtMs: number, nowMs: number): boolean {
  const { moves } = laneOf(known, lane);
  return needsMerge(lineOf(known, lane), arrivedAtMs, localArrivals(moves), known.pace, nowMs);
}

/**
 * The place of somebody who has just been counted, once it is known; as far as it is known when that takes too long.
 *
 * @param first as it was before the others' arrivals: exact where no other edge is at work
 */
export function* placeMerged(
  known: RoomKnown,
  lane: string,
  arrivedAtMs: number,
  first: Position,
  means: Means,
): Steps<Position> {
  yield* mergedInTime(known, lane, arrivedAtMs, means);
  if (lineOf(known, lane).edges < 2) return first;
  return placeNow(known, lane, arrivedAtMs, NOT_NEW);
}

export function estimateOf(
  known: RoomKnown,
  lane: string,
  place: Position | undefined,
  isPaused: boolean,
): WaitEstimate {
  if (isPaused) return { kind: "paused" };
  const published = publishedLane(known, lane);
  if (place === undefined || published === undefined) return { kind: "unknown" };
  return estimateWait(published.pace, place.ahead);
}
