/** Counts the tickets of an address where a room caps them: at join, twice in a hold while one polls, and at its end. */
import { addressesStub, type Env } from "../config/env.ts";
import type { HoldAnswer, PlacesApi } from "../config/room-api.ts";
import { holderOf, holdMs, isHoldDue, type TicketHold } from "../policy/held-ticket.ts";
import { placeShardOf } from "../policy/place-shard.ts";
import { isOfUser } from "../policy/queue-binding.ts";
import type { Ticket } from "../policy/queue-claims.ts";
import { count } from "./counters.ts";
import { inTime } from "./room-client.ts";
import { roomNowMs } from "./room-memory.ts";
import type { RoomRuntime } from "./room-runtime.ts";
import type { ShownTokens } from "./shown-tokens.ts";
import type { Visit } from "./visit.ts";

/** A ticket is given all the same when the address's object does not answer. */
const HOLD_DEADLINE_MS = 100;
/** Behind an answer nobody waits. */
const TELL_DEADLINE_MS = 5000;

export type Held =
  | { readonly kind: "held"; readonly ticket: Ticket }
  | { readonly kind: "full"; readonly retryAfterMs: number };

/** A new ticket, counted; or its address holds as many as it may. Users with an identity have one place and no cap. */
export async function takeHold(
  room: RoomRuntime,
  env: Env,
  shown: ShownTokens,
  ticket: Ticket,
): Promise<Held> {
  const { ticketsPerAddress } = room;
  if (ticketsPerAddress === 0) return { kind: "held", ticket };
  const hold = holderOf(undefined, shown.owners.address);
  const answer = await ask(room, env, ticket, hold, ticketsPerAddress);
  if (answer?.kind === "full") return answer;
  return { kind: "held", ticket: { ...ticket, hold: answer === undefined ? hold : heard(room, hold) } };
}

/** A ticket that is shown goes on being counted: it, or the ticket with what is to be told of it next. */
export async function keepHold(
  room: RoomRuntime,
  env: Env,
  shown: ShownTokens,
  ticket: Ticket,
): Promise<Ticket> {
  if (room.ticketsPerAddress === 0 || isOfUser(ticket.binding)) return ticket;
  const hold = holderOf(ticket.hold, shown.owners.address);
  if (!isHoldDue(hold, room.rules.ticketLifeMs, roomNowMs(room.memory))) return ticket;
  const answer = await ask(room, env, ticket, hold, undefined);
  return answer === undefined ? ticket : { ...ticket, hold: heard(room, hold) };
}

/** The ticket became a pass, or is given up: behind the answer its address may have another. */
export function letGoHold(
  { waitUntil }: Pick<Visit, "waitUntil">,
  env: Env,
  room: RoomRuntime,
  { id, hold }: Ticket,
): void {
  if (hold === undefined) return;
  const letting = stubOf(env, hold.owner).letGo(room.name, hold.owner, id);
  waitUntil(inTime(letting, TELL_DEADLINE_MS, (result) => count(room.series.calls("let-go", result))));
}

function ask(
  room: RoomRuntime,
  env: Env,
  { id: ticketId }: Ticket,
  { owner }: TicketHold,
  most: number | undefined,
): Promise<HoldAnswer | undefined> {
  const forMs = holdMs(room.rules.ticketLifeMs);
  const asking = stubOf(env, owner).hold({ room: room.name, owner, ticketId, forMs, most });
  return inTime(asking, HOLD_DEADLINE_MS, (result) => count(room.series.calls("hold", result)));
}

function heard({ memory, rules }: RoomRuntime, { owner }: TicketHold): TicketHold {
  return { owner, untilSeconds: Math.floor((roomNowMs(memory) + holdMs(rules.ticketLifeMs)) / 1000) };
}

function stubOf(env: Env, owner: string): PlacesApi {
  return addressesStub(env, placeShardOf(owner)) as unknown as PlacesApi;
}
