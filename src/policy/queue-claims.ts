/** What tickets and passes say, in the short words of the token, and when what one says holds. */
import type { TicketHold } from "./held-ticket.ts";

/** A place in line. */
export interface Ticket {
  readonly room: string;
  /** Names the place: one id holds one slot, however often and wherever it is shown. */
  readonly id: string;
  /** With a fraction: see `arrival-clock.ts`. */
  readonly arrivedAtMs: number;
  /** The lowest position that its holder has been told; undefined before the first. */
  readonly lowestPosition: number | undefined;
  /** Until when its holder counts as there; 0 while no poll time has been told. */
  readonly presentUntilSeconds: number;
  /** The lane whose line it stands in; undefined in the one of everybody. */
  readonly lane: string | undefined;
  /** See `queue-binding.ts`; "" is anybody's. */
  readonly binding: string;
  readonly audience: string;
  readonly expiresAtSeconds: number;
  /** In a room that caps the tickets of an address. */
  readonly hold?: TicketHold | undefined;
}

/** An admission. */
export interface Pass {
  readonly room: string;
  /** That of the ticket which was admitted. */
  readonly id: string;
  readonly binding: string;
  readonly audience: string;
  readonly issuedAtSeconds: number;
  readonly untilMs: number;
  readonly lane: string | undefined;
  /** Given while the room's object could not be reached, which is to hear of it wherever it is shown. */
  readonly isUntold?: boolean | undefined;
}

/** Where and when a token is shown. */
export interface Expected {
  readonly room: string;
  readonly audience: string;
  readonly nowMs: number;
}

/** Members in the order in which they are written: the same ticket is always the same text. */
export function ticketClaims(ticket: Ticket): Record<string, unknown> {
  return {
    room: ticket.room,
    id: ticket.id,
    t: ticket.arrivedAtMs,
    p: ticket.lowestPosition,
    u: ticket.presentUntilSeconds,
    l: ticket.lane,
    b: ticket.binding,
    aud: ticket.audience,
    exp: ticket.expiresAtSeconds,
    h: ticket.hold?.owner,
    hu: ticket.hold?.untilSeconds,
  };
}

/** The ticket that claims describe, or undefined when they are no ticket's. Other members mean nothing. */
export function ticketFrom(claims: unknown): Ticket | undefined {
  if (!isRecord(claims)) return undefined;
  const { room, id, t, p, u, l, b, aud, exp, h, hu } = claims;
  if (!isName(room) || !isId(id) || !isBinding(b) || !isAudience(aud)) return undefined;
  if (!isTime(t) || !isWhole(u) || !isWhole(exp)) return undefined;
  if (p !== undefined && !isWhole(p)) return undefined;
  if (l !== undefined && !isName(l)) return undefined;
  const hold = holdFrom(h, hu);
  if (hold === "none") return undefined;
  return {
    room,
    id,
    arrivedAtMs: t,
    lowestPosition: p,
    presentUntilSeconds: u,
    lane: l,
    binding: b,
    audience: aud,
    expiresAtSeconds: exp,
    ...(hold === undefined ? {} : { hold }),
  };
}

function holdFrom(owner: unknown, untilSeconds: unknown): TicketHold | undefined | "none" {
  if (owner === undefined && untilSeconds === undefined) return undefined;
  return isBinding(owner) && isWhole(untilSeconds) ? { owner, untilSeconds } : "none";
}

export function passClaims(pass: Pass): Record<string, unknown> {
  return {
    room: pass.room,
    id: pass.id,
    b: pass.binding,
    aud: pass.audience,
    iat: pass.issuedAtSeconds,
    until: pass.untilMs,
    // For other readers of the token (RFC 7519 §4.1.4); the edge goes by the millisecond.
    exp: Math.ceil(pass.untilMs / 1000),
    lane: pass.lane,
    o: pass.isUntold === true ? 1 : undefined,
  };
}

/** The pass that claims describe, or undefined when they are no pass's. */
export function passFrom(claims: unknown): Pass | undefined {
  if (!isRecord(claims)) return undefined;
  const { room, id, b, aud, iat, until, exp, lane, o } = claims;
  if (!isName(room) || !isId(id) || !isBinding(b) || !isAudience(aud)) return undefined;
  if (!isWhole(iat) || !isWhole(until) || exp !== Math.ceil(until / 1000)) return undefined;
  if (lane !== undefined && !isName(lane)) return undefined;
  if (o !== undefined && o !== 1) return undefined;
  const pass = { room, id, binding: b, audience: aud, issuedAtSeconds: iat, untilMs: until, lane };
  return o === 1 ? { ...pass, isUntold: true } : pass;
}

/** Ends at `expiresAtSeconds` exactly: the edges wrote it, whose clocks NTP keeps, so there is no leeway. */
export function ticketHolds(ticket: Ticket, expected: Expected): boolean {
  const { arrivedAtMs, presentUntilSeconds, expiresAtSeconds } = ticket;
  const endsAtMs = expiresAtSeconds * 1000;
  return (
    isHere(ticket, expected) &&
    expected.nowMs < endsAtMs &&
    [arrivedAtMs, presentUntilSeconds * 1000, endsAtMs].every((timeMs) => isNear(timeMs, expected.nowMs))
  );
}

/** Ends at `untilMs` exactly. */
export function passHolds(pass: Pass, expected: Expected): boolean {
  const { nowMs } = expected;
  const issuedAtMs = pass.issuedAtSeconds * 1000;
  return (
    isHere(pass, expected) && nowMs < pass.untilMs && isNear(pass.untilMs, nowMs) && isNear(issuedAtMs, nowMs)
  );
}

/** No cookie lives longer (RFC 6265bis §5.5: 400 days); a time beyond is seconds taken for milliseconds, or worse. */
const FARTHEST_MS = 400 * 24 * 3_600_000;

/** As the configuration bounds names. */
const MAX_NAME_LENGTH = 64;
/** A host name (RFC 1035 §2.3.4), or what else tells deployments apart. */
const MAX_AUDIENCE_LENGTH = 255;
const ID = /^[\w-]{8,64}$/;
const BINDING = /^[\w.-]{0,64}$/;

function isHere(token: Ticket | Pass, { room, audience }: Expected): boolean {
  return token.room === room && token.audience === audience;
}

function isNear(timeMs: number, nowMs: number): boolean {
  return timeMs - nowMs <= FARTHEST_MS;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Milliseconds, perhaps with a fraction. */
function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_NAME_LENGTH;
}

function isAudience(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_AUDIENCE_LENGTH;
}

function isId(value: unknown): value is string {
  return typeof value === "string" && ID.test(value);
}

function isBinding(value: unknown): value is string {
  return typeof value === "string" && BINDING.test(value);
}
