/** When somebody counts as having come: by the room's clock, also where an edge has yet to hear of it. Epoch milliseconds. */
import { arrivalByRoom, arrivalOf, arrivalThatCounts } from "./arrival-clock.ts";
import { noteComing } from "./move-batches.ts";
import { hasHeard, laneOf, type RoomKnown } from "./room-known.ts";
import { heardInTime, type Means, type Steps } from "./room-steps.ts";

/** A newcomer who is not decided yet. */
export interface Coming {
  readonly id: string;
  /** As the edge knew the room's clock then. */
  readonly cameAtMs: number;
  readonly knewTime: boolean;
  readonly skewMs: number;
  /** This edge's clock. */
  readonly sinceMs: number;
}

/** Somebody without ticket and pass is here; in place, until `noteDecided`. */
export function noteNewcomer(known: RoomKnown, lane: string, id: string, means: Means): Coming {
  const { moves, arrivals } = laneOf(known, lane);
  const { skewMs } = known;
  const sinceMs = means.nowMs();
  const cameAtMs = arrivalOf(arrivals, sinceMs + skewMs, means.random());
  noteComing(moves, id, cameAtMs);
  return { id, cameAtMs, knewTime: hasHeard(known, sinceMs), skewMs, sinceMs };
}

/** The arrival of a newcomer who is to stand in line; waits for the room's clock, for a moment, where it was not known. */
export function* arrivalInTime(
  known: RoomKnown,
  lane: string,
  { id, cameAtMs, knewTime, skewMs, sinceMs }: Coming,
  means: Means,
): Steps<number> {
  if (knewTime) return cameAtMs;
  yield* heardInTime(known, sinceMs, means);
  const arrivedAtMs = arrivalByRoom(cameAtMs, known.skewMs - skewMs, means.nowMs() + known.skewMs);
  noteComing(laneOf(known, lane).moves, id, arrivedAtMs);
  return arrivedAtMs;
}

/** The arrival by which a ticket that is shown counts; what it says, while this edge does not know the room's clock. */
export function arrivalShown(
  known: Pick<RoomKnown, "publication" | "pace" | "skewMs">,
  arrivedAtMs: number,
  nowMs: number,
): number {
  return hasHeard(known, nowMs) ? arrivalThatCounts(arrivedAtMs, nowMs + known.skewMs) : arrivedAtMs;
}
