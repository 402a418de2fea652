/** What this edge remembers of each room: plain data that all its requests share, and that outlives snapshots. */
import type { Adoption, LetIn, Publication, Resumption } from "../config/room-api.ts";
import { type ArrivalClock, newArrivalClock } from "../policy/arrival-clock.ts";
import { type ExchangePace, isStale, newExchangePace } from "../policy/exchange-pace.ts";
import { type Line, lineFromNumbers } from "../policy/line.ts";
import { newPendingMoves, type PendingMoves } from "../policy/move-batches.ts";
import type { LaneView } from "../policy/newcomer.ts";
import type { NotedPresence } from "../policy/present-until.ts";
import { noSigns, type PoolSigns } from "../policy/self-protection.ts";
import { newSlotLease, type SlotLease } from "../policy/slot-lease.ts";
import { TwoGenerations } from "../policy/two-generations.ts";
import { type HourlyMost, hourlyMostAt } from "../policy/waiting-history.ts";

export interface LaneMemory {
  readonly lease: SlotLease;
  readonly moves: PendingMoves;
  readonly arrivals: ArrivalClock;
  /** Slots that the last exchange brought. */
  granted: number;
  /** When somebody was last given a ticket here, 0 for never: nobody may overtake until the Room knows. Edge's clock. */
  queuedAtMs: number;
}

/** What is known of a claim, so that a ticket that is shown a hundred times asks once. */
export type ClaimMemory =
  | { readonly kind: "asking" | "standing" | "failed"; readonly atMs: number }
  | { readonly kind: "used" }
  | { readonly kind: "admitted"; readonly untilMs: number };

/** What the Room was asked about a pass; undefined while it has not answered. */
export interface AskedOfPass {
  readonly isAsking: boolean;
  readonly atMs: number;
  readonly answer: Resumption | Adoption | undefined;
}

/** A ticket that was shown here lately, perhaps by several devices. */
export interface RememberedTicket extends NotedPresence {
  /** The lowest that was told. */
  readonly position: number | undefined;
}

export interface RoomMemory {
  readonly pace: ExchangePace;
  /** To add to this edge's clock for the room's. */
  skewMs: number;
  publication: Publication | undefined;
  /** The publication's lines, read when they are first needed. */
  readonly lines: Map<string, Line>;
  readonly lanes: Map<string, LaneMemory>;
  /** Passes given and not told of. */
  letIn: LetIn[];
  /** Pass id → until when its slot is to be booked; not told, or not answered. */
  readonly bookings: Map<string, number>;
  /** Some of their slots end then, this edge's clock: they are to be told before; Infinity for none. */
  bookingsDueMs: number;
  /** Pass id → until when its slot is booked. */
  readonly booked: TwoGenerations<number>;
  /** Passes that are over whatever they say, as published: id → when they were ended, by the room's clock. */
  ended: Map<string, number>;
  /** The same, as this edge learned it in another way. */
  readonly over: TwoGenerations<number>;
  /** Not told yet: id → when. */
  readonly endedToTell: Map<string, number>;
  readonly signs: PoolSigns;
  /** The trouble that the Room has been told of lasts until then, this edge's clock. */
  troubleToldMs: number;
  /** By ticket id. */
  readonly tickets: TwoGenerations<RememberedTicket>;
  readonly claims: TwoGenerations<ClaimMemory>;
  /** Verified user → until when the user's shard takes the user to be in, as it was told from here. */
  readonly toldPlaces: TwoGenerations<number>;
  /** By question. */
  readonly asked: TwoGenerations<AskedOfPass>;
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
    lines: new Map(),
    lanes: new Map(),
    letIn: [],
    bookings: new Map(),
    bookingsDueMs: Number.POSITIVE_INFINITY,
    booked: new TwoGenerations(PASSES),
    ended: new Map(),
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

export function laneOf({ lanes }: RoomMemory, lane: string): LaneMemory {
  const known = lanes.get(lane);
  if (known !== undefined) return known;
  const made: LaneMemory = {
    lease: newSlotLease(),
    moves: newPendingMoves(),
    arrivals: newArrivalClock(),
    granted: 0,
    queuedAtMs: 0,
  };
  lanes.set(lane, made);
  return made;
}

/** The room's time. */
export function roomNowMs({ skewMs }: RoomMemory): number {
  return Date.now() + skewMs;
}

/** What is published of a lane; a lane that the room does not know waits with everybody, as there. */
export function publishedLane({ publication }: RoomMemory, lane: string) {
  if (publication === undefined) return undefined;
  const { lanes } = publication;
  return Object.hasOwn(lanes, lane) ? lanes[lane] : lanes[""];
}

/** The most who waited in each of the last hours, as this edge has heard; undefined: nothing. */
export function hoursOf({ publication }: RoomMemory, nowMs: number): HourlyMost | undefined {
  return publication?.hours && hourlyMostAt(publication.hours, publication.atMs, nowMs);
}

export function lineOf(memory: RoomMemory, lane: string): Line {
  const known = memory.lines.get(lane);
  if (known !== undefined) return known;
  const line = lineFromNumbers(publishedLane(memory, lane)?.line ?? []);
  memory.lines.set(lane, line);
  return line;
}

/** How a lane looks to a newcomer. */
export function laneView(memory: RoomMemory, name: string, nowMs: number): LaneView {
  const { pace } = memory;
  const lane = laneOf(memory, name);
  const published = publishedLane(memory, name);
  const { queuedAtMs } = lane;
  if (queuedAtMs > 0 && nowMs >= queuedAtMs && queuedAtMs >= pace.takenAtMs) return "busy";
  if (published === undefined || isStale(pace, nowMs)) return "unknown";
  if (published.isOpen) return "open";
  // Slots that were lent with this very answer were free for newcomers.
  return lane.granted > 0 || published.waiting < 0.5 ? "full" : "busy";
}
