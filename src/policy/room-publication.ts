/** What a room publishes: enough for every edge to answer joins and polls by itself. */
import { type LineNumbers, lineToNumbers, publishLine, SETTLE_MS } from "./line.ts";
import { crowdOf } from "./presence.ts";
import { exchangePaceMs, freeNow, isPaused, mayLetIn, openSlots, type Room } from "./room.ts";
import { crowdCurve, drawEveryMs, isLongLine, type Queue, waitingIn } from "./room-queue.ts";
import type { RoomEvent, RulesNow } from "./room-rules.ts";
import { slotsInUse } from "./room-slots.ts";
import { noteAdmissions, type Pace, paceOf } from "./wait-estimate.ts";
import { type HourlyMost, hourlyMost, noteWaiting } from "./waiting-history.ts";

/** As `wait-estimate` counts. */
const ADMISSIONS_EVERY_MS = 1000;

/** A published lane, see `PublishedLane`. */
export interface Lane {
  readonly frontierMs: number;
  readonly line: LineNumbers;
  readonly pace: Pace;
  readonly waiting: number;
  readonly isOpen: boolean;
  /** Slots for those who wait: whoever has fewer people ahead is called within a moment. A Room of an older release tells none. */
  readonly free?: number;
}

export interface Published {
  readonly atMs: number;
  readonly lanes: Readonly<Record<string, Lane>>;
  readonly isPaused: boolean;
  readonly active: number;
  readonly limit: number;
  readonly ended: readonly (readonly [id: string, atMs: number])[];
  readonly hours: HourlyMost;
}

/** After `advanceRoom`; notes in place what it has told. */
export function publishRoom(room: Room, now: RulesNow, nowMs: number): Published {
  const lanes: Record<string, Lane> = {};
  const isDrawn = isDrawing(room.rules.events, nowMs);
  for (const [name, queue] of room.queues) {
    const pace = takeAdmissions(queue, nowMs);
    lanes[name] = {
      frontierMs: queue.frontierMs,
      ...{ line: lineOf(room, queue, isDrawn, nowMs), pace, waiting: waitingIn(queue) },
      isOpen: isOpen(room, name, queue, now, nowMs),
      free: mayLetIn(room, now, nowMs) ? Math.max(0, Math.floor(freeNow(room, name, now, nowMs))) : 0,
    };
  }
  const everybody = Object.values(lanes).reduce((sum, { waiting }) => sum + waiting, 0);
  noteWaiting(room.hours, everybody, nowMs);
  return {
    atMs: nowMs,
    lanes,
    isPaused: isPaused(now),
    active: slotsInUse(room.slots).active,
    limit: now.limit,
    ended: room.ended.newest(),
    hours: hourlyMost(room.hours, nowMs),
  };
}

/**
 * Whether tickets are being drawn into times that are over. A line must not go on from the one before then, which knows
 * nobody of them: all would be told that they are the first, for ever. It may rise, for no place was told to any of them.
 */
function isDrawing(events: readonly RoomEvent[], nowMs: number): boolean {
  return events.some(
    ({ isLottery, startMs, prequeueMs }) =>
      isLottery && nowMs >= startMs - prequeueMs && nowMs < startMs + SETTLE_MS,
  );
}

function lineOf(room: Room, queue: Queue, isDrawn: boolean, nowMs: number): LineNumbers {
  if (queue.line === undefined || Math.abs(nowMs - queue.lineAtMs) >= drawEveryMs(exchangePaceMs(room))) {
    queue.line = publishLine(
      isDrawn ? undefined : queue.line,
      { ...crowdOf(queue.presence, nowMs), curve: crowdCurve(queue, nowMs) },
      nowMs,
    );
    queue.lineAtMs = nowMs;
    queue.lineNumbers = undefined;
  }
  queue.lineNumbers ??= lineToNumbers(queue.line);
  return queue.lineNumbers;
}

/** Of a long line it is looked at with each drawing: between two, so many do not go. */
function isOpen(room: Room, name: string, queue: Queue, now: RulesNow, nowMs: number): boolean {
  const isJustDrawn = queue.lineAtMs === nowMs;
  if (isJustDrawn || queue.wasOpen || !isLongLine(queue)) {
    queue.wasOpen = openSlots(room, name, now, nowMs) > 0;
  }
  return queue.wasOpen;
}

function takeAdmissions(queue: Queue, nowMs: number): Pace {
  if (Math.abs(nowMs - queue.admissions.notedAtMs) >= ADMISSIONS_EVERY_MS) {
    noteAdmissions(queue.admissions, queue.admittedLately, waitingIn(queue), nowMs);
    queue.admittedLately = 0;
  }
  return paceOf(queue.admissions);
}
