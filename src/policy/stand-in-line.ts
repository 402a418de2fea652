/** Where a ticket stands: in line with a place and a time to ask again, or called, and then in. */
import { claimOnce, FAILED_POLL_MS } from "./claim-once.ts";
import { isStale } from "./exchange-pace.ts";
import { noteAdmitted, noteDecided, noteMove } from "./move-batches.ts";
import {
  aheadOfSlots,
  estimateOf,
  isPlaceUnsure,
  NOT_NEW,
  placeMerged,
  placeNow,
  placeToTell,
} from "./place-told.ts";
import { pollAfterMs, SHORTEST_POLL_MS } from "./poll-pace.ts";
import type { Position } from "./position.ts";
import { prequeuePollMs } from "./prequeue-poll.ts";
import { countedUntil } from "./presence.ts";
import { afterMove, countedFrom, type NotedPresence, nextUntil } from "./present-until.ts";
import { laneOf, publishedLane, type RoomKnown } from "./room-known.ts";
import { COMMON_LANE, type RoomEvent, type RoomRules, rulesAt } from "./room-rules.ts";
import { type ArrivalStep, freshInTime, type Means, type Steps } from "./room-steps.ts";
import { heardFromNeighbour } from "./shared-publication.ts";
import type { WaitEstimate } from "./wait-estimate.ts";

/** A ticket, as far as its place goes by it. */
export interface Standing {
  readonly id: string;
  readonly arrivedAtMs: number;
  readonly lowestPosition: number | undefined;
  readonly presentUntilSeconds: number;
  /** Undefined: that of everybody. */
  readonly lane: string | undefined;
}

/** Times are of the room's clock. */
export type Stood =
  | {
      readonly kind: "in";
      readonly way: "claim" | "open";
      readonly untilMs: number;
      readonly waitedMs: number;
    }
  | Waiting
  /** The ticket has become a pass before, and that pass is over. */
  | { readonly kind: "used" };

export interface Waiting {
  readonly kind: "waiting";
  readonly isPaused: boolean;
  /** The event whose start is waited for. */
  readonly prequeue: RoomEvent | undefined;
  /** Undefined where none is told. */
  readonly place: Position | undefined;
  /** The lowest that was told of this ticket, with this answer. */
  readonly lowestPosition: number | undefined;
  readonly estimate: WaitEstimate;
  readonly afterMs: number;
  /** Until when its holder counts as there, for all that other edges need to know; epoch seconds. */
  readonly presentUntilSeconds: number;
  /** Whether it is told for the first time. */
  readonly isNew: boolean;
  readonly askedAtMs: number;
}

/** @param isOpenOnError a called ticket is let in when the Room does not answer */
export function* standInLine(
  known: RoomKnown,
  rules: RoomRules,
  ticket: Standing,
  { passId, isOpenOnError }: { readonly passId: string; readonly isOpenOnError: boolean },
  means: Means,
): Steps<Stood> {
  yield* heardFromNeighbour(known, means);
  if (known.publication === undefined || isStale(known.pace, means.nowMs())) {
    yield* freshInTime(known, means);
  }
  const nowMs = means.nowMs() + known.skewMs;
  const { isHeld, phase } = rulesAt(rules, nowMs);
  const isPaused = isHeld || known.publication?.isPaused === true;
  const arrival: ArrivalStep = { do: "arrival", ticket, arrivedAtMs: undefined };
  yield arrival;
  const { arrivedAtMs } = arrival;
  const lane = ticket.lane ?? COMMON_LANE;
  const frontierMs = publishedLane(known, lane)?.frontierMs ?? Number.NEGATIVE_INFINITY;
  const isCalled = !isPaused && arrivedAtMs !== undefined && arrivedAtMs <= frontierMs;
  const prequeue = phase.kind === "prequeue" ? phase.event : undefined;
  const place: Place = { ticket, lane, arrivedAtMs, isPaused, prequeue, pollMs: undefined };
  if (!isCalled) return yield* wait(known, place, means);

  const noted = known.tickets.get(ticket.id);
  const presentUntilSeconds = countedFrom(noted, ticket.presentUntilSeconds);
  const claim = { lane, ticketId: ticket.id, passId, arrivedAtMs, presentUntilSeconds };
  const claimed = yield* claimOnce(known, { ...claim, pollAfterMs: SHORTEST_POLL_MS }, means);
  switch (claimed.kind) {
    case "admitted":
      // Whom the Room counts no more it has taken out of the line already.
      if (presentUntilSeconds * 1000 > nowMs) {
        noteAdmitted(laneOf(known, lane).moves, arrivedAtMs, means.nowMs() + known.skewMs);
      }
      return {
        kind: "in",
        way: "claim",
        untilMs: claimed.untilMs,
        waitedMs: Math.max(0, nowMs - arrivedAtMs),
      };
    case "used":
      return claimed;
    case "standing":
      return yield* wait(known, { ...place, pollMs: SHORTEST_POLL_MS }, means);
    case "failed":
      if (!isOpenOnError) return yield* wait(known, { ...place, pollMs: FAILED_POLL_MS }, means);
      return { kind: "in", way: "open", untilMs: nowMs + rules.sessionMs, waitedMs: 0 };
  }
}

