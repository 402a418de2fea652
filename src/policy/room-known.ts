/** What an edge knows of a room: plain data that all its requests share, changed in place. */
import { type ArrivalClock, newArrivalClock } from "./arrival-clock.ts";
import { type ExchangePace, isStale } from "./exchange-pace.ts";
import { type Line, type LineNumbers, lineFromNumbers } from "./line.ts";
import { newPendingMoves, type PendingMoves } from "./move-batches.ts";
import type { LaneView } from "./newcomer.ts";
import type { NotedPresence } from "./present-until.ts";
import type { Adoption, Resumption } from "./room-answers.ts";
import type { Told } from "./room-exchange.ts";
import type { Lane, Published } from "./room-publication.ts";
import type { PoolSigns } from "./self-protection.ts";
import { newSlotLease, type SlotLease } from "./slot-lease.ts";
import type { TwoGenerations } from "./two-generations.ts";

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

/** As far as the ways through a room go by it. */
export interface RoomKnown {
  readonly pace: ExchangePace;
  /** To add to this edge's clock for the room's. */
  skewMs: number;
  publication:
    | {
        readonly atMs: number;
        readonly lanes: Readonly<Record<string, Lane>>;
        readonly isPaused: boolean;
        readonly ended: Published["ended"];
      }
    | undefined;
  /** When a neighbour's publication was last looked for, this edge's clock (`shared-publication.ts`). */
  heardAtMs: number;
  readonly lanes: Map<string, LaneMemory>;
  /** Passes given and not told of; of a ticket that became one while the Room could not be reached, its id. */
  letIn: (Told["letIn"][number] & { readonly ticketId?: string | undefined })[];
  /** Pass id → until when its slot is to be booked; not told, or not answered. */
  readonly bookings: Map<string, number>;
  /** Some of their slots end then, this edge's clock: they are to be told before; Infinity for none. */
  bookingsDueMs: number;
  /** Pass id → until when its slot is booked. */
  readonly booked: TwoGenerations<number>;
  /** Passes that are over whatever they say, as this edge learned in another way than by the publication: id → when. */
  readonly over: TwoGenerations<number>;
  /** Not told yet: id → when. */
  readonly endedToTell: Map<string, number>;
  readonly signs: PoolSigns;
  /** By ticket id. */
  readonly tickets: TwoGenerations<RememberedTicket>;
  readonly claims: TwoGenerations<ClaimMemory>;
  /** By question. */
  readonly asked: TwoGenerations<AskedOfPass>;
}

export function laneOf({ lanes }: Pick<RoomKnown, "lanes">, lane: string): LaneMemory {
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

/** What is published of a lane; a lane that the room does not know waits with everybody, as there. */
export function publishedLane({ publication }: Pick<RoomKnown, "publication">, lane: string) {
  if (publication === undefined) return undefined;
  const { lanes } = publication;
  return Object.hasOwn(lanes, lane) ? lanes[lane] : lanes[""];
}

const readLine = readOnce(lineFromNumbers);
const readEnded = readOnce((ended: Published["ended"]) => new Map(ended));

export function lineOf(known: Pick<RoomKnown, "publication">, lane: string): Line {
  return readLine(publishedLane(known, lane)?.line ?? NO_LINE);
}

const NO_LINE: LineNumbers = Object.freeze([]);

/** When a pass was ended, as published, by the room's clock. */
export function endedAtMs(
  { publication }: Pick<RoomKnown, "publication">,
  passId: string,
): number | undefined {
  if (publication === undefined || publication.ended.length === 0) return undefined;
  return readEnded(publication.ended).get(passId);
}

/** What is published is read when it is first needed, and is kept read for as long as it lives. */
function readOnce<From extends object, To>(read: (from: From) => To): (from: From) => To {
  const known = new WeakMap<From, To>();
  return (from) => {
    const before = known.get(from);
    if (before !== undefined) return before;
    const made = read(from);
    known.set(from, made);
    return made;
  };
}

/** Whether what is known of the Room, and of its time, is young. */
export function hasHeard(
  { publication, pace }: Pick<RoomKnown, "publication" | "pace">,
  nowMs: number,
): boolean {
  return publication !== undefined && !isStale(pace, nowMs);
}

/** How a lane looks to a newcomer. */
export function laneView(
  known: Pick<RoomKnown, "pace" | "lanes" | "publication">,
  name: string,
  nowMs: number,
): LaneView {
  const { pace } = known;
  const lane = laneOf(known, name);
  const published = publishedLane(known, name);
  const { queuedAtMs } = lane;
  if (queuedAtMs > 0 && nowMs >= queuedAtMs && queuedAtMs >= pace.takenAtMs) return "busy";
  if (published === undefined || isStale(pace, nowMs)) return "unknown";
  if (published.isOpen) return "open";
  // Slots that were lent with this very answer were free for newcomers.
  return lane.granted > 0 || published.waiting < 0.5 ? "full" : "busy";
}
