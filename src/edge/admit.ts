/**
 * The stage of the room in front of a route: lets users in who have a pass, and gives all others a slot or a place in line.
 *
 * It comes after the limits, so that whoever sends too much is refused before anything is signed, and a queued request
 * gives back what the limits took (`giveBackCharges`): whoever waits in line has all tokens when the turn comes.
 */
import type { Env } from "../config/env.ts";
import { askAdopt } from "../policy/ask-once.ts";
import { arrivalShown } from "../policy/newcomer-arrival.ts";
import { isOpenTo } from "../policy/newcomer-turn.ts";
import { mayResume } from "../policy/pass-renewal.ts";
import { bookedUntil } from "../policy/pass-use.ts";
import { renewedBinding } from "../policy/queue-binding.ts";
import type { Pass, Ticket } from "../policy/queue-claims.ts";
import { COMMON_LANE } from "../policy/room-rules.ts";
import { bindingOfPass, newPass, usePass } from "./admission.ts";
import { admitNewcomer, type Newcomer, placeOf } from "./admit-newcomer.ts";
import { carry, MEANS } from "./carry.ts";
import { count } from "./counters.ts";
import { keepHold, letGoHold } from "./held-ticket.ts";
import { leaveLine } from "./leave-line.ts";
import { tooManyTickets } from "./limited-answer.ts";
import { problem } from "./problem.ts";
import { isPreflight, queuedAnswer } from "./queue-answer.ts";
import { exchangeRoom, keepFresh } from "./room-client.ts";
import { hoursOf, roomNowMs } from "./room-memory.ts";
import type { Admission, RoomRuntime } from "./room-runtime.ts";
import { passInHand, type Shown, type ShownTokens, shownTokens } from "./shown-tokens.ts";
import { letIn, passIdFor, standInLine } from "./stand-in-line.ts";
import type { Visit } from "./visit.ts";

/** Undefined lets the request pass; with a pass that this edge knows, at once. */
export function admit(visit: Visit, env: Env): Response | undefined | Promise<Response | undefined> {
  const room = visit.route?.room;
  if (room === undefined || room.rules.mode === "off" || isPreflight(visit.request)) return undefined;
  const inHand = passInHand(visit, env, room);
  if (inHand === undefined) return admitSlowly(visit, env, room);
  keepFresh(room, visit.nowMs, () => visit.waitUntil(exchangeRoom(room, env, visit.waitUntil)));
  const { pass, owners, isProven } = inHand;
  visit.admission = isProven
    ? usePass(visit, env, room, pass, () => bindingOfPass(room, pass, owners, false))
    : asItStands(room, pass);
  return undefined;
}

async function admitSlowly(visit: Visit, env: Env, room: RoomRuntime): Promise<Response | undefined> {
  const shown = await shownTokens(visit, env, room);
  if (shown === undefined) return withoutSecret(visit, room);
  const outcome = await outcomeOf(visit, env, room, shown);
  keepFresh(room, Date.now(), () => visit.waitUntil(exchangeRoom(room, env, visit.waitUntil)));
  switch (outcome.kind) {
    case "in":
      visit.admission = outcome.admission;
      return undefined;
    case "waiting": {
      const { status } = room;
      const history = hoursOf(room.memory, roomNowMs(room.memory));
      return queuedAnswer(visit, outcome.standing, { status, setCookies: outcome.setCookies, history });
    }
    case "too-many-tickets":
      return tooManyTickets(visit, outcome.retryAfterMs);
  }
}

export type Outcome =
  | { readonly kind: "in"; readonly admission: Admission }
  | Exclude<Newcomer, { kind: "in" }>;

async function outcomeOf(visit: Visit, env: Env, room: RoomRuntime, shown: ShownTokens): Promise<Outcome> {
  const admission = await admissionByPass(visit, env, room, shown);
  if (admission !== undefined) return { kind: "in", admission };
  const stand =
    shown.ticket === undefined ? undefined : await standWith(visit, env, room, shown, shown.ticket);
  const found =
    stand === undefined || stand.kind === "used" ? await admitNewcomer(visit, env, room, shown) : stand;
  return found.kind === "in" ? { kind: "in", admission: { room, pass: found.pass, isToTell: true } } : found;
}