interface Place {
  readonly ticket: Standing;
  readonly lane: string;
  readonly arrivedAtMs: number | undefined;
  readonly isPaused: boolean;
  readonly prequeue: RoomEvent | undefined;
  /** When to ask again, if it goes not by the place. */
  readonly pollMs: number | undefined;
}

function* wait(
  known: RoomKnown,
  { ticket, lane, arrivedAtMs, isPaused, prequeue, pollMs }: Place,
  means: Means,
): Steps<Waiting> {
  const nowMs = means.nowMs() + known.skewMs;
  const { moves } = laneOf(known, lane);
  const { nextInMs: paceMs } = known.pace;
  const noted = known.tickets.get(ticket.id);
  const from = countedFrom(noted, ticket.presentUntilSeconds);
  const lowest = lowestOf(ticket.lowestPosition, noted?.position);
  const told = lowest ?? (from === 0 ? 0 : NOT_NEW);
  // Before the start of an event no place is told, or people would draw lots again and again.
  const reckoned =
    arrivedAtMs === undefined || prequeue !== undefined
      ? undefined
      : placeNow(known, lane, arrivedAtMs, told);
  const first = placeToTell(known, reckoned, lowest, means.nowMs());
  const random = means.random();
  const waiting = publishedLane(known, lane)?.waiting ?? 0;
  const due = aheadOfSlots(known, lane, reckoned?.ahead ?? 0, isPaused);
  let afterMs =
    pollMs ??
    (prequeue === undefined
      ? pollAfterMs(due, estimateOf(known, lane, first && due, isPaused), random)
      : prequeuePollMs(prequeue.startMs - nowMs, waiting, random));
  // Where the draw is not known here, nobody is counted: another edge, or a later poll, will.
  let until =
    arrivedAtMs === undefined ? from : nextUntil(from, countedUntil(nowMs, afterMs, paceMs), afterMs);
  const isNew = told === 0;
  const isUnsure =
    lowest === undefined &&
    first !== undefined &&
    arrivedAtMs !== undefined &&
    isPlaceUnsure(known, lane, arrivedAtMs, isNew, means.nowMs());
  if (arrivedAtMs !== undefined) noteMove(moves, arrivedAtMs, from, until, from * 1000 > nowMs);
  noteDecided(moves, ticket.id);
  const shown = afterMove(noted, ticket.presentUntilSeconds, until);
  known.tickets.set(ticket.id, { ...shown, position: isUnsure ? lowest : (first?.position ?? lowest) });
  yield { do: "tell" };
  let place = first;
  if (isUnsure) {
    const merged = yield* placeMerged(known, lane, arrivedAtMs, first, isNew, means);
    // Another device may have shown the ticket meanwhile.
    const meanwhile = known.tickets.get(ticket.id) ?? { ...shown, position: lowest };
    place = noHigher(merged, meanwhile.position);
    let presence: NotedPresence = meanwhile;
    if (place !== undefined && pollMs === undefined) {
      // Time has passed, and whoever was thought to be far behind may be next in line.
      const nowDue = aheadOfSlots(known, lane, place.ahead, isPaused);
      afterMs = pollAfterMs(nowDue, estimateOf(known, lane, nowDue, isPaused), random);
      const now = countedFrom(meanwhile, until);
      const anew = countedUntil(means.nowMs() + known.skewMs, afterMs, paceMs);
      const counted = now === until ? anew : nextUntil(now, anew, afterMs);
      noteMove(moves, arrivedAtMs, now, counted, true);
      presence = afterMove(meanwhile, until, counted);
      until = counted;
    }
    known.tickets.set(ticket.id, { ...presence, position: place?.position ?? meanwhile.position });
  }
  const position = place?.position ?? lowest;
  // Another edge would take the ticket's word that the Room counts its holder so; this one may never be able to tell it.
  const signed = known.pace.failures > 0 ? ticket.presentUntilSeconds : until;
  return {
    ...{ kind: "waiting", isPaused, prequeue, place, lowestPosition: position, afterMs },
    estimate: estimateOf(known, lane, place?.ahead, isPaused),
    ...{ presentUntilSeconds: signed, isNew: from === 0, askedAtMs: nowMs },
  };
}

/** @param told of the ticket before */
function noHigher(place: Position | undefined, told: number | undefined): Position | undefined {
  if (told === undefined || (place !== undefined && told >= place.position)) return place;
  return { position: told, ahead: told - 1 };
}

function lowestOf(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}
