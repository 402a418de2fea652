/** Somebody without ticket and pass: in with a slot that this edge holds or gets, or a new place in line. */
import type { Env } from "../config/env.ts";
import { newTicketId } from "../config/queue-token.ts";
import type { PlaceClaim } from "../config/room-api.ts";
import { arrivalByRoom, arrivalOf } from "../policy/arrival-clock.ts";
import { isAsking, isDown, mayExchange } from "../policy/exchange-pace.ts";
import { noteComing, noteDecided } from "../policy/move-batches.ts";
import { decideNewcomer, type NewcomerDecision } from "../policy/newcomer.ts";
import { bindingFor } from "../policy/queue-binding.ts";
import type { Ticket } from "../policy/queue-claims.ts";
import { bookingMs, COMMON_LANE, rulesAt } from "../policy/room-rules.ts";
import { isInTrouble } from "../policy/self-protection.ts";
import { spendSlot, usableSlots, wantSlot } from "../policy/slot-lease.ts";
import { audienceOf } from "./audience.ts";
import { count } from "./counters.ts";
import { letGoHold, takeHold } from "./held-ticket.ts";
import { askResume } from "./pass-calls.ts";
import { joinPlaces } from "./places-client.ts";
import { exchangeRoom, hasHeard, heardInTime, LOOK_AGAIN_MS } from "./room-client.ts";
import { seeToTelling } from "./room-duty.ts";
import { laneOf, laneView, roomNowMs } from "./room-memory.ts";
import type { RoomRuntime } from "./room-runtime.ts";
import type { ShownTokens } from "./shown-tokens.ts";
import { letIn, passIdFor, type Stand, standInLine } from "./stand-in-line.ts";
import type { Visit } from "./visit.ts";

/** So long a newcomer waits for the Room at most. */
const DEADLINE_MS = 1000;

export type Newcomer =
  | Exclude<Stand, { kind: "used" }>
  | { readonly kind: "too-many-tickets"; readonly retryAfterMs: number };

export async function admitNewcomer(
  visit: Visit,
  env: Env,
  room: RoomRuntime,
  shown: ShownTokens,
): Promise<Newcomer> {
  const lane = visit.route?.lane ?? COMMON_LANE;
  const { memory } = room;
  const { moves, arrivals } = laneOf(memory, lane);
  const id = newTicketId();
  const knewTime = hasHeard(memory, Date.now());
  const { skewMs } = memory;
  const sinceMs = Date.now();
  const cameAtMs = arrivalOf(arrivals, roomNowMs(memory), Math.random());
  noteComing(moves, id, cameAtMs);
  try {
    const { kind } = await decide(room, env, lane);
    if (kind !== "ticket") return comeIn(visit, env, room, shown, { id, lane }, kind === "open");
    let arrivedAtMs = cameAtMs;
    if (!knewTime) {
      await heardInTime(room, env, sinceMs);
      arrivedAtMs = arrivalByRoom(cameAtMs, memory.skewMs - skewMs, roomNowMs(memory));
      noteComing(moves, id, arrivedAtMs);
    }
    return await joinLine(visit, env, room, shown, { id, lane, arrivedAtMs });
  } finally {
    noteDecided(moves, id);
  }
}

function comeIn(
  visit: Visit,
  env: Env,
  room: RoomRuntime,
  shown: ShownTokens,
  { id: placeId, lane }: { readonly id: string; readonly lane: string },
  isOpen: boolean,
): Newcomer {
  const { memory, rules } = room;
  const id = passIdFor(shown, { id: placeId });
  const nowMs = roomNowMs(memory);
  // Nothing is booked for it yet, so it holds for a session at the most.
  const untilMs = nowMs + (isOpen ? rules.sessionMs : bookingMs(rules));
  if (!isOpen) memory.letIn.push({ id, lane, givenAtMs: nowMs, untilMs });
  seeToTelling(room, env, visit.waitUntil, Date.now());
  const what = { id, untilMs, lane: lane === COMMON_LANE ? undefined : lane };
  return letIn(visit, env, room, shown, what, isOpen ? "open" : "slot");
}

/**
 * Whether somebody in line is let in although nobody can be asked: where the room says so, and a newcomer would be. Asks
 * the Room where nothing has been heard of it.
 */
export async function isOpenTo(room: RoomRuntime, env: Env, laneName: string): Promise<boolean> {
  if (room.onError !== "open") return false;
  const { memory } = room;
  const deadlineMs = Date.now() + DEADLINE_MS;
  while (!hasHeard(memory, Date.now())) {
    const nowMs = Date.now();
    const { kind } = look(room, laneName, nowMs);
    if (isDown(memory.pace)) return kind !== "ticket";
    if (nowMs >= deadlineMs) return kind === "ask" || kind === "wait";
    if (mayExchange(memory.pace, "urgent", nowMs)) await exchangeRoom(room, env);
    else await scheduler.wait(LOOK_AGAIN_MS);
  }
  return false;
}

