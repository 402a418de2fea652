/** What an edge knows of a store's clock, so that its own may be wrong: the store's time, never later than it is there. */

/** Plain data, in place; outlives requests. */
export interface StoreClock {
  learned:
    | {
        /** The store's clock less this edge's, by which it never runs ahead of the store. */
        readonly aheadMs: number;
        /** This edge's time. */
        readonly atMs: number;
        readonly roundTripMs: number;
      }
    | undefined;
}

/** `unknown`: ask before anything else. `ageing`: ask along with the next call. */
export type ClockState = "unknown" | "ageing" | "known";

/** Clocks drift by tens of milliseconds in a minute at the very worst. */
const REFRESH_MS = 60_000;
/** After so long the edge may have slept, or its clock been set. */
const FORGET_MS = 600_000;
/** What came slower than this is learned again soon: the edge may be late by as much. */
const QUICK_MS = 50;
const REFRESH_SLOW_MS = 1000;

export function newStoreClock(): StoreClock {
  return { learned: undefined };
}

export function clockState({ learned }: StoreClock, localMs: number): ClockState {
  if (learned === undefined) return "unknown";
  const ageMs = localMs - learned.atMs;
  if (ageMs < 0 || ageMs >= FORGET_MS) return "unknown";
  return ageMs >= (learned.roundTripMs > QUICK_MS ? REFRESH_SLOW_MS : REFRESH_MS) ? "ageing" : "known";
}

/**
 * Takes the store's time from an answer, in place. It was told some time before the answer came, so what is reckoned
 * from it is never ahead of the store: an edge sees tokens a few milliseconds late, and never makes any.
 */
export function learnClock(clock: StoreClock, storeMs: number, sentAtMs: number, receivedAtMs: number): void {
  clock.learned = {
    aheadMs: storeMs - receivedAtMs,
    atMs: receivedAtMs,
    roundTripMs: receivedAtMs - sentAtMs,
  };
}

/** The store's time now. Only when {@link clockState} is not `unknown`. */
export function storeTime({ learned }: StoreClock, localMs: number): number {
  return Math.floor(localMs + (learned?.aheadMs ?? 0));
}
