/** Who is "there" when an origin drains: a user who was there lately stays until the deadline, anybody else goes elsewhere. */

/**
 * Two kinds of evidence, either is enough. A *seat*: a cookie that says which origin served this user and when. Any edge
 * can read it, without state and without Control. And *presence*: what this edge remembers itself, for programs that
 * keep no cookies. Without evidence a user is new: so nobody new ever arrives, and at worst somebody leaves early.
 *
 * A seat is not signed. By weight it only confirms an origin that owns the user's slot anyway, so a forged one gives a
 * user nothing but the wish to stay until the deadline.
 */
export interface Seat {
  readonly tag: string;
  /** Epoch milliseconds, to the minute. */
  readonly seenAtMs: number;
}

/** Without a request for so long a user is not there any more: as long as a wallet session lasts by default. */
export const STAY_MS = 15 * 60_000;
/** A seat is renewed after so long and not with every answer, since `Set-Cookie` costs and stops shared caching. */
export const RENEW_MS = 5 * 60_000;

const MINUTE_MS = 60_000;
const SEAT = /^([0-9a-z]{1,16})\.([0-9a-z]{1,8})$/;

/** The cookie's value. `tag` names an origin to the edge and to nobody else: 1 to 16 of `0-9a-z`, such as a hash. */
export function seatValue({ tag, seenAtMs }: Seat): string {
  return `${tag}.${Math.floor(seenAtMs / MINUTE_MS).toString(36)}`;
}

/** Reads a cookie's value; undefined when it is no seat. */
export function parseSeat(value: string | undefined): Seat | undefined {
  const [, tag, minutes] = SEAT.exec(value ?? "") ?? [];
  if (tag === undefined || minutes === undefined) return undefined;
  return { tag, seenAtMs: Number.parseInt(minutes, 36) * MINUTE_MS };
}

/** Whether an answer from the origin `tag` should set a seat: none yet, another origin's, or an old one. */
export function needsSeat(seat: Seat | undefined, tag: string, nowMs: number): boolean {
  return seat === undefined || seat.tag !== tag || Math.abs(nowMs - seat.seenAtMs) >= RENEW_MS;
}

/** Users that an edge has seen lately, by hash, and where; in two generations, so that it forgets at a constant cost. */
export interface Presence {
  current: Map<number, number>;
  previous: Map<number, number>;
  startedAtMs: number;
}

/** Most users of one generation: a few megabytes for both. Beyond it the longest unseen are forgotten first. */
export const MAX_PRESENT = 50_000;

export function nobodyPresent(nowMs: number): Presence {
  return { current: new Map(), previous: new Map(), startedAtMs: nowMs };
}

/** Remembers in place that a user was served by an origin. Exact: no other user is ever taken for this one's hash. */
export function notePresent(presence: Presence, userHash: number, origin: number, nowMs: number): void {
  forget(presence, nowMs);
  presence.current.set(userHash, origin);
  if (presence.current.size >= MAX_PRESENT) rotate(presence, nowMs);
}

/** Whether the user was last served by this origin, {@link STAY_MS} to twice that ago at most. */
export function wasPresent(presence: Presence, userHash: number, origin: number, nowMs: number): boolean {
  forget(presence, nowMs);
  return (presence.current.get(userHash) ?? presence.previous.get(userHash)) === origin;
}

/** The origins have another order or other names: users stay with theirs by name, and those of origins that left go. */
export function renamePresent(presence: Presence, before: readonly string[], after: readonly string[]): void {
  for (const users of [presence.current, presence.previous]) {
    for (const [user, origin] of users) {
      const index = after.indexOf(before[origin] ?? "");
      if (index < 0) users.delete(user);
      else users.set(user, index);
    }
  }
}

function forget(presence: Presence, nowMs: number): void {
  const ageMs = nowMs - presence.startedAtMs;
  if (ageMs >= 0 && ageMs < STAY_MS) return;
  const isNext = ageMs >= 0 && ageMs < 2 * STAY_MS;
  rotate(presence, isNext ? presence.startedAtMs + STAY_MS : nowMs);
  if (ageMs >= 2 * STAY_MS) presence.previous = new Map();
}

function rotate(presence: Presence, startedAtMs: number): void {
  presence.previous = presence.current;
  presence.current = new Map();
  presence.startedAtMs = startedAtMs;
}

export type DrainDecision =
  | { readonly kind: "stays" }
  | { readonly kind: "goes-elsewhere"; readonly why: "new" | "deadline" };

/**
 * Where a user goes whose slot is owned by a draining origin. No moment of the drain's beginning is needed: from then on
 * only users who are there are sent there, so only theirs are renewed.
 *
 * @param deadlineMs when the last user leaves, epoch milliseconds; undefined for a drain without an end
 * @param tag the draining origin's
 * @param isPresent what {@link wasPresent} says of this user and origin
 */
export function decideDrain(
  deadlineMs: number | undefined,
  tag: string,
  seat: Seat | undefined,
  isPresent: boolean,
  nowMs: number,
): DrainDecision {
  if (deadlineMs !== undefined && nowMs >= deadlineMs) return { kind: "goes-elsewhere", why: "deadline" };
  // A seat may be as old as its renewal before the user's last request.
  const hasSeat = seat?.tag === tag && Math.abs(nowMs - seat.seenAtMs) < STAY_MS + RENEW_MS;
  return hasSeat || isPresent ? { kind: "stays" } : { kind: "goes-elsewhere", why: "new" };
}
