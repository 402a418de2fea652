/** The tickets and passes that a request shows for a room, as far as they hold and are its user's. */
import type { Env } from "../config/env.ts";
import { tokensRejected } from "../config/metric-names.ts";
import { knownQueueKeys, type QueueKeys, queueKeys } from "../config/queue-keys.ts";
import { knownOwners, ownersOf } from "../config/queue-owner.ts";
import { knownPass, type Rejection, readPass, readTicket } from "../config/queue-token.ts";
import { cookieValue } from "../policy/cookie.ts";
import { type Owners, type Ownership, ownershipOf } from "../policy/queue-binding.ts";
import type { Expected, Pass, Ticket } from "../policy/queue-claims.ts";
import { presentedTokens } from "../policy/queue-cookie.ts";
import { endedAtMs } from "../policy/room-known.ts";
import { bookingMs } from "../policy/room-rules.ts";
import { audienceOf } from "./audience.ts";
import { count } from "./counters.ts";
import { roomNowMs } from "./room-memory.ts";
import type { RoomRuntime } from "./room-runtime.ts";
import type { Visit } from "./visit.ts";

export interface Shown<Token> {
  readonly token: Token;
  readonly text: string;
  readonly ownership: Exclude<Ownership, "somebody-elses">;
}

/** Who shows what. */
export interface ShownTokens {
  readonly keys: QueueKeys;
  readonly owners: Owners;
  /** Its text may be over for less than a booking: then its slot may be there still. */
  readonly pass: Shown<Pass> | undefined;
  readonly ticket: Shown<Ticket> | undefined;
}

/**
 * The pass if it is one that this edge knows, in force and the user's: the way of every request in steady state, which
 * awaits nothing. Undefined may mean anything else.
 */
export function passInHand(
  visit: Visit,
  env: Env,
  room: RoomRuntime,
): { readonly pass: Pass; readonly owners: Owners; readonly isProven: boolean } | undefined {
  const { picked } = visit;
  const text = picked.pass ?? cookieValue(picked.cookie, room.cookies.pass);
  if (text === undefined) return undefined;
  const keys = knownQueueKeys(env.TIDEGATE_SECRET);
  if (keys === undefined) return undefined;
  const expected = expectedNow(env, room);
  // Whatever the text is made of: none is known that is no token.
  const pass = knownPass(keys, text, expected);
  if (pass === undefined || isOver(room, pass)) return undefined;
  const owners = knownOwners(keys, visit.caller, picked.userAgent);
  if (owners === undefined) return undefined;
  const ownership = ownershipOf(pass.binding, owners);
  if (ownership !== "theirs" && ownership !== "logged-out") return undefined;
  return { pass, owners, isProven: ownership === "theirs" };
}

/** Everything that the request shows, verified. Undefined without a secret to verify with. */
export async function shownTokens(
  visit: Visit,
  env: Env,
  room: RoomRuntime,
): Promise<ShownTokens | undefined> {
  const secret = env.TIDEGATE_SECRET;
  const keys = knownQueueKeys(secret) ?? (await queueKeys(secret));
  if (!keys.canSign) return undefined;
  const { caller, picked } = visit;
  const owners =
    knownOwners(keys, caller, picked.userAgent) ?? (await ownersOf(keys, caller, picked.userAgent));
  const expected = expectedNow(env, room);
  const lately = { ...expected, nowMs: expected.nowMs - bookingMs(room.rules) };
  const passes = presentedTokens(picked.pass, picked.cookie, room.cookies.pass);
  const pass = await firstOf(passes, (text) => readPass(keys, text, lately, rejectPass), owners, rejectPass);
  const isPass = pass !== undefined && !isOver(room, pass.token);
  if (pass !== undefined && !isPass) rejectPass("ended");
  const tickets = presentedTokens(picked.ticket, picked.cookie, room.cookies.ticket);
  const ticket = await firstOf(
    tickets,
    (text) => readTicket(keys, text, expected, rejectTicket),
    owners,
    rejectTicket,
  );
  return { keys, owners, pass: isPass ? pass : undefined, ticket };
}

type Reason = Rejection | "somebody-elses" | "ended";
const rejectPass = (reason: Reason): void => count(tokensRejected("pass", reason));
const rejectTicket = (reason: Reason): void => count(tokensRejected("ticket", reason));

/** When a token is made or shown. */
export function expectedNow(env: Env, room: RoomRuntime): Expected {
  return { room: room.name, audience: audienceOf(env), nowMs: roomNowMs(room.memory) };
}

/** A pass that was ended before its time. The same user may have come in anew since, by a pass of the same name. */
export function isOver(
  { memory }: Pick<RoomRuntime, "memory">,
  { id, issuedAtSeconds }: Pick<Pass, "id" | "issuedAtSeconds">,
): boolean {
  const { publication, over } = memory;
  if (over.size === 0 && (publication === undefined || publication.ended.length === 0)) return false;
  const overAtMs = Math.max(endedAtMs(memory, id) ?? 0, over.get(id) ?? 0);
  return issuedAtSeconds * 1000 <= overAtMs;
}

async function firstOf<Token extends Pass | Ticket>(
  texts: readonly string[],
  read: (text: string) => Promise<Token | undefined>,
  owners: Owners,
  reject: (reason: "somebody-elses") => void,
): Promise<Shown<Token> | undefined> {
  for (const text of texts) {
    const token = await read(text);
    if (token === undefined) continue;
    const ownership = ownershipOf(token.binding, owners);
    if (ownership !== "somebody-elses") return { token, text, ownership };
    reject(ownership);
  }
  return undefined;
}
