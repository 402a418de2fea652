/** When an edge has its next exchange with a Room: at the Room's pace, one at a time, and seldomer while it fails. */

/** Times are epoch milliseconds of this edge's clock. */
export interface ExchangePace {
  /** Number of the exchange that began last; 0 before the first. */
  seq: number;
  /** Whether an exchange is under way: if it is not given up. */
  isAsking: boolean;
  beganAtMs: number;
  /** What is known of the room was true then; `-Infinity` before the first answer. */
  takenAtMs: number;
  /** Since when exchanges have been answered without a gap, this edge's clock; Infinity before the first. */
  steadySinceMs: number;
  /** As the Room said last: the pace of all, and of those that a place waits for. */
  nextInMs: number;
  mergeInMs: number;
  /** In a row. */
  failures: number;
  failedAtMs: number;
}

export function newExchangePace(): ExchangePace {
  return {
    seq: 0,
    isAsking: false,
    beganAtMs: Number.NEGATIVE_INFINITY,
    takenAtMs: Number.NEGATIVE_INFINITY,
    steadySinceMs: Number.POSITIVE_INFINITY,
    nextInMs: FIRST_PACE_MS,
    mergeInMs: FIRST_MERGE_PACE_MS,
    failures: 0,
    failedAtMs: Number.NEGATIVE_INFINITY,
  };
}

const FIRST_PACE_MS = 1000;
const FIRST_MERGE_PACE_MS = 100;
/** After so many paces without a word edges may have come and gone. */
const GAP_PACES = 3;
/** Of the Room's pace: slots are asked for, and a freed slot is told of, so much sooner than the rest. */
const URGENT_SHARE = 1 / 20;
const SOON_SHARE = 1 / 4;
/** A publication is used as it is for so long. The edge of a room with thousands of them has an older one: its pace. */
const FRESH_MS = 500;
/** From here on it is too old to decide by, if it can be had. */
const STALE_MS = 1000;
/** An unanswered exchange is given up, and another may begin. */
export const GIVE_UP_MS = 1000;
/** One failure may be a Room that has just moved; after two it cannot be reached. */
const DOWN_AFTER = 2;
const LONGEST_BACK_OFF_MS = 8000;

/** An exchange begins, in place; its number. */
export function exchangeBegan(pace: ExchangePace, nowMs: number): number {
  // One that was given up without a word has failed.
  if (pace.isAsking) exchangeFailed(pace, nowMs);
  pace.seq += 1;
  pace.isAsking = true;
  pace.beganAtMs = nowMs;
  return pace.seq;
}

/** The exchange that is under way was answered, in place. */
export function exchangeAnswered(pace: ExchangePace, nextInMs: number, mergeInMs: number): void {
  pace.isAsking = false;
  if (elapsed(pace.takenAtMs, pace.beganAtMs) > GAP_PACES * pace.nextInMs)
    pace.steadySinceMs = pace.beganAtMs;
  pace.takenAtMs = pace.beganAtMs;
  pace.nextInMs = Math.max(1, nextInMs);
  pace.mergeInMs = Math.max(1, mergeInMs);
  pace.failures = 0;
}

export function exchangeFailed(pace: ExchangePace, nowMs: number): void {
  pace.isAsking = false;
  pace.failures += 1;
  pace.failedAtMs = nowMs;
}

/** Whether another must wait for the end of the one that is under way. */
export function isAsking({ isAsking, beganAtMs }: ExchangePace, nowMs: number): boolean {
  return isAsking && elapsed(beganAtMs, nowMs) < GIVE_UP_MS;
}

/** The Room did not answer lately: it is asked behind requests, at growing intervals, and by none that waits. */
export function isDown({ failures }: ExchangePace): boolean {
  return failures >= DOWN_AFTER;
}

export type Urgency =
  /** A user waits for the answer. */
  | "urgent"
  /** Somebody's place waits to be known exactly. */
  | "merge"
  /** A user of some edge would get the slot. */
  | "soon"
  /** There is something to tell. */
  | "paced"
  /** There is nothing to tell; what is known should not get old. */
  | "look";

/** When the next exchange may begin, if nothing is under way. */
export function nextExchangeMs(pace: ExchangePace, urgency: Urgency): number {
  if (pace.failures > 0) return pace.failedAtMs + backOffMs(pace.failures);
  switch (urgency) {
    case "urgent":
      return pace.beganAtMs + pace.nextInMs * URGENT_SHARE;
    case "merge":
      return pace.beganAtMs + pace.mergeInMs;
    case "soon":
      return pace.beganAtMs + pace.nextInMs * SOON_SHARE;
    case "paced":
      return pace.beganAtMs + pace.nextInMs;
    case "look":
      return pace.beganAtMs + Math.max(FRESH_MS, pace.nextInMs);
  }
}

/** Whether an exchange may begin now. A clock that was set back does not hold one up. */
export function mayExchange(pace: ExchangePace, urgency: Urgency, nowMs: number): boolean {
  if (isAsking(pace, nowMs)) return false;
  const lastMs = pace.failures > 0 ? pace.failedAtMs : pace.beganAtMs;
  return nowMs >= nextExchangeMs(pace, urgency) || nowMs < lastMs;
}

/** Whether what is known is too old to answer by. */
export function isStale({ takenAtMs, nextInMs }: ExchangePace, nowMs: number): boolean {
  return elapsed(takenAtMs, nowMs) >= Math.max(STALE_MS, 1.5 * nextInMs);
}

function elapsed(sinceMs: number, nowMs: number): number {
  return nowMs < sinceMs ? Number.POSITIVE_INFINITY : nowMs - sinceMs;
}

/** 50 ms after the first, then a half, one, two … eight seconds. */
function backOffMs(failures: number): number {
  return failures === 1 ? 50 : Math.min(LONGEST_BACK_OFF_MS, 500 * 2 ** Math.min(failures - 2, 10));
}
