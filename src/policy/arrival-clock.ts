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
