/** Who is let in from a line: a called ticket's slot, and a pass that comes back. */
import { notePaced } from "./admission-pace.ts";
import { advanceRoom, expireRoom, freeNow, laneOf, mayLetIn, queueOf, type Room } from "./room.ts";
import { book, endPass, forgetEnded, isOver } from "./room-exchange.ts";
import { bookingMs } from "./room-rules.ts";
import { type ActivePass, isActive, shortenSlot, takeSlot } from "./room-slots.ts";
import { expectedBefore, noteAdmitted, noteCame, stand } from "./room-turn.ts";

/** A called ticket asks for its slot. */
export interface Claiming {
  readonly lane: string;
  readonly ticketId: string;
  /** The pass that it becomes: the ticket's id, or one made of the verified user's hash. */
  readonly passId: string;
  /** The time by which it was called. */
  readonly arrivedAtMs: number;
  /** As signed in the ticket: until when it counts as waiting. */
  readonly presentUntilSeconds: number;
  /** When it will ask again if it gets none. */
  readonly pollAfterMs: number;
  /** Names this call, so that it alone can be taken back. An edge of an older release names none. */
  readonly attempt?: string | undefined;
  /** Nobody waits for the answer any more then, by the room's clock: it takes no slot that its user is not told of. */
  readonly answerByMs?: number | undefined;
}

export type Claimed =
  | { readonly kind: "admitted"; readonly untilMs: number; readonly isNew: boolean }
  | { readonly kind: "standing" };

/**
 * A called ticket asks for its slot. It gets one when fewer people with a better right are expected than slots are free.
 * Asked again it says the same: one ticket never holds two slots.
 */
export function claimSlot(room: Room, claiming: Claiming, nowMs: number): Claimed {
  const { ticketId, passId, arrivedAtMs, presentUntilSeconds, pollAfterMs } = claiming;
  const now = advanceRoom(room, nowMs);
  const lane = laneOf(room, claiming.lane);
  const queue = queueOf(room, lane);
  const pass = room.slots.active.get(passId);
  if (pass !== undefined && pass.untilMs > nowMs) {
    claimAgain(room, passId, pass, claiming.attempt, nowMs);
    return { kind: "admitted", untilMs: pass.untilMs, isNew: false };
  }
  // It was long on its way: nobody would be told of the slot.
  if (claiming.answerByMs !== undefined && nowMs > claiming.answerByMs) return { kind: "standing" };
  const isCalled = arrivedAtMs <= queue.frontierMs;
  if (isCalled) noteCame(queue, ticketId, arrivedAtMs);
  if (isCalled && mayLetIn(room, now, nowMs)) {
    const free = freeNow(room, lane, now, nowMs);
    const before = expectedBefore(queue, ticketId, arrivedAtMs, nowMs);
    if (free - Math.round(before) >= 1) {
      const untilMs = nowMs + bookingMs(room.rules);
      // Somebody ended and came back in turn: the end is over.
      forgetEnded(room, passId);
      takeSlot(room.slots, passId, { lane, givenAtMs: nowMs, untilMs });
      noteClaim(room, passId, claiming.attempt);
      notePaced(room.pace, 1, nowMs);
      noteAdmitted(queue, ticketId, arrivedAtMs, presentUntilSeconds, nowMs);
      return { kind: "admitted", untilMs, isNew: true };
    }
  }
  if (isCalled) {
    const keptMs = Math.max(room.rules.claimWindowMs, 2 * pollAfterMs);
    stand(queue, ticketId, { arrivedAtMs, dueAtMs: nowMs + pollAfterMs, keptUntilMs: nowMs + keptMs });
  }
  return { kind: "standing" };
}

function noteClaim({ slots: { active } }: Room, passId: string, attempt: string | undefined): void {
  const pass = active.get(passId);
  if (pass === undefined) return;
  pass.claim = attempt === undefined ? undefined : { attempt, untilMs: pass.untilMs };
}

/** Whatever was told of earlier claims, this one's user has the slot for as long as the first was given it. */
function claimAgain(
  room: Room,
  passId: string,
  pass: ActivePass,
  attempt: string | undefined,
  nowMs: number,
): void {
  const { claim } = pass;
  const isTakenBack = claim !== undefined && claim.untilMs > pass.untilMs;
  takeSlot(room.slots, passId, {
    ...pass,
    givenAtMs: nowMs,
    untilMs: Math.max(pass.untilMs, claim?.untilMs ?? 0),
  });
  // Of two claims that found it taken one may be late and the other not, so it is not taken back.
  noteClaim(room, passId, isTakenBack ? attempt : undefined);
}

/**
 * The user of a claim was told to ask again before its answer came: the slot is kept for a claim window, and is free then.
 * False if the ticket has claimed again since, and may have been told of the slot.
 */
export function unclaimSlot(
  room: Room,
  passId: string,
  attempt: string,
  pollAfterMs: number,
  nowMs: number,
): boolean {
  const pass = room.slots.active.get(passId);
  if (pass?.claim?.attempt !== attempt) return false;
  const keptMs = Math.max(room.rules.claimWindowMs, 2 * pollAfterMs);
  shortenSlot(room.slots, passId, nowMs + keptMs);
  return true;
}

/**
 * A use of a pass whose text may be over: the session goes on if its slot is still there.
 *
 * @param isAnew a new pass is made of it: the user comes in anew
 */
export function resumePass(room: Room, id: string, isAnew: boolean, nowMs: number): number | undefined {
  expireRoom(room, nowMs);
  if (!isActive(room.slots, id, nowMs)) return undefined;
  const pass = room.slots.active.get(id);
  if (isAnew && pass !== undefined) takeSlot(room.slots, id, { ...pass, givenAtMs: nowMs });
  return book(room, id, nowMs + bookingMs(room.rules));
}

export type Adopted =
  | { readonly kind: "adopted"; readonly untilMs: number }
  | { readonly kind: "refused" | "unknown" };

/**
 * A user logged in while in the room: the slot is the user's from now on, or free when the user is in by another device
 * already. The pass that was shown is over, so that nobody else can adopt it or go on with it.
 */
export function adoptPass(room: Room, id: string, userId: string, nowMs: number): Adopted {
  expireRoom(room, nowMs);
  const { slots } = room;
  const users = slots.active.get(userId);
  // An edge may have given it and fallen silent: then it has a slot that is presumed used.
  if (!room.ended.has(id)) book(room, id, nowMs + bookingMs(room.rules));
  const shown = slots.active.get(id);
  if (shown === undefined && users === undefined) {
    return { kind: isOver(room, id) ? "refused" : "unknown" };
  }
  if (shown !== undefined) endPass(room, id, Math.max(nowMs, shown.givenAtMs), nowMs);
  const pass = users ?? shown;
  if (pass === undefined) throw new Error("one of two is there");
  forgetEnded(room, userId);
  takeSlot(slots, userId, { ...pass, givenAtMs: nowMs });
  return { kind: "adopted", untilMs: slots.active.get(userId)?.untilMs ?? nowMs };
}
