/** What edges, Control and Room objects tell each other: plain data, and the methods of a Room object. */

import type { LineNumbers } from "../policy/line.ts";
import type { Answers } from "../policy/pool-answers.ts";
import type { Report } from "../policy/presence.ts";
import type { Adoption, ClaimAnswer, PlaceAnswer, Resumption } from "../policy/room-answers.ts";
import type { Claiming } from "../policy/room-claim.ts";
import type { RoomRules } from "../policy/room-rules.ts";
import type { OfferedPlace } from "../policy/room-steps.ts";
import type { Pace } from "../policy/wait-estimate.ts";
import type { HourlyMost } from "../policy/waiting-history.ts";

export type { Adoption, ClaimAnswer, PlaceAnswer, Resumption };

/** Rules with the order in which they were made: of two, the later ones hold. */
export interface RoomSettings {
  /** Made by Control, rising with each change and never below the time; 0: an edge's own, for a Room that has heard nothing of Control. */
  readonly seq: number;
  readonly rules: RoomRules;
}

/** A pass that an edge has given from slots that it held. */
export interface LetIn {
  readonly id: string;
  readonly lane: string;
  /** When it was given, and until when it holds as signed: epoch milliseconds of the room's clock. */
  readonly givenAtMs: number;
  readonly untilMs: number;
  /** Given to a ticket while the room's object could not be reached: that ticket is used up. */
  readonly ticketId?: string | undefined;
}

/** A pass that is over before its text is. A user's next pass has the same id, and is none of those before this time. */
export type EndedPass = readonly [id: string, atMs: number];

/** What an edge tells of one lane. */
export interface LaneReport {
  /** Who came, asked again or left. A batch that was not answered is sent again as it was; see `Report.seq`. */
  readonly batches: readonly Omit<Report, "edge">[];
  /** Slots that the edge has and goes on having; those that it had besides and did not use are free again. */
  readonly holds: number;
  /** Slots that it would like to have in advance, beside `holds`. */
  readonly wants: number;
}

/** One edge has one exchange with a Room under way at a time. */
export interface RoomReport {
  readonly edge: string;
  /** Rises by one with each exchange, answered or not: an older one that comes late changes no lease. */
  readonly seq: number;
  /** By lane, "" for the one that every room has. Lanes with nothing to tell may be left out. */
  readonly lanes: Readonly<Record<string, LaneReport>>;
  /** Told again until an exchange has been answered. */
  readonly letIn: readonly LetIn[];
  /** Pass ids that are used, and until when their slots are to be kept. */
  readonly bookings: readonly (readonly [id: string, untilMs: number])[];
  /** Passes whose users are out, as an origin or they themselves said. */
  readonly ended: readonly EndedPass[];
  /** The pool turns requests away or does not answer: let in no more than it carries. */
  readonly isInTrouble: boolean;
  /** The pool's answers here since the last exchange. An edge of a release before tells none. */
  readonly answers?: Answers;
  readonly settings: RoomSettings;
  /** The exchange before this one was not answered. */
  readonly wasCutOff?: boolean | undefined;
}

/** What is published of a lane. */
export interface PublishedLane {
  /** Tickets of arrivals at or before this time are called, epoch milliseconds. */
  readonly frontierMs: number;
  readonly line: LineNumbers;
  readonly pace: Pace;
  /** People counted as waiting, those who were called and have not come among them. */
  readonly waiting: number;
  /** Whether newcomers may come in without a ticket: nobody waits and there are free slots. */
  readonly isOpen: boolean;
  /** Slots for those who wait: whoever has fewer people ahead is called within a moment. A Room of an older release tells none. */
  readonly free?: number;
}

/** All that an edge needs to answer joins and polls by itself. */
export interface Publication {
  /** The room's clock, epoch milliseconds. */
  readonly atMs: number;
  readonly lanes: Readonly<Record<string, PublishedLane>>;
  /** Nobody is let in, for as long as nobody says otherwise. */
  readonly isPaused: boolean;
  readonly active: number;
  readonly limit: number;
  /** Passes that hold by their text and are over all the same. */
  readonly ended: readonly EndedPass[];
  /** The seed of the event whose line is drawn by lot, from its pre-queue on. Secret until the event starts. */
  readonly lottery: { readonly event: string; readonly seed: string } | undefined;
  /** The most people who waited at once in each hour, all lanes together. A Room of an older release tells none. */
  readonly hours?: HourlyMost;
}

