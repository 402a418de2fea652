/** A user who is in a room, and what the answer tells of it: a new pass, a renewed one, or that the session is over. */
import type { Env } from "../config/env.ts";
import { signPass } from "../config/queue-token.ts";
import { passIdOfUser, renewalOf } from "../policy/pass-renewal.ts";
import { bindingFor, type Owners, renewedBinding } from "../policy/queue-binding.ts";
import type { Pass } from "../policy/queue-claims.ts";
import { clearCookie, PASS_HEADER, queueSetCookie } from "../policy/queue-cookie.ts";
import { bookingMs, COMMON_LANE } from "../policy/room-rules.ts";
import { sharedCacheMayKeep, TARGETED_FIELDS } from "../policy/shared-cache.ts";
import { audienceOf } from "./audience.ts";
import { tellStillIn } from "./places-client.ts";
import { seeToTelling } from "./room-duty.ts";
import { roomNowMs } from "./room-memory.ts";
import type { Admission, RoomRuntime } from "./room-runtime.ts";
import { shownTokens } from "./shown-tokens.ts";
import type { Visit } from "./visit.ts";

/** A shown pass is used: its slot is kept for longer when less than a session is left. */
export function usePass(
  visit: Visit,
  env: Env,
  room: RoomRuntime,
  pass: Pass,
  binding: () => string,
): Admission {
  const { memory, rules } = room;
  if (pass.isUntold === true) tellUntold(room, pass);
  const booked = memory.booked.get(pass.id) ?? 0;
  const { signUntilMs, bookUntilMs } = renewalOf(rules, pass.untilMs, booked, roomNowMs(memory));
  if (bookUntilMs !== undefined) {
    book(room, pass.id, bookUntilMs);
    const endsAtMs = Math.max(pass.untilMs, booked) - memory.skewMs;
    memory.bookingsDueMs = Math.min(memory.bookingsDueMs, endsAtMs);
    seeToTelling(room, env, visit.waitUntil, Date.now());
  }
  if (signUntilMs === undefined) return { room, pass, isToTell: false };
  const renewed = { ...pass, binding: binding(), untilMs: signUntilMs, isUntold: undefined };
  return { room, pass: renewed, isToTell: true };
}

/** Of passes that the Room has not heard of, so many are kept for it; the others are told when they are used. */
const MOST_UNTOLD = 100_000;

/**
 * The Room books its slot as soon as it hears of it, over the limit if need be: its user is in. Any edge tells, as the one
 * that gave it may be gone.
 */
function tellUntold({ memory }: RoomRuntime, pass: Pass, ticketId?: string): void {
  const { id, lane = COMMON_LANE, issuedAtSeconds, untilMs } = pass;
  if (memory.letIn.length >= MOST_UNTOLD || memory.booked.get(id) !== undefined) return;
  memory.letIn.push({ id, lane, givenAtMs: issuedAtSeconds * 1000, untilMs, ticketId });
  // It is on its way, and is told until that is answered.
  memory.booked.set(id, untilMs);
}

/** Of users who are in, so many at one edge can be late at most; what is not booked here is at their next request. */
const MOST_BOOKINGS = 100_000;

function book({ memory: { bookings } }: RoomRuntime, id: string, untilMs: number): void {
  if (bookings.size < MOST_BOOKINGS || bookings.has(id)) bookings.set(id, untilMs);
}

/** What a renewed pass is bound to. A user who logged in since has to be known to the room first. */
export function bindingOfPass(
  room: RoomRuntime,
  { binding }: Pass,
  owners: Owners,
  isToAdopt: boolean,
): string {
  if (isToAdopt) return bindingFor(room.bind, { ...owners, identity: undefined });
  return renewedBinding(binding, room.bind, owners);
}

/** A pass for somebody who comes in now. */
export function newPass(
  env: Env,
  room: RoomRuntime,
  owners: Owners,
  { id, untilMs, lane }: Pick<Pass, "id" | "untilMs" | "lane">,
): Pass {
  const { memory } = room;
  // The same user may have been out a moment ago: this pass is another one than that which was ended.
  const overAtMs = Math.max(memory.over.get(id) ?? -1, memory.ended.get(id) ?? -1);
  const nowSeconds = Math.floor(roomNowMs(memory) / 1000);
  return {
    room: room.name,
    id,
    binding: bindingFor(room.bind, owners),
    audience: audienceOf(env),
    issuedAtSeconds: Math.max(nowSeconds, Math.floor(overAtMs / 1000) + 1),
    untilMs,
    lane,
  };
}

