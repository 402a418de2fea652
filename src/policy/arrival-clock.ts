/** When somebody arrived, finer than a clock tells: those of one millisecond come one after another, spread over it. */
import { TICK_MS } from "./crowd-curve.ts";

/** Of one edge and one lane's line. Changed in place. */
export interface ArrivalClock {
  /** The last arrival. */
  lastMs: number;
  /** In the millisecond of the last arrival, and how many were expected there. */
  count: number;
  expected: number;
}

/** How fast the number of arrivals in a millisecond is taken to be less, with each that has arrivals. */
const FORGETTING = 0.9;

/** Clocks of edges that have heard of the room differ by less (`room-clock.ts`), and what was told was on its way. */
const AHEAD_MS = 2000;

/**
 * The arrival that a ticket counts by. One of a time to come was made by an edge whose clock was wrong and which could not
 * reach the room: its holder came now at the latest. That is never before the holder came, however often it is shown.
 *
 * @param nowMs of the room's clock, at an edge that has heard of it lately
 */
export function arrivalThatCounts(arrivedAtMs: number, nowMs: number): number {
  return arrivedAtMs > nowMs + AHEAD_MS ? nowMs : arrivedAtMs;
}

/**
 * An arrival that was noted by the edge's clock before it had heard of the room, by the room's clock.
 *
 * @param learnedMs what the edge has since learned to add to its clock
 * @param nowMs of the room's clock
 */
export function arrivalByRoom(arrivedAtMs: number, learnedMs: number, nowMs: number): number {
  // The clock may have been set while the edge asked.
  return learnedMs === 0 ? arrivedAtMs : Math.min(arrivedAtMs + learnedMs, nowMs);
}

export function newArrivalClock(): ArrivalClock {
  return { lastMs: 0, count: 0, expected: 1 };
}

/**
 * Not before the last arrival at this edge in the same millisecond, in whole ticks. As many as are expected in the
 * millisecond stand as if drawn by lot within it and put in order, one after another (the least of n even draws is
 * 1 − (1 − random)^(1/n)): the edges know nothing of each other, and together their arrivals are spread evenly.
 *
 * @param nowMs of the room's clock
 * @param random 0 ≤ random < 1
 */
export function arrivalOf(clock: ArrivalClock, nowMs: number, random: number): number {
  const startMs = Math.floor(nowMs);
  if (Math.floor(clock.lastMs) !== startMs) {
    clock.expected = Math.max(1, clock.count, clock.expected * FORGETTING);
    clock.count = 0;
    clock.lastMs = startMs;
  }
  const left = startMs + 1 - clock.lastMs;
  const least = 1 - (1 - random) ** (1 / Math.max(1, clock.expected - clock.count));
  clock.count += 1;
  clock.lastMs += Math.floor((left * least) / TICK_MS) * TICK_MS;
  return clock.lastMs;
}
