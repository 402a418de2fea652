/** Where a ticket stands: in line with a place and a time to ask again, or called, and then in. */
import type { Env } from "../config/env.ts";
import { signTicket } from "../config/queue-token.ts";
import { isStale } from "../policy/exchange-pace.ts";
import { noteAdmitted, noteDecided, noteMove } from "../policy/move-batches.ts";
import { passIdOfUser } from "../policy/pass-renewal.ts";
import { pollAfterMs, SHORTEST_POLL_MS } from "../policy/poll-pace.ts";
import { prequeuePollMs } from "../policy/prequeue-poll.ts";
import { countedUntil } from "../policy/presence.ts";
import { afterMove, countedFrom, nextUntil } from "../policy/present-until.ts";
import type { Pass, Ticket } from "../policy/queue-claims.ts";
import { queueSetCookie } from "../policy/queue-cookie.ts";
import { COMMON_LANE, type RoomEvent, rulesAt } from "../policy/room-rules.ts";
import { newPass, untoldPass } from "./admission.ts";
import { claimSlot, FAILED_POLL_MS } from "./claim.ts";
import { count } from "./counters.ts";
import { effectiveArrivalMs } from "./effective-arrival.ts";
import { estimateOf, isPlaceUnsure, NOT_NEW, placeMerged, placeNow, placeToTell } from "./place-told.ts";
import { tellAdmitted } from "./places-client.ts";
import type { QueueStanding } from "./queue-answer.ts";
import { freshInTime } from "./room-client.ts";
import { seeToTelling } from "./room-duty.ts";
import { laneOf, publishedLane, roomNowMs } from "./room-memory.ts";
import type { RoomRuntime } from "./room-runtime.ts";
import type { ShownTokens } from "./shown-tokens.ts";
import type { Visit } from "./visit.ts";

export type Stand =
  | { readonly kind: "in"; readonly pass: Pass }
  | { readonly kind: "waiting"; readonly standing: QueueStanding; readonly setCookies: readonly string[] }
  /** The ticket has become a pass before, and that pass is over. */
  | { readonly kind: "used" };

/** @param ticket bound to whoever shows it; it is signed anew with what it is told now */
export async function standInLine(
  visit: Visit,
  env: Env,
  room: RoomRuntime,
  shown: ShownTokens,
  ticket: Ticket,
): Promise<Stand> {
  const { memory, rules } = room;
  if (memory.publication === undefined || isStale(memory.pace, Date.now())) {
    await freshInTime(room, { env, waitUntil: visit.waitUntil });
  }
  const nowMs = roomNowMs(memory);
  const { isHeld, phase } = rulesAt(rules, nowMs);
  const isPaused = isHeld || memory.publication?.isPaused === true;
  const arrivedAtMs = await effectiveArrivalMs(room, ticket);
  const lane = ticket.lane ?? COMMON_LANE;
  const published = publishedLane(memory, lane);
  const isCalled =
    !isPaused &&
    arrivedAtMs !== undefined &&
    arrivedAtMs <= (published?.frontierMs ?? Number.NEGATIVE_INFINITY);
  const prequeue = phase.kind === "prequeue" ? phase.event : undefined;
  const place: Place = { ticket, lane, arrivedAtMs, isPaused, prequeue, pollMs: undefined };
  if (!isCalled) return waiting(visit, env, room, shown, place);

  const passId = passIdFor(shown, ticket);
  const noted = memory.tickets.get(ticket.id);
  const claim = {
    lane,
    ticketId: ticket.id,
    passId,
    arrivedAtMs,
    presentUntilSeconds: countedFrom(noted, ticket.presentUntilSeconds),
    pollAfterMs: SHORTEST_POLL_MS,
  };
  const claimed = await claimSlot(room, env, claim, visit.waitUntil);
  switch (claimed.kind) {
    case "admitted":
      count(room.series.wait.actualSum, Math.max(0, nowMs - arrivedAtMs) / 1000);
      count(room.series.wait.actualCount);
      if (countedFrom(noted, ticket.presentUntilSeconds) * 1000 > nowMs) {
        noteAdmitted(laneOf(memory, lane).moves, arrivedAtMs, roomNowMs(memory));
      }
      return letIn(
        visit,
        env,
        room,
        shown,
        { id: passId, untilMs: claimed.untilMs, lane: ticket.lane },
        "claim",
      );
    case "used":
      return claimed;
    case "standing":
      return waiting(visit, env, room, shown, { ...place, pollMs: SHORTEST_POLL_MS });
    case "failed": {
      if (room.onError === "queue") {
        return waiting(visit, env, room, shown, { ...place, pollMs: FAILED_POLL_MS });
      }
      const untilMs = nowMs + rules.sessionMs;
      const what = { id: passId, untilMs, lane: ticket.lane };
      return letIn(visit, env, room, shown, what, "open", ticket.id);
    }
  }
}

/** A verified user has one slot, whatever the device; everybody else's is the ticket's. */
export function passIdFor({ owners }: ShownTokens, { id }: Pick<Ticket, "id">): string {
  const [owner] = owners.identity ?? [];
  return owner === undefined ? id : passIdOfUser(owner);
}

