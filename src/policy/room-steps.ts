/**
 * The ways of tickets, passes and newcomers through a room are generators. Whatever takes time they ask for in a step, and
 * whoever carries them does it: an edge with its requests (`src/edge/carry.ts`), the simulator in virtual time.
 */
import { isAsking, isDown, mayExchange } from "./exchange-pace.ts";
import { isMerged } from "./position.ts";
import type { Adoption, ClaimAnswer, PlaceAnswer, Resumption } from "./room-answers.ts";
import type { Claiming } from "./room-claim.ts";
import { hasHeard, lineOf, type RoomKnown } from "./room-known.ts";

export type Step =
  /** Comes back in a moment, when a call of somebody else may have been answered, or a merge be there. */
  | { readonly do: "look-again"; readonly at: "call" | "merge" }
  /** An exchange with the Room, until it is answered or given up. */
  | { readonly do: "exchange" }
  /** The same behind the request. */
  | { readonly do: "begin-exchange" }
  /** What a neighbour has heard of the room is taken, if it is news and there within a moment. */
  | { readonly do: "hear" }
  /** There is something to tell the Room: somebody will. At once. */
  | { readonly do: "tell" }
  | ArrivalStep
  | ClaimStep
  | ResumeStep
  | AdoptStep
  | JoinStep;

/** When a ticket counts as having arrived. */
export interface ArrivalStep {
  readonly do: "arrival";
  readonly ticket: { readonly id: string; readonly arrivedAtMs: number };
  /** Undefined where it is drawn by a seed that is not known here. */
  arrivedAtMs: number | undefined;
}

/**
 * Answers are undefined when there is none in time. Each claim has an `attempt` of its own, by which a slot that it brings
 * later is taken back: its user has been told to ask again, and it is not to be held for a session by nobody.
 */
export interface ClaimStep {
  readonly do: "claim";
  readonly claim: Claiming;
  answer: ClaimAnswer | undefined;
}

export interface ResumeStep {
  readonly do: "resume";
  readonly passId: string;
  readonly isAnew: boolean;
  answer: Resumption | undefined;
}

export interface AdoptStep {
  readonly do: "adopt";
  readonly passId: string;
  readonly userPassId: string;
  answer: Adoption | undefined;
}

/** Asks the shard of a signed-in user for the user's place. */
export interface JoinStep {
  readonly do: "join";
  readonly place: OfferedPlace;
  answer: PlaceAnswer | undefined;
}

export interface OfferedPlace {
  /** Keyed hash of the verified user. */
  readonly owner: string;
  readonly ticketId: string;
  readonly arrivedAtMs: number;
  /** When the record may be forgotten. */
  readonly expiresAtMs: number;
  /** The room has said that this pass is over, whatever the record says. */
  readonly overPassId?: string | undefined;
  /** The same of a ticket: it has become a pass, and that pass is over. */
  readonly overTicketId?: string | undefined;
}

export type Steps<Result> = Generator<Step, Result, void>;

/** The edge's clock, epoch milliseconds, and chance, 0 ≤ random < 1. */
export interface Means {
  nowMs(): number;
  random(): number;
}

const REFRESH_DEADLINE_MS = 100;
/**
 * A merge takes an exchange of the slowest edge and one of this: a quarter of a second, and two where edges or the Room have
 * more to do than they can. Who has waited so long is told a guess.
 */
const MERGE_DEADLINE_MS = 3000;

/** Waits for what is known of the room to be young, for a moment: another request may be asking. */
export function* freshInTime({ pace }: Pick<RoomKnown, "pace">, { nowMs }: Means): Steps<void> {
  if (isDown(pace)) return;
  const deadlineMs = nowMs() + REFRESH_DEADLINE_MS;
  const before = pace.takenAtMs;
  if (mayExchange(pace, "urgent", nowMs())) yield { do: "begin-exchange" };
  while (nowMs() < deadlineMs && pace.takenAtMs === before && isAsking(pace, nowMs())) {
    yield { do: "look-again", at: "call" };
  }
}

/**
 * Waits until the Room has been heard of lately, as far as it can be reached: an edge that has just started does not know
 * whether its clock is right.
 *
 * @param sinceMs when the wait began, this edge's clock
 */
export function* heardInTime(
  known: Pick<RoomKnown, "publication" | "pace">,
  sinceMs: number,
  { nowMs }: Means,
): Steps<void> {
  const { pace } = known;
  const deadlineMs = sinceMs + MERGE_DEADLINE_MS;
  while (!hasHeard(known, nowMs()) && !isDown(pace) && nowMs() < deadlineMs) {
    if (mayExchange(pace, "urgent", nowMs())) yield { do: "exchange" };
    else yield { do: "look-again", at: "call" };
  }
}

/** Waits until all who came before a time are in this edge's line, for a moment; many wait for one exchange. */
export function* mergedInTime(known: RoomKnown, lane: string, atMs: number, means: Means): Steps<void> {
  const { pace } = known;
  const deadlineMs = means.nowMs() + MERGE_DEADLINE_MS;
  for (;;) {
    const nowMs = means.nowMs();
    if (isMerged(lineOf(known, lane), atMs) || pace.failures > 0 || nowMs >= deadlineMs) return;
    if (mayExchange(pace, "merge", nowMs)) yield { do: "exchange" };
    else yield { do: "look-again", at: "merge" };
  }
}
