/** A shown ticket at this edge: what it is told, signed anew with that, or the pass that it becomes. */
import type { Env } from "../config/env.ts";
import { signTicket } from "../config/queue-token.ts";
import { passIdOfUser } from "../policy/pass-renewal.ts";
import type { Pass, Ticket } from "../policy/queue-claims.ts";
import { queueSetCookie } from "../policy/queue-cookie.ts";
import { publishedLane } from "../policy/room-known.ts";
import { COMMON_LANE } from "../policy/room-rules.ts";
import { standInLine as stand, type Waiting } from "../policy/stand-in-line.ts";
import { newPass, untoldPass } from "./admission.ts";
import { carry, MEANS } from "./carry.ts";
import { count } from "./counters.ts";
import { tellAdmitted } from "./places-client.ts";
import type { QueueStanding } from "./queue-answer.ts";
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
  const passId = passIdFor(shown, ticket);
  const how = { passId, isOpenOnError: room.onError === "open" };
  const steps = stand(room.memory, room.rules, ticket, how, MEANS);
  const stood = await carry(steps, visit, env, room);
  switch (stood.kind) {
    case "in": {
      const { way, untilMs, waitedMs } = stood;
      if (way === "claim") {
        count(room.series.wait.actualSum, waitedMs / 1000);
        count(room.series.wait.actualCount);
      }
      const what = { id: passId, untilMs, lane: ticket.lane };
      return letIn(visit, env, room, shown, what, way, ticket.id);
    }
    case "used":
      return stood;
    case "waiting":
      return waiting(visit, room, shown, ticket, stood);
  }
}

/** A verified user has one slot, whatever the device; everybody else's is the ticket's. */
export function passIdFor({ owners }: ShownTokens, { id }: Pick<Ticket, "id">): string {
  const [owner] = owners.identity ?? [];
  return owner === undefined ? id : passIdOfUser(owner);
}

/**
 * Counts the admission, and tells a signed-in user's shard behind the answer.
 *
 * @param ticketId that becomes a pass the way "open": the Room is to hear that it is used up
 */
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

async function waiting(
  visit: Visit,
  room: RoomRuntime,
  { keys }: ShownTokens,
  ticket: Ticket,
  told: Waiting,
): Promise<Stand> {
  const { place, estimate, prequeue, askedAtMs } = told;
  const { lowestPosition, presentUntilSeconds } = told;
  visit.position = lowestPosition;
  // What people are told when they come is what they judge the wait by.
  if (told.isNew && estimate.kind === "range") {
    count(room.series.wait.estimatedSum, (estimate.low + estimate.high) / 2);
    count(room.series.wait.estimatedCount);
  }

  const endsAtMs = askedAtMs + room.rules.ticketLifeMs;
  const expiresAtSeconds = Math.floor(endsAtMs / 1000);
  const text = await signTicket(keys, { ...ticket, lowestPosition, presentUntilSeconds, expiresAtSeconds });
  if (text === undefined) throw new Error(`a ticket of room ${room.name} could not be signed`);
  return {
    kind: "waiting",
    setCookies: [queueSetCookie(room.cookies.ticket, text, room.rules.ticketLifeMs)],
    standing: {
      room: room.name,
      state: told.isPaused && prequeue === undefined ? "paused" : "waiting",
      position: place?.position ?? null,
      ahead: place?.ahead ?? null,
      estimatedWaitSeconds: estimate.kind === "range" ? { low: estimate.low, high: estimate.high } : null,
      pollAfterSeconds: told.afterMs / 1000,
      waiting: publishedLane(room.memory, ticket.lane ?? COMMON_LANE)?.waiting,
      keptUntil: new Date(endsAtMs).toISOString(),
      joinedAt: new Date(ticket.arrivedAtMs).toISOString(),
      ticket: text,
      ticketId: ticket.id,
      ...(prequeue === undefined ? {} : { startsAt: new Date(prequeue.startMs).toISOString() }),
    },
  };
}