/** Counts the admission, and tells a signed-in user's shard behind the answer. */
export function letIn(
  visit: Visit,
  env: Env,
  room: RoomRuntime,
  { owners }: ShownTokens,
  what: Pick<Pass, "id" | "untilMs" | "lane">,
  way: Parameters<RoomRuntime["series"]["admissions"]>[1],
  ticketId?: string,
): { readonly kind: "in"; readonly pass: Pass } {
  count(room.series.admissions(what.lane ?? COMMON_LANE, way));
  const [owner] = owners.identity ?? [];
  if (owner !== undefined) visit.waitUntil(tellAdmitted(room, env, owner, what.id, what.untilMs));
  const pass =
    way === "open" ? untoldPass(env, room, owners, what, ticketId) : newPass(env, room, owners, what);
  return { kind: "in", pass };
}

interface Place {
  readonly ticket: Ticket;
  readonly lane: string;
  readonly arrivedAtMs: number | undefined;
  readonly isPaused: boolean;
  readonly prequeue: RoomEvent | undefined;
  /** When to ask again, if it goes not by the place. */
  readonly pollMs: number | undefined;
}

async function waiting(
  visit: Visit,
  env: Env,
  room: RoomRuntime,
  { keys }: ShownTokens,
  { ticket, lane, arrivedAtMs, isPaused, prequeue, pollMs }: Place,
): Promise<Stand> {
  const { memory } = room;
  const nowMs = roomNowMs(memory);
  const { moves } = laneOf(memory, lane);
  const noted = memory.tickets.get(ticket.id);
  const from = countedFrom(noted, ticket.presentUntilSeconds);
  const lowest = lowestOf(ticket.lowestPosition, noted?.position);
  const told = lowest ?? (from === 0 ? 0 : NOT_NEW);
  // Before the start of an event no place is told, or people would draw lots again and again.
  const reckoned =
    arrivedAtMs === undefined || prequeue !== undefined
      ? undefined
      : placeNow(memory, lane, arrivedAtMs, told);
  const first = placeToTell(memory, reckoned, lowest);
  const random = Math.random();
  const published = publishedLane(memory, lane);
  let afterMs =
    pollMs ??
    (prequeue === undefined
      ? pollAfterMs(reckoned?.ahead ?? 0, estimateOf(memory, lane, first, isPaused), random)
      : prequeuePollMs(prequeue.startMs - nowMs, published?.waiting ?? 0, random));
  // Where the draw is not known here, nobody is counted: another edge, or a later poll, will.
  let until = arrivedAtMs === undefined ? from : nextUntil(from, countedUntil(nowMs, afterMs), afterMs);
  const isNew = told === 0;
  const isUnsure =
    lowest === undefined &&
    first !== undefined &&
    arrivedAtMs !== undefined &&
    isPlaceUnsure(memory, lane, arrivedAtMs, isNew);
  if (arrivedAtMs !== undefined) noteMove(moves, arrivedAtMs, from, until, from * 1000 > nowMs);
  noteDecided(moves, ticket.id);
  let shown = afterMove(noted, ticket.presentUntilSeconds, until);
  memory.tickets.set(ticket.id, { ...shown, position: isUnsure ? lowest : (first?.position ?? lowest) });
  seeToTelling(room, env, visit.waitUntil, Date.now());
  const place = isUnsure ? await placeMerged(room, env, lane, arrivedAtMs, first, isNew) : first;
  const position = place?.position ?? lowest;
  visit.position = position;
  const estimate = estimateOf(memory, lane, place, isPaused);
  if (isUnsure && place !== undefined && pollMs === undefined) {
    // Time has passed, and whoever was thought to be far behind may be next in line.
    afterMs = pollAfterMs(place.ahead, estimate, random);
    const counted = countedUntil(roomNowMs(memory), afterMs);
    noteMove(moves, arrivedAtMs, until, counted, true);
    shown = afterMove(shown, until, counted);
    until = counted;
  }
  if (isUnsure) memory.tickets.set(ticket.id, { ...shown, position });
  // What people are told when they come is what they judge the wait by.
  if (from === 0 && estimate.kind === "range") {
    count(room.series.wait.estimatedSum, (estimate.low + estimate.high) / 2);
    count(room.series.wait.estimatedCount);
  }

  const lifeMs = room.rules.ticketLifeMs;
  const text = await signTicket(keys, {
    ...ticket,
    lowestPosition: position,
    presentUntilSeconds: until,
    expiresAtSeconds: Math.floor((nowMs + lifeMs) / 1000),
  });
  if (text === undefined) throw new Error(`a ticket of room ${room.name} could not be signed`);
  return {
    kind: "waiting",
    setCookies: [queueSetCookie(room.cookies.ticket, text, lifeMs)],
    standing: {
      room: room.name,
      state: isPaused && prequeue === undefined ? "paused" : "waiting",
      position: place?.position ?? null,
      ahead: place?.ahead ?? null,
      estimatedWaitSeconds: estimate.kind === "range" ? { low: estimate.low, high: estimate.high } : null,
      pollAfterSeconds: afterMs / 1000,
      waiting: published?.waiting,
      keptUntil: new Date(nowMs + lifeMs).toISOString(),
      joinedAt: new Date(ticket.arrivedAtMs).toISOString(),
      ticket: text,
      ticketId: ticket.id,
      ...(prequeue === undefined ? {} : { startsAt: new Date(prequeue.startMs).toISOString() }),
    },
  };
}

function lowestOf(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}