/** The same while the Room cannot be reached. */
export function untoldPass(
  env: Env,
  room: RoomRuntime,
  owners: Owners,
  what: Pick<Pass, "id" | "untilMs" | "lane">,
  ticketId: string | undefined,
): Pass {
  const pass: Pass = { ...newPass(env, room, owners, what), isUntold: true };
  tellUntold(room, pass, ticketId);
  return pass;
}

/** The Set-Cookie fields of a pass. It outlives its text by as long as its slot may: see `mayResume`. */
export function passCookies(room: RoomRuntime, pass: Pass, text: string): string[] {
  const { cookies, memory, rules } = room;
  const leftMs = pass.untilMs - roomNowMs(memory) + (rules.renews ? bookingMs(rules) : 0);
  return [queueSetCookie(cookies.pass, text, leftMs)];
}

/** Puts into the answer what the client is to know, in place. At once when that is nothing. */
export function withAdmission(visit: Visit, env: Env, answer: Response): Response | Promise<Response> {
  if (visit.isSessionOver) return endSession(visit, env, answer);
  const { admission } = visit;
  if (admission === undefined || !admission.isToTell) return answer;
  return tellPass(visit, env, admission, answer);
}

async function tellPass(
  visit: Visit,
  env: Env,
  { room, pass }: Admission,
  answer: Response,
): Promise<Response> {
  const shown = await shownTokens(visit, env, room);
  const text = shown === undefined ? undefined : await signPass(shown.keys, pass);
  if (text === undefined) return answer;
  const [owner] = shown?.owners.identity ?? [];
  if (owner !== undefined && pass.id === passIdOfUser(owner)) {
    const telling = tellStillIn(room, env, owner, pass.id, pass.untilMs);
    if (telling !== undefined) visit.waitUntil(telling);
  }
  keepPrivate(visit, answer);
  answer.headers.set(PASS_HEADER, text);
  for (const field of passCookies(room, pass, text)) answer.headers.append("set-cookie", field);
  if (visit.picked.cookie?.includes(room.cookies.ticket) === true) {
    answer.headers.append("set-cookie", clearCookie(room.cookies.ticket));
  }
  return answer;
}

/** An answer with a pass in it must not be kept for others, whatever the origin said of it. */
function keepPrivate({ method, picked }: Visit, { status, headers }: Response): void {
  const isShared = sharedCacheMayKeep({
    method,
    hasAuthorization: picked.authorization !== undefined,
    status,
    hasSetCookie: headers.has("set-cookie"),
    cacheControl: headers.get("cache-control") ?? undefined,
    hasExpires: headers.has("expires"),
    hasTargetedControl: TARGETED_FIELDS.some((name) => headers.has(name)),
  });
  if (!isShared) return;
  for (const name of TARGETED_FIELDS) headers.delete(name);
  headers.set("cache-control", "no-store");
}

/** The user is out of the route's room; of every room whose pass is shown, on a route without one. */
async function endSession(visit: Visit, env: Env, answer: Response): Promise<Response> {
  const { route, snapshot, admission } = visit;
  const rooms = route?.room === undefined ? [...snapshot.rooms.values()] : [route.room];
  for (const room of rooms) {
    const shown = await shownTokens(visit, env, room);
    const ids = new Set([shown?.pass?.token.id, admission?.room === room ? admission.pass.id : undefined]);
    for (const id of ids) if (id !== undefined) endPass(visit, env, room, id);
    for (const field of clearedCookies(visit, room)) answer.headers.append("set-cookie", field);
  }
  return answer;
}

/** Frees the slot of a pass, soon, and lets nobody in with it any more. */
export function endPass(visit: Visit, env: Env, room: RoomRuntime, id: string): void {
  const { memory } = room;
  const nowMs = roomNowMs(memory);
  memory.over.set(id, nowMs);
  memory.bookings.delete(id);
  memory.endedToTell.set(id, nowMs);
  seeToTelling(room, env, visit.waitUntil, Date.now());
}

/** Takes away what the client has shown of a room. */
export function clearedCookies({ picked }: Visit, { cookies }: RoomRuntime): string[] {
  const shown = [cookies.pass, cookies.ticket].filter((name) => picked.cookie?.includes(name) === true);
  return shown.map(clearCookie);
}
