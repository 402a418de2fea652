/** What an edge tells a room, and what it gets for it: slots in advance, longer bookings. */
import { notePaced } from "./admission-pace.ts";
import { type Answers, failingShare, isAgreed, noteAnswers } from "./pool-answers.ts";
import { noteFailing } from "./pool-fit.ts";
import { applyReport, type Report } from "./presence.ts";
import { advanceRoom, expireRoom, laneOf, leaseMs, openSlots, queueOf, type Room } from "./room.ts";
import {
  giveBackPresumed,
  lendSlots,
  lentSlots,
  presumedOf,
  settleLease,
  takePresumed,
} from "./room-leases.ts";
import { isLongLine } from "./room-queue.ts";
import { bookingMs, COMMON_LANE, type RulesNow } from "./room-rules.ts";
import { type ActivePass, freeSlot, slotsInUse, takeSlot } from "./room-slots.ts";

/** See `RoomReport`. */
export interface Told {
  readonly edge: string;
  readonly seq: number;
  readonly lanes: Readonly<
    Record<
      string,
      {
        readonly batches: readonly Omit<Report, "edge">[];
        readonly holds: number;
        readonly wants: number;
      }
    >
  >;
  readonly letIn: readonly ({ readonly id: string } & ActivePass)[];
  readonly bookings: readonly (readonly [id: string, untilMs: number])[];
  readonly ended: readonly (readonly [id: string, atMs: number])[];
  readonly isInTrouble: boolean;
  readonly answers?: Answers;
}

/** What an edge gets for what it told. */
export interface Given {
  readonly now: RulesNow;
  /** By lane. */
  readonly slots: Readonly<Record<string, number>>;
  readonly booked: readonly (readonly [id: string, untilMs: number])[];
  readonly gone: readonly string[];
}

/** Takes an edge's report and lends what it wants, as far as it is there. */
export function exchangeWith(room: Room, told: Told, nowMs: number): Given {
  expireRoom(room, nowMs);
  // The last one heard comes last.
  room.edges.delete(told.edge);
  room.edges.set(told.edge, nowMs);
  noteAnswers(room.answers, told.answers, nowMs);
  if (told.isInTrouble && isAgreed(room.answers, told.answers)) {
    noteFailing(room.fit, failingShare(room.answers), slotsInUse(room.slots).active, nowMs);
  }
  noteLetIn(room, told, nowMs);
  const longestMs = nowMs + bookingMs(room.rules);
  const gone: string[] = [];
  const booked: [string, number][] = [];
  for (const [id, untilMs] of told.bookings) {
    const bookedMs = room.ended.has(id) ? undefined : book(room, id, Math.min(untilMs, longestMs));
    if (bookedMs !== undefined) booked.push([id, bookedMs]);
    else if (isOver(room, id)) gone.push(id);
  }
  for (const [id, atMs] of told.ended) endPass(room, id, Math.min(atMs, nowMs), nowMs);
  for (const [name, { batches }] of Object.entries(told.lanes)) {
    const { presence } = queueOf(room, name);
    for (const batch of batches) applyReport(presence, { ...batch, edge: told.edge }, nowMs);
  }
  const holds = new Map<string, number>();
  for (const [name, report] of Object.entries(told.lanes)) {
    const lane = laneOf(room, name);
    holds.set(lane, (holds.get(lane) ?? 0) + report.holds);
  }
  const settled = settleLease(room.slots, told.edge, told.seq, holds, nowMs + leaseMs(room));
  const now = advanceRoom(room, nowMs);
  const slots: Record<string, number> = {};
  if (settled === "settled") {
    for (const [name, { wants }] of Object.entries(told.lanes)) {
      const lent = lend(room, told.edge, laneOf(room, name), wants, now, nowMs);
      if (lent > 0) slots[name] = lent;
    }
  }
  return { now, slots, booked, gone };
}

/** Half of what is there at the most, so that the next edge finds some too; the last one is given whole. */
function lend(room: Room, edge: string, lane: string, wants: number, now: RulesNow, nowMs: number): number {
  if (wants <= 0) return 0;
  const queue = queueOf(room, lane);
  // As it was when the line was last drawn, a moment ago.
  if (isLongLine(queue) && !queue.wasOpen) return 0;
  const count = Math.min(wants, Math.ceil(openSlots(room, lane, now, nowMs) / 2));
  lendSlots(room.slots, edge, lane, count);
  return count;
}

function noteLetIn(room: Room, { edge, letIn }: Told, nowMs: number): void {
  let count = 0;
  for (const { id, lane, givenAtMs, untilMs } of letIn) {
    const isOwnSlot = giveBackPresumed(room.slots, id, edge, nowMs);
    const endedAtMs = room.ended.get(id);
    // Told once more after it was over; unless the same user has come in anew.
    if (endedAtMs !== undefined && givenAtMs <= endedAtMs) {
      // Counted when it ended; with a slot that is somebody else's, that was somebody else's coming in.
      if (isOwnSlot) count += 1;
      continue;
    }
    // The same once more after its time; its user may have come in anew since.
    if (untilMs <= nowMs && room.slots.over.has(id)) continue;
    forgetEnded(room, id);
    const isNew = takeSlot(room.slots, id, { lane: laneOf(room, lane), givenAtMs, untilMs });
    if (isNew || isOwnSlot) count += 1;
  }
  // Those of a lease that ran out untold were counted then.
  notePaced(room.pace, Math.max(0, count - presumedOf(room.slots, edge)), nowMs);
}

/** Books a slot for longer, if the pass has one; the time that is booked. */
export function book({ slots, rules }: Room, id: string, untilMs: number): number | undefined {
  const pass = slots.active.get(id);
  if (pass !== undefined) {
    if (rules.renews) takeSlot(slots, id, { ...pass, untilMs });
  } else if (slots.over.has(id) || !takePresumed(slots, id, COMMON_LANE, untilMs)) return undefined;
  return slots.active.get(id)?.untilMs;
}

/**
 * Whether a pass without a slot is over for certain. Otherwise an edge may have let its user in a moment ago and will tell of
 * it with its next exchange: nothing is said until then.
 */
export function isOver({ slots, ended }: Room, id: string): boolean {
  return ended.has(id) || slots.over.has(id) || lentSlots(slots) === 0;
}

/** The user was out at that time, and the slot is free; unless the user has come in anew since, perhaps elsewhere. */
export function endPass(room: Room, id: string, atMs: number, nowMs: number): void {
  const pass = room.slots.active.get(id);
  if ((pass?.givenAtMs ?? 0) > atMs) return;
  // In and out before the edge that gave the slot has told of it: the coming in counts now, or it never would.
  if (pass === undefined && !isOver(room, id)) notePaced(room.pace, 1, nowMs);
  // Edges that have not heard of it would let the pass in for as long as its text says.
  const knownMs = room.ended.get(id) ?? 0;
  room.ended.delete(id);
  room.ended.set(id, Math.max(knownMs, atMs));
  room.endedChanged.add(id);
  freeSlot(room.slots, id);
}

/** The user has come in anew. */
export function forgetEnded(room: Room, id: string): void {
  if (room.ended.delete(id)) room.endedChanged.add(id);
}
