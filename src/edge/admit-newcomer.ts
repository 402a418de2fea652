/** Somebody without ticket and pass: in with a slot that this edge holds or gets, or a new place in line. */
import type { Env } from "../config/env.ts";
import { newTicketId } from "../config/queue-token.ts";
import type { PlaceClaim } from "../config/room-api.ts";
import { noteDecided } from "../policy/move-batches.ts";
import { arrivalInTime, noteNewcomer } from "../policy/newcomer-arrival.ts";
import { newcomerTurn, noteLetIn } from "../policy/newcomer-turn.ts";
import { bindingFor } from "../policy/queue-binding.ts";
import type { Ticket } from "../policy/queue-claims.ts";
import { COMMON_LANE } from "../policy/room-rules.ts";
import { placeOfUser } from "../policy/user-place.ts";
import { audienceOf } from "./audience.ts";
import { carry, MEANS } from "./carry.ts";
import { count } from "./counters.ts";
import { letGoHold, takeHold } from "./held-ticket.ts";
import { seeToTelling } from "./room-duty.ts";
import { laneOf, roomNowMs } from "./room-memory.ts";
import type { RoomRuntime } from "./room-runtime.ts";
import type { ShownTokens } from "./shown-tokens.ts";
import { letIn, passIdFor, type Stand, standInLine } from "./stand-in-line.ts";
import type { Visit } from "./visit.ts";

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
  const id = newTicketId();
  const coming = noteNewcomer(memory, lane, id, MEANS);
  try {
    const deciding = newcomerTurn(memory, room.rules, lane, MEANS);
    const turn = await carry(deciding, visit, env, room);
    const isOpen = turn === "silent" && room.onError === "open";
    if (turn === "slot" || isOpen) return comeIn(visit, env, room, shown, { id, lane }, isOpen);
    const arrivedAtMs = await carry(arrivalInTime(memory, lane, coming, MEANS), visit, env, room);
    return await joinLine(visit, env, room, shown, { id, lane, arrivedAtMs });
  } finally {
    noteDecided(laneOf(memory, lane).moves, id);
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
  const untilMs = isOpen ? nowMs + rules.sessionMs : noteLetIn(memory, rules, { id, lane }, nowMs);
  seeToTelling(room, env, visit.waitUntil, Date.now());
  const what = { id, untilMs, lane: lane === COMMON_LANE ? undefined : lane };
  return letIn(visit, env, room, shown, what, isOpen ? "open" : "slot");
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
  const shownId = shown.ticket?.token.id;
  const offered = {
    owner,
    ticketId: ticket.id,
    arrivedAtMs: ticket.arrivedAtMs,
    expiresAtMs: roomNowMs(room.memory) + room.rules.ticketLifeMs,
    // Who comes as new with a ticket has used it up, whatever the shard has heard.
    overTicketId: shownId === ticket.id ? undefined : shownId,
  };
  const steps = placeOfUser(room.memory, offered, MEANS);
  const place = await carry(steps, visit, env, room);
  if (place.kind === "waiting") return ticketAt(ticket, place);
  const { passId, untilMs } = place;
  return letIn(visit, env, room, shown, { id: passId, untilMs, lane: ticket.lane }, "resume");
}
