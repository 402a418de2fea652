/** What becomes of a pass that is shown: it goes on, its slot is kept for longer, or it is over. Times: the room's clock. */
import { askResume } from "./ask-once.ts";
import { renewalOf } from "./pass-renewal.ts";
import type { Pass } from "./queue-claims.ts";
import { endedAtMs, type RoomKnown } from "./room-known.ts";
import { COMMON_LANE, type RoomRules } from "./room-rules.ts";
import type { Means, Steps } from "./room-steps.ts";

/** Of users who are in, so many at one edge can be late at most; what is not booked here is at their next request. */
const MOST_BOOKINGS = 100_000;
/** Of passes that the Room has not heard of, so many are kept for it; the others are told when they are used. */
const MOST_UNTOLD = 100_000;

export interface PassUsed {
  /** The pass is to be signed until then; undefined: as it is. */
  readonly signUntilMs: number | undefined;
  /** There is a booking to tell the Room of. */
  readonly isToTell: boolean;
}

/** A shown pass is used: its slot is kept for longer when less than a session is left; in place. */
export function notePassUsed(
  known: Pick<RoomKnown, "booked" | "bookings" | "bookingsDueMs" | "skewMs">,
  rules: RoomRules,
  { id, untilMs }: { readonly id: string; readonly untilMs: number },
  nowMs: number,
): PassUsed {
  const { bookings } = known;
  const booked = known.booked.get(id) ?? 0;
  const { signUntilMs, bookUntilMs } = renewalOf(rules, untilMs, booked, nowMs);
  if (bookUntilMs === undefined) return { signUntilMs, isToTell: false };
  if (bookings.size < MOST_BOOKINGS || bookings.has(id)) bookings.set(id, bookUntilMs);
  known.bookingsDueMs = Math.min(known.bookingsDueMs, Math.max(untilMs, booked) - known.skewMs);
  return { signUntilMs, isToTell: true };
}

/**
 * A pass that was given while the Room could not be reached, in place: the Room books its slot as soon as it hears of it,
 * over the limit if need be, as its user is in. Any edge tells, as the one that gave it may be gone.
 *
 * @param ticketId that has become the pass
 */
export function noteUntold(
  { letIn, booked }: Pick<RoomKnown, "letIn" | "booked">,
  pass: Pick<Pass, "id" | "lane" | "issuedAtSeconds" | "untilMs">,
  ticketId?: string,
): void {
  const { id, lane = COMMON_LANE, issuedAtSeconds: atSeconds, untilMs } = pass;
  if (letIn.length >= MOST_UNTOLD || booked.get(id) !== undefined) return;
  letIn.push({ id, lane, givenAtMs: atSeconds * 1000, untilMs, ticketId });
  // It is on its way, and is told until that is answered.
  booked.set(id, untilMs);
}

/** Until when the slot of a lapsed pass is booked. */
export function* bookedUntil(
  known: Pick<RoomKnown, "asked" | "pace" | "booked" | "over">,
  passId: string,
  nowMs: number,
  means: Means,
): Steps<number | "gone" | "unreachable"> {
  const { booked, over } = known;
  const knownMs = booked.get(passId) ?? 0;
  if (knownMs > nowMs) return knownMs;
  const resumed = yield* askResume(known, passId, false, means);
  if (resumed === undefined) return "unreachable";
  if (resumed.kind === "active") {
    booked.set(passId, resumed.untilMs);
    return resumed.untilMs;
  }
  // Shown again, it is not asked for again.
  over.set(passId, nowMs);
  return "gone";
}

/** When a new pass says that it was made: the same user may have been out a moment ago, by a pass that is ended. */
export function issuedAtSeconds(
  known: Pick<RoomKnown, "over" | "publication">,
  id: string,
  nowMs: number,
): number {
  const overAtMs = Math.max(known.over.get(id) ?? -1, endedAtMs(known, id) ?? -1);
  return Math.max(Math.floor(nowMs / 1000), Math.floor(overAtMs / 1000) + 1);
}

/** The user of a pass is out, in place: the Room is to be told, and nobody comes in with it any more. */
export function notePassOver(
  { over, bookings, endedToTell }: Pick<RoomKnown, "over" | "bookings" | "endedToTell">,
  id: string,
  nowMs: number,
): void {
  over.set(id, nowMs);
  bookings.delete(id);
  endedToTell.set(id, nowMs);
}
