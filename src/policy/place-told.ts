/** What somebody in line is told of the place: at once, or when all edges' arrivals before it have come together. */
import { isMeeting, needsMerge } from "./merging.ts";
import { localArrivals } from "./move-batches.ts";
import { type Position, positionOf } from "./position.ts";
import { hasHeard, laneOf, lineOf, publishedLane, type RoomKnown } from "./room-known.ts";
import { type Means, mergedInTime, type Steps } from "./room-steps.ts";
import { estimateWait, type WaitEstimate } from "./wait-estimate.ts";

/**
 * What may be told of a place: what is reckoned, if the Room has been heard of lately. Else the number that was told
 * before, or none: who stands earlier in line at other edges, or has yet to come back, is not known here, and a number
 * that is too low would stay.
 */
export function placeToTell(
  known: RoomKnown,
  reckoned: Position | undefined,
  lowest: number | undefined,
  nowMs: number,
): Position | undefined {
  if (hasHeard(known, nowMs)) return reckoned;
  if (reckoned === undefined || lowest === undefined) return undefined;
  return { position: lowest, ahead: lowest - 1 };
}

/** The holder of a ticket that has been told of is counted in its bucket: its position is not that of a newcomer. */
export const NOT_NEW = Number.MAX_SAFE_INTEGER;

/** @param lowest what was told before, `NOT_NEW` if it is not known, and 0 of somebody who is not counted yet */
export function placeNow(known: RoomKnown, lane: string, arrivedAtMs: number, lowest: number): Position {
  const { moves } = laneOf(known, lane);
  return positionOf(lineOf(known, lane), { t: arrivedAtMs, p: lowest }, localArrivals(moves));
}

/**
 * Whether the first number that somebody is told is worth the wait for a merge.
 *
 * @param isNew not counted yet; otherwise somebody who was told none while the Room was not heard of
 */
export function isPlaceUnsure(
  known: RoomKnown,
  lane: string,
  arrivedAtMs: number,
  isNew: boolean,
  nowMs: number,
): boolean {
  if (!isNew) return isMeeting(known.pace.steadySinceMs, nowMs);
  const { moves } = laneOf(known, lane);
  return needsMerge(lineOf(known, lane), arrivedAtMs, localArrivals(moves), known.pace, nowMs);
}

/**
 * The place of somebody who has just been counted, once it is known; as far as it is known when that takes too long, and
 * none when the Room is not heard of.
 *
 * @param first as it was before the others' arrivals: exact where no other edge is at work, but for those who have come
 *   back and are counted by what is told now
 */
export function* placeMerged(
  known: RoomKnown,
  lane: string,
  arrivedAtMs: number,
  first: Position,
  isNew: boolean,
  means: Means,
): Steps<Position | undefined> {
  // Whoever came before has told of it, or is on the way back: what edges have seen until now.
  yield* mergedInTime(known, lane, isNew ? arrivedAtMs : means.nowMs() + known.skewMs, means);
  if (!hasHeard(known, means.nowMs())) return undefined;
  const merged = placeNow(known, lane, arrivedAtMs, NOT_NEW);
  return lineOf(known, lane).edges < 2 && first.position > merged.position ? first : merged;
}

/** How many are to come in before somebody with so many ahead, beside those for whom there are slots at this moment. */
export function aheadOfSlots(known: RoomKnown, lane: string, ahead: number, isPaused: boolean): number {
  return Math.max(0, ahead - (isPaused ? 0 : (publishedLane(known, lane)?.free ?? 0)));
}

/** @param ahead undefined where no place is told */
export function estimateOf(
  known: RoomKnown,
  lane: string,
  ahead: number | undefined,
  isPaused: boolean,
): WaitEstimate {
  if (isPaused) return { kind: "paused" };
  const published = publishedLane(known, lane);
  if (ahead === undefined || published === undefined) return { kind: "unknown" };
  return estimateWait(published.pace, ahead);
}
