/** When somebody in a pre-queue is told to ask again: everybody right after the start, and not all at once. */
import { LONGEST_POLL_MS } from "./poll-pace.ts";

/** The draw and the new frontier are known to every edge by then. */
const AFTER_START_MS = 500;
/** So many people ask in a second after the start, where there are more than a few. */
const PEOPLE_PER_SECOND = 2000;
const LEAST_SPREAD_MS = 2000;
/** From so long before the start on people are told to ask after it. */
const LAST_CALL_MS = 30_000;
const MOST_SPREAD_MS = LONGEST_POLL_MS - LAST_CALL_MS - AFTER_START_MS;
/** As of any other poll. */
const JITTER = 0.2;

/**
 * @param leftMs until the start
 * @param waiting people in the pre-queue
 * @param random 0 ≤ random < 1
 */
export function prequeuePollMs(leftMs: number, waiting: number, random: number): number {
  if (leftMs > LAST_CALL_MS) {
    // Asks once more before the last call, when it will know better how many there are.
    return Math.min(LONGEST_POLL_MS, leftMs - LAST_CALL_MS / 2) * (1 - JITTER * random);
  }
  const spreadMs = Math.min(MOST_SPREAD_MS, Math.max(LEAST_SPREAD_MS, (waiting * 1000) / PEOPLE_PER_SECOND));
  return Math.max(0, leftMs) + AFTER_START_MS + spreadMs * random;
}