export interface RoomAnswer {
  readonly publication: Publication;
  /** Slots that the edge has from now on beside those it holds, by lane. All are to be told of within {@link leaseMs}. */
  readonly slots: Readonly<Record<string, number>>;
  /** From the moment in which the exchange began, by the edge's clock. */
  readonly leaseMs: number;
  /** Bookings that hold: passes up to these times may be signed. */
  readonly booked: readonly (readonly [id: string, untilMs: number])[];
  /** Of the bookings, those whose slot is gone: the pass is over. */
  readonly gone: readonly string[];
  /** When the next exchange is wanted, if there is something to tell or to ask. */
  readonly nextInMs: number;
  /** When the next one may begin while somebody's place waits for all edges' arrivals. */
  readonly mergeInMs: number;
}

/** A called ticket asks for its slot. */
export type Claim = Claiming;

/** A claim whose answer came when its user had been told to ask again. */
export interface LateClaim {
  readonly ticketId: string;
  readonly passId: string;
  readonly attempt: string;
  /** When its user will ask again. */
  readonly pollAfterMs: number;
}

/** `was`: whether the pass held a slot. An edge that has not told of it yet may have let it in all the same. */
export interface Ending {
  readonly was: "active" | "unknown";
}

/** A pass whose user has logged in since is to be the user's. */
export interface AdoptionClaim {
  readonly passId: string;
  /** The pass that the user has on every device. */
  readonly userPassId: string;
}

export interface RoomView {
  readonly waiting: number;
  readonly active: number;
  /** Slots that edges hold in advance or have not told of. */
  readonly leased: number;
  /** Slots left; below zero after the limit shrank. */
  readonly free: number;
  readonly limit: number;
  /** People in line who did not ask again in time, since the object began: it may begin anew. */
  readonly vanished: number;
}

/** What anybody may know of an event's lottery. */
export interface LotteryView {
  readonly event: string;
  readonly startMs: number;
  /** SHA-256 of the seed, hex: told from the pre-queue on. */
  readonly commitment: string;
  /** Hex; null before the event starts. */
  readonly seed: string | null;
  readonly prequeueMs: number;
}

export interface RoomApi {
  /** Of settings the later ones are kept. */
  configure(room: string, settings: RoomSettings): Promise<void>;
  exchange(report: RoomReport): Promise<RoomAnswer>;
  claim(claim: Claim): Promise<ClaimAnswer>;
  /** The slot is kept for a claim window, and not for a session, unless the ticket has claimed it again since. */
  unclaim(late: LateClaim): Promise<void>;
  /** An operator has somebody out: the pass is over on every edge, and its slot is free. */
  end(passId: string): Promise<Ending>;
  /**
   * A pass whose text is over and whose slot may not be.
   *
   * @param isAnew a new pass is made of it, for a second device of a user who is in
   */
  resume(passId: string, isAnew: boolean): Promise<Resumption>;
  adopt(claim: AdoptionClaim): Promise<Adoption>;
  view(): Promise<RoomView>;
  lottery(): Promise<readonly LotteryView[]>;
}

/** A user's one place in a room, whatever the device. */
export interface PlaceClaim extends OfferedPlace {
  readonly room: string;
}

/** A ticket is to count towards its address's cap. */
export interface HoldClaim {
  readonly room: string;
  /** Keyed hash of the address. */
  readonly owner: string;
  readonly ticketId: string;
  /** For so long from now, by the object's own clock, unless it is heard of again. */
  readonly forMs: number;
  /** Of a new ticket, the cap; undefined for one that its holder has already. */
  readonly most: number | undefined;
}

export type HoldAnswer =
  | { readonly kind: "held" }
  /** The address holds as many as it may. */
  | { readonly kind: "full"; readonly retryAfterMs: number };

/** Objects that keep one record for each signed-in user of each room, sharded by user; others keep addresses' tickets. */
export interface PlacesApi {
  /** Counts a ticket, and refuses a new one of an address that holds as many as it may. */
  hold(claim: HoldClaim): Promise<HoldAnswer>;
  /** The ticket became a pass, or was given up. */
  letGo(room: string, owner: string, ticketId: string): Promise<void>;
  join(claim: PlaceClaim): Promise<PlaceAnswer>;
  /** The user has been let in by this pass. */
  admitted(room: string, owner: string, passId: string, untilMs: number): Promise<void>;
  /** The pass that is on record; undefined for who waits or is not there. */
  passOf(room: string, owner: string): Promise<string | undefined>;
  /** The user has left the line or the room. */
  leave(room: string, owner: string): Promise<void>;
}