/** Whether there is a slot; then it is taken. Asks the Room where that is not known here. */
async function decide(
  room: RoomRuntime,
  env: Env,
  laneName: string,
): Promise<{ readonly kind: "slot" | "open" | "ticket" }> {
  const { memory, onError } = room;
  const { lease } = laneOf(memory, laneName);
  const deadlineMs = Date.now() + DEADLINE_MS;
  let wantedIn: number | undefined;
  for (;;) {
    const nowMs = Date.now();
    const decision = look(room, laneName, nowMs);
    if (decision.kind === "slot" && spendSlot(lease, nowMs)) return { kind: "slot" };
    if (decision.kind === "ticket") return { kind: "ticket" };
    if (decision.kind === "down" || nowMs >= deadlineMs) {
      return { kind: onError === "open" ? "open" : "ticket" };
    }
    if (wantedIn !== memory.pace.seq) wantSlot(lease);
    wantedIn = memory.pace.seq;
    // The others' exchanges are theirs: this request only looks at what they have left behind.
    if (decision.kind === "ask") await exchangeRoom(room, env);
    else await scheduler.wait(LOOK_AGAIN_MS);
  }
}

function look({ memory, rules }: RoomRuntime, lane: string, nowMs: number): NewcomerDecision {
  const { pace, publication, signs } = memory;
  return decideNewcomer({
    isHeld: rulesAt(rules, nowMs + memory.skewMs).isHeld || (publication?.isPaused === true && !isDown(pace)),
    isInTrouble: isInTrouble(signs, nowMs),
    lane: laneView(memory, lane, nowMs),
    slots: usableSlots(laneOf(memory, lane).lease, nowMs),
    isDown: isDown(pace),
    mustWait: isAsking(pace, nowMs) || !mayExchange(pace, "urgent", nowMs),
  });
}

/** A place in line: for a signed-in user the one that other devices have, if there is one. */
async function joinLine(
  visit: Visit,
  env: Env,
  room: RoomRuntime,
  shown: ShownTokens,
  { id, lane, arrivedAtMs }: { readonly id: string; readonly lane: string; readonly arrivedAtMs: number },
): Promise<Newcomer> {
  const { owners } = shown;
  const ticket: Ticket = {
    room: room.name,
    id,
    arrivedAtMs,
    lowestPosition: undefined,
    presentUntilSeconds: 0,
    lane: lane === COMMON_LANE ? undefined : lane,
    binding: bindingFor(room.bind, owners),
    audience: audienceOf(env),
    expiresAtSeconds: 0,
  };
  if (owners.identity !== undefined) {
    const place = await placeOf(visit, env, room, shown, ticket);
    if ("kind" in place) return place;
    return standNew(visit, env, room, shown, place);
  }
  const held = await takeHold(room, env, shown, ticket);
  if (held.kind === "full") return { kind: "too-many-tickets", retryAfterMs: held.retryAfterMs };
  return standNew(visit, env, room, shown, held.ticket);
}

async function standNew(
  visit: Visit,
  env: Env,
  room: RoomRuntime,
  shown: ShownTokens,
  ticket: Ticket,
): Promise<Newcomer> {
  const lane = ticket.lane ?? COMMON_LANE;
  laneOf(room.memory, lane).queuedAtMs = Date.now();
  count(room.series.queued(lane));
  const stand = await standInLine(visit, env, room, shown, ticket);
  if (stand.kind === "in") letGoHold(visit, env, room, ticket);
  if (stand.kind !== "used") return stand;
  // Another device's ticket that has been used up: this one begins anew.
  const fresh = { ...ticket, id: newTicketId(), arrivedAtMs: roomNowMs(room.memory) };
  const again = await standInLine(visit, env, room, shown, fresh);
  if (again.kind === "used") throw new Error("a new ticket cannot be used up");
  return again;
}

/** The ticket in the place that the user's shard knows. */
function ticketAt(
  ticket: Ticket,
  { ticketId: id, arrivedAtMs }: Pick<PlaceClaim, "ticketId" | "arrivedAtMs">,
): Ticket {
  if (id === ticket.id) return ticket;
  return { ...ticket, id, arrivedAtMs, lowestPosition: undefined, presentUntilSeconds: 0 };
}

/**
 * A signed-in user's place: the ticket with the place that the user's shard knows, or the pass of another device. The
 * shard's silence costs nobody a place.
 */
export async function placeOf(
  visit: Visit,
  env: Env,
  room: RoomRuntime,
  shown: ShownTokens,
  ticket: Ticket,
): Promise<Ticket | Extract<Stand, { kind: "in" }>> {
  const [owner] = shown.owners.identity ?? [];
  if (owner === undefined) return ticket;
  const offered = {
    owner,
    ticketId: ticket.id,
    arrivedAtMs: ticket.arrivedAtMs,
    expiresAtMs: roomNowMs(room.memory) + room.rules.ticketLifeMs,
  };
  const answer = await joinPlaces(room, env, offered);
  if (answer === undefined) return ticket;
  if (answer.kind === "waiting") return ticketAt(ticket, answer);
  const { passId } = answer;
  const resumed = await askResume(room, env, passId, true);
  if (resumed === undefined) return ticket;
  if (resumed.kind === "gone") {
    // Ended before its time: the user's devices begin anew, together.
    const again = await joinPlaces(room, env, { ...offered, overPassId: passId });
    return again?.kind === "waiting" ? ticketAt(ticket, again) : ticket;
  }
  return letIn(
    visit,
    env,
    room,
    shown,
    { id: passId, untilMs: resumed.untilMs, lane: ticket.lane },
    "resume",
  );
}
