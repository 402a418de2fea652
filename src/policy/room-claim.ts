/** Who is let in from a line: a called ticket's slot, and a pass that comes back. */
import { notePaced } from "./admission-pace.ts";
import { advanceRoom, expireRoom, freeNow, laneOf, mayLetIn, queueOf, type Room } from "./room.ts";
import { expectedBefore, noteAdmitted, noteCame, stand } from "./room-calling.ts";
import { book, forgetEnded } from "./room-exchange.ts";
import { bookingMs } from "./room-rules.ts";
import { isActive, takeSlot } from "./room-slots.ts";

export interface Claiming {
  readonly lane: string;
  readonly ticketId: string;
  readonly passId: string;
  readonly arrivedAtMs: number;
  readonly presentUntilSeconds: number;
  readonly pollAfterMs: number;
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
  if (pass !== undefined && pass.untilMs > nowMs)
    return { kind: "admitted", untilMs: pass.untilMs, isNew: false };
  const isCalled = arrivedAtMs <= queue.frontierMs;
  if (isCalled) noteCame(queue, ticketId, arrivedAtMs);
  if (isCalled && mayLetIn(room, now, nowMs)) {
    const free = freeNow(room, lane, now, nowMs);
    if (free - Math.round(expectedBefore(queue, ticketId, arrivedAtMs, nowMs)) >= 1) {
      const untilMs = nowMs + bookingMs(room.rules);
      // Somebody ended and came back in turn: the end is over.
      forgetEnded(room, passId);
      takeSlot(room.slots, passId, lane, untilMs);
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

/** A use of a pass whose text may be over: the session goes on if its slot is still there. */
export function resumePass(room: Room, id: string, nowMs: number): number | undefined {
  expireRoom(room, nowMs);
  return isActive(room.slots, id, nowMs) ? book(room, id, nowMs + bookingMs(room.rules)) : undefined;
}
