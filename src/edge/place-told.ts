/** What somebody in line is told of the place: at once, or when all edges' arrivals before it have come together. */
import type { Env } from "../config/env.ts";
import { isMeeting, needsMerge } from "../policy/merging.ts";
import { localArrivals } from "../policy/move-batches.ts";
import { type Position, positionOf } from "../policy/position.ts";
import { estimateWait, type WaitEstimate } from "../policy/wait-estimate.ts";
import { hasHeard, mergedInTime } from "./room-client.ts";
import { laneOf, lineOf, publishedLane, type RoomMemory, roomNowMs } from "./room-memory.ts";
import type { RoomRuntime } from "./room-runtime.ts";

/**
 * What may be told of a place: what is reckoned, if the Room has been heard of lately. Else the number that was told
 * before, or none: who stands earlier in line at other edges, or has yet to come back, is not known here, and a number
 * that is too low would stay.
 */
export function placeToTell(
  memory: RoomMemory,
  reckoned: Position | undefined,
  lowest: number | undefined,
): Position | undefined {
  if (hasHeard(memory, Date.now())) return reckoned;
  if (reckoned === undefined || lowest === undefined) return undefined;
  return { position: lowest, ahead: lowest - 1 };
}

/** The holder of a ticket that has been told of is counted in its bucket: its position is not that of a newcomer. */
export const NOT_NEW = Number.MAX_SAFE_INTEGER;

/** @param lowest what was told before, `NOT_NEW` if it is not known, and 0 of somebody who is not counted yet */
export function placeNow(memory: RoomMemory, lane: string, arrivedAtMs: number, lowest: number): Position {
  const { moves } = laneOf(memory, lane);
  return positionOf(lineOf(memory, lane), { t: arrivedAtMs, p: lowest }, localArrivals(moves));
}

/**
 * Whether the first number that somebody is told is worth the wait for a merge.
 *
 * @param isNew not counted yet; otherwise somebody who was told none while the Room was not heard of
 */
export function isPlaceUnsure(
  memory: RoomMemory,
  lane: string,
  arrivedAtMs: number,
  isNew: boolean,
): boolean {
  if (!isNew) return isMeeting(memory.pace.steadySinceMs, Date.now());
  const { moves } = laneOf(memory, lane);
  return needsMerge(lineOf(memory, lane), arrivedAtMs, localArrivals(moves), memory.pace, Date.now());
}

/**
 * The place of somebody who has just been counted, once it is known; as far as it is known when that takes too long, and
 * none when the Room is not heard of.
 *
 * @param first as it was before the others' arrivals: exact where no other edge is at work, but for those who have come
 *   back and are counted by what is told now
 */
export async function placeMerged(
  room: RoomRuntime,
  env: Env,
  lane: string,
  arrivedAtMs: number,
  first: Position,
  isNew: boolean,
): Promise<Position | undefined> {
  const { memory } = room;
  // Whoever came before has told of it, or is on the way back: what edges have seen until now.
  await mergedInTime(room, env, lane, isNew ? arrivedAtMs : roomNowMs(memory));
  if (!hasHeard(memory, Date.now())) return undefined;
  const merged = placeNow(memory, lane, arrivedAtMs, NOT_NEW);
  return lineOf(memory, lane).edges < 2 && first.position > merged.position ? first : merged;
}

export function estimateOf(
  memory: RoomMemory,
  lane: string,
  place: Position | undefined,
  isPaused: boolean,
): WaitEstimate {
  if (isPaused) return { kind: "paused" };
  const published = publishedLane(memory, lane);
  if (place === undefined || published === undefined) return { kind: "unknown" };
  return estimateWait(published.pace, place.ahead);
}