/** In by a pass that is shown: as it stands, or anew when its text is over and its slot is not. */
export async function admissionByPass(
  visit: Visit,
  env: Env,
  room: RoomRuntime,
  shown: ShownTokens,
): Promise<Admission | undefined> {
  if (shown.pass === undefined) return undefined;
  const { token: pass, ownership } = shown.pass;
  const nowMs = roomNowMs(room.memory);
  const isToAdopt = ownership === "to-adopt";
  const adopted = isToAdopt ? await adopt(visit, env, room, shown, pass) : undefined;
  if (adopted === "refused") return undefined;
  if (adopted !== undefined) return adopted;
  // Without a proof of who it is a user's pass is used up: neither it nor its slot is made to last longer.
  if (ownership === "logged-out") return pass.untilMs > nowMs ? asItStands(room, pass) : undefined;
  const binding = () => bindingOfPass(room, pass, shown.owners, isToAdopt);
  if (pass.untilMs > nowMs) return usePass(visit, env, room, pass, binding);
  if (!mayResume(room.rules, pass.untilMs, nowMs)) return undefined;
  const resuming = bookedUntil(room.memory, pass.id, nowMs, MEANS);
  const untilMs = await carry(resuming, visit, env, room);
  if (untilMs === "gone") return undefined;
  // The Room gives this slot to nobody either while it cannot be reached: who is in goes on, with nothing signed anew.
  if (untilMs === "unreachable") return asItStands(room, pass);
  count(room.series.admissions(pass.lane ?? "", "resume"));
  // Known here or asked for, it is used now, and its slot is to be kept for as long as that says.
  const resumed = usePass(visit, env, room, { ...pass, binding: binding(), untilMs }, binding);
  return { ...resumed, isToTell: true };
}

function asItStands(room: RoomRuntime, pass: Pass): Admission {
  return { room, pass, isToTell: false };
}

/** A shown ticket; a signed-in user's that was made before the login becomes the user's. */
export async function standWith(
  visit: Visit,
  env: Env,
  room: RoomRuntime,
  shown: ShownTokens,
  { token, ownership }: Shown<Ticket>,
) {
  const { memory, rules, onError } = room;
  const ticket = {
    ...token,
    binding: renewedBinding(token.binding, room.bind, shown.owners),
    arrivedAtMs: arrivalShown(memory, token.arrivedAtMs, Date.now()),
  };
  if (ownership === "to-adopt") return standAdopted(visit, env, room, shown, ticket);
  const kept = await keepHold(room, env, shown, ticket);
  const opening = isOpenTo(memory, rules, ticket.lane ?? COMMON_LANE, MEANS);
  const isOpen = onError === "open" && (await carry(opening, visit, env, room));
  const stand = isOpen
    ? await comeInByTicket(visit, env, room, shown, kept)
    : await standInLine(visit, env, room, shown, kept);
  if (stand.kind !== "waiting") letGoHold(visit, env, room, kept);
  return stand;
}

/** Whoever waits is let in as readily as newcomers are while the Room cannot be reached; the line is told that one less waits. */
async function comeInByTicket(visit: Visit, env: Env, room: RoomRuntime, shown: ShownTokens, ticket: Ticket) {
  await leaveLine(visit, env, room, ticket);
  const untilMs = roomNowMs(room.memory) + room.rules.sessionMs;
  const what = { id: passIdFor(shown, ticket), untilMs, lane: ticket.lane };
  return letIn(visit, env, room, shown, what, "open", ticket.id);
}

/** It becomes the user's, who has one place and counts at no address. */
async function standAdopted(visit: Visit, env: Env, room: RoomRuntime, shown: ShownTokens, ticket: Ticket) {
  letGoHold(visit, env, room, ticket);
  const place = await placeOf(visit, env, room, shown, { ...ticket, hold: undefined });
  return "kind" in place ? place : standInLine(visit, env, room, shown, place);
}

/**
 * The user logged in while in the room: the slot is the user's from now on, whatever the device. Only the Room can tell
 * the first who adopts a pass from the tenth; undefined while it cannot say, and the pass goes on without a user.
 */
async function adopt(
  visit: Visit,
  env: Env,
  room: RoomRuntime,
  shown: ShownTokens,
  pass: Pass,
): Promise<Admission | "refused" | undefined> {
  const { memory } = room;
  const passId = passIdFor(shown, pass);
  const answer = await carry(askAdopt(memory, pass.id, passId, MEANS), visit, env, room);
  if (answer === undefined || answer.kind === "unknown") return undefined;
  memory.over.set(pass.id, roomNowMs(memory));
  if (answer.kind === "refused") return "refused";
  memory.booked.set(passId, answer.untilMs);
  const what = { id: passId, untilMs: answer.untilMs, lane: pass.lane };
  return { room, pass: letIn(visit, env, room, shown, what, "adopt").pass, isToTell: true };
}

/** Without a secret nothing can be signed: as if the Room could not be reached. */
function withoutSecret({ id, request }: Visit, { onError }: RoomRuntime): Response | undefined {
  if (onError === "open") return undefined;
  return problem("not-configured", { requestId: id, method: request.method });
}

/** A pass for a room that queues nobody, so that whoever polls goes on: it says nothing of a slot. */
export function passOfOpenRoom(env: Env, room: RoomRuntime, shown: ShownTokens, ticket: Ticket): Pass {
  const untilMs = roomNowMs(room.memory) + OPEN_ROOM_MS;
  return newPass(env, room, shown.owners, { id: ticket.id, untilMs, lane: ticket.lane });
}

const OPEN_ROOM_MS = 30_000;
