/** What this edge remembers of each room: plain data that all its requests share, and that outlives snapshots. */
import type { Publication } from "../config/room-api.ts";
import { newExchangePace } from "../policy/exchange-pace.ts";
import { laneOf, laneView, lineOf, publishedLane, type RoomKnown } from "../policy/room-known.ts";
import { noSigns } from "../policy/self-protection.ts";
import { TwoGenerations } from "../policy/two-generations.ts";
import { type HourlyMost, hourlyMostAt } from "../policy/waiting-history.ts";

export { laneOf, laneView, lineOf, publishedLane };

export interface RoomMemory extends RoomKnown {
  publication: Publication | undefined;
  /** The trouble that the Room has been told of lasts until then, this edge's clock. */
  troubleToldMs: number;
  /** Verified user → until when the user's shard takes the user to be in, as it was told from here. */
  readonly toldPlaces: TwoGenerations<number>;
  /** Whose work it is to tell, and when it was last seen at it: a request may be cut off. */
  readonly duty: { number: number; aliveAtMs: number };
}

const PASSES = { maxEntries: 20_000, maxKeyLength: 1_000_000 };
const TICKETS = { maxEntries: 20_000, maxKeyLength: 1_000_000 };

const memories = new Map<string, RoomMemory>();

export function memoryOf(room: string): RoomMemory {
  const known = memories.get(room);
  if (known !== undefined) return known;
  const made = newRoomMemory();
  memories.set(room, made);
  return made;
}

/** Of an edge that has heard nothing of the room yet. */
export function newRoomMemory(): RoomMemory {
  return {
    pace: newExchangePace(),
    skewMs: 0,
    publication: undefined,
    heardAtMs: Number.NEGATIVE_INFINITY,
    lanes: new Map(),
    letIn: [],
    bookings: new Map(),
    bookingsDueMs: Number.POSITIVE_INFINITY,
    booked: new TwoGenerations(PASSES),
    over: new TwoGenerations(PASSES),
    endedToTell: new Map(),
    signs: noSigns(),
    troubleToldMs: 0,
    tickets: new TwoGenerations(TICKETS),
    claims: new TwoGenerations(TICKETS),
    toldPlaces: new TwoGenerations(PASSES),
    asked: new TwoGenerations(TICKETS),
    duty: { number: 0, aliveAtMs: Number.NEGATIVE_INFINITY },
  };
}

/** The room's time. */
export function roomNowMs({ skewMs }: RoomMemory): number {
  return Date.now() + skewMs;
}

/** The most who waited in each of the last hours, as this edge has heard; undefined: nothing. */
export function hoursOf({ publication }: RoomMemory, nowMs: number): HourlyMost | undefined {
  return publication?.hours && hourlyMostAt(publication.hours, publication.atMs, nowMs);
}
