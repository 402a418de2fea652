/** When somebody who waits is told to ask again: soon for those next in line, seldom far behind. */
import { estimateWait, type Pace, type WaitEstimate } from "./wait-estimate.ts";

export const SHORTEST_POLL_MS = 2000;
export const LONGEST_POLL_MS = 60_000;
/** Whatever is asked for: a client that polls faster is told no better. */
const LEAST_POLL_MS = 1000;
/** So many polls in the wait that is left: each halving of the interval comes as the wait halves. */
const POLLS_PER_WAIT = 10;
/** The next in line may be called at any moment, however slowly the line moves: those before them may have left. */
const NEXT_IN_LINE = 10;
/** For each more who is ahead of them the interval may be so much longer, 60 s from 68 on. */
const SLOWEST_PER_PERSON_MS = 1000;
/** Without an estimate: so many more people ahead make the interval a second longer, 60 s from 11,600 on. */
const PEOPLE_PER_SECOND = 200;
/** While paused only the end of the pause is news: five seconds is soon enough for all but the next in line. */
const PAUSED_POLL_MS = 5000;
/**
 * Jitter spreads what a restart or a flood has brought into step. It only shortens: nobody is told more than 60 s, and
 * claim windows and counts, which reckon with twice the interval at most, hold.
 */
const JITTER = 0.2;
const STEP_MS = 100;

/**
 * Milliseconds until the next poll, in whole tenths of a second.
 *
 * @param random 0 ≤ random < 1
 */
export function pollAfterMs(ahead: number, estimate: WaitEstimate, random: number): number {
  const spreadMs = meanPollMs(ahead, estimate) * (1 - JITTER * random);
  return Math.max(LEAST_POLL_MS, Math.floor(spreadMs / STEP_MS) * STEP_MS);
}

/** The line may have moved since they were told. */
const MOVED = 1.25;

/** What somebody with so many people ahead was probably told at the most, one poll ago. */
export function longestPollMs(ahead: number, pace: Pace): number {
  const polls = [meanPollMs(ahead, estimateWait(pace, ahead)), meanPollMs(ahead, { kind: "unknown" })];
  return Math.min(LONGEST_POLL_MS, MOVED * Math.max(...polls));
}

function meanPollMs(ahead: number, estimate: WaitEstimate): number {
  if (ahead < NEXT_IN_LINE) return SHORTEST_POLL_MS;
  if (estimate.kind === "range") {
    const nearMs = SHORTEST_POLL_MS + (ahead - NEXT_IN_LINE) * SLOWEST_PER_PERSON_MS;
    return within(Math.min((estimate.low * 1000) / POLLS_PER_WAIT, nearMs), SHORTEST_POLL_MS);
  }
  const byDistanceMs = SHORTEST_POLL_MS + (ahead / PEOPLE_PER_SECOND) * 1000;
  return within(byDistanceMs, estimate.kind === "paused" ? PAUSED_POLL_MS : SHORTEST_POLL_MS);
}

function within(ms: number, shortestMs: number): number {
  return Math.min(LONGEST_POLL_MS, Math.max(shortestMs, ms));
}
