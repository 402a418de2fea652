/** When an edge asks Control for a new snapshot, or looks for a neighbour's: behind a request, before it, or not now. */
import { FEW_EDGES_PACE_MS, toldWithinMs } from "./control-pace.ts";

/** A younger snapshot is used as it is. */
export const FRESH_MS = 500;
/** An older snapshot is refreshed before the request: a change must reach every edge within a second. */
export const STALE_MS = 1000;
/** How long a request waits for a refresh at most. */
export const REFRESH_DEADLINE_MS = 100;
/** An unanswered refresh is given up, and another may start, after this long. */
export const REFRESH_GIVE_UP_MS = 1000;
/** While Control cannot be reached, requests wait for it at growing intervals up to this long. */
export const LONGEST_BACK_OFF_MS = 30_000;
/** An edge that may not ask Control yet looks so often whether a neighbour has. */
export const LOOK_EVERY_MS = 250;

/** Where an edge stands with its snapshot; times are epoch milliseconds of this edge's clock. */
export interface RefreshState {
  /** When the snapshot was true; `-Infinity` before the first. */
  takenAtMs: number;
  /** When the last refresh began; `-Infinity` once it succeeded. A failed one keeps it, which paces the next. */
  startedAtMs: number;
  /** When Control was asked last, answered or not; `-Infinity` before the first time. */
  askedAtMs: number;
  /** When this edge last looked for a neighbour's snapshot and found nothing newer. */
  lookedAtMs: number;
  /** The least time between two questions to Control, as Control said last. */
  paceMs: number;
  /** Refreshes that missed the deadline or failed, in a row. */
  failures: number;
  /** When the last of them failed. */
  failedAtMs: number;
}

export type RefreshDecision =
  /** Use the snapshot. */
  | "use"
  /** Use it, and refresh behind the request. */
  | "behind"
  /** Refresh before the request. */
  | "before"
  /** Another request is refreshing: look again shortly, until the deadline. */
  | "wait";

export const NEVER = Number.NEGATIVE_INFINITY;

/** The state of an edge that has not asked yet. */
export function notYetRefreshed(): RefreshState {
  return {
    takenAtMs: NEVER,
    startedAtMs: NEVER,
    askedAtMs: NEVER,
    lookedAtMs: NEVER,
    paceMs: FEW_EDGES_PACE_MS,
    failures: 0,
    failedAtMs: NEVER,
  };
}

/** What to do at `nowMs`. A clock that went backwards makes a snapshot look new, never old, so it is refreshed too. */
export function decideRefresh(state: RefreshState, nowMs: number): RefreshDecision {
  const ageMs = nowMs - state.takenAtMs;
  if (ageMs >= 0 && ageMs < FRESH_MS) return "use";
  const runningMs = nowMs - state.startedAtMs;
  const running = runningMs >= 0 && runningMs < REFRESH_GIVE_UP_MS;
  // What can be done is to look for a neighbour's.
  if (!mayAsk(state, nowMs) && !running && elapsedMs(state.lookedAtMs, nowMs) < LOOK_EVERY_MS) return "use";
  if (ageMs >= 0 && ageMs < STALE_MS) return running ? "use" : "behind";
  if (state.failures === 0) {
    if (!running) return "before";
    return runningMs < REFRESH_DEADLINE_MS ? "wait" : "use";
  }
  if (running) return "use";
  return nowMs - state.failedAtMs >= backOffMs(state.failures) ? "before" : "behind";
}

/** Whether this edge may ask Control now. */
export function mayAsk(state: RefreshState, nowMs: number): boolean {
  return elapsedMs(state.askedAtMs, nowMs) >= state.paceMs;
}

/** When this edge tells what it has seen though nothing else makes it ask, epoch milliseconds. */
export function reportDueMs(state: RefreshState, nowMs: number): number {
  const sinceMs = elapsedMs(state.askedAtMs, nowMs);
  return nowMs + Math.max(0, toldWithinMs(state.paceMs) - sinceMs);
}

/** Whether a neighbour's snapshot does instead of asking Control. A younger one is taken anyway. */
export function isYoung(takenAtMs: number, nowMs: number): boolean {
  return elapsedMs(takenAtMs, nowMs) < FRESH_MS;
}

/** 1 s, 2 s, 4 s … 30 s: with Control gone, one request an interval pays the deadline, the others nothing. */
export function backOffMs(failures: number): number {
  return failures <= 0 ? 0 : Math.min(LONGEST_BACK_OFF_MS, STALE_MS * 2 ** Math.min(failures - 1, 10));
}

/** A refresh begins. */
export function refreshBegan(state: RefreshState, nowMs: number): void {
  state.startedAtMs = nowMs;
}

/** Control is asked. */
export function controlAsked(state: RefreshState, nowMs: number): void {
  state.askedAtMs = nowMs;
}

/**
 * Control has said how often it is to be asked. A release before paces did not. A slow pace is stretched by up to a tenth, so
 * that edges which once asked together do not go on doing so.
 *
 * @param random in [0, 1)
 */
export function paceTold(state: RefreshState, paceMs: number | undefined, random: number): void {
  const told = Math.max(FEW_EDGES_PACE_MS, paceMs ?? FEW_EDGES_PACE_MS);
  state.paceMs = told === FEW_EDGES_PACE_MS ? told : Math.round(told * (1 + random / 10));
}

/** No neighbour has a newer one, and Control is not to be asked yet. */
export function lookedInVain(state: RefreshState, startedAtMs: number, nowMs: number): void {
  state.lookedAtMs = nowMs;
  if (state.startedAtMs === startedAtMs) state.startedAtMs = NEVER;
}

/** True when a snapshot taken at `takenAtMs` is news: an answer that a later one overtook is not. */
export function isNews(state: RefreshState, takenAtMs: number, nowMs: number): boolean {
  // A state from the future is the work of a clock that went backwards since.
  return takenAtMs >= state.takenAtMs || state.takenAtMs > nowMs;
}

/** The refresh that began at `startedAtMs` brought what was true at `takenAtMs`. */
export function refreshSucceeded(
  state: RefreshState,
  startedAtMs: number,
  takenAtMs: number,
  nowMs: number,
): void {
  if (isNews(state, takenAtMs, nowMs)) state.takenAtMs = takenAtMs;
  // A later one may be under way, and paces the next.
  if (state.startedAtMs === startedAtMs) state.startedAtMs = NEVER;
  state.failures = 0;
}

/** A refresh missed the deadline of the request that waited for it, or failed. */
export function refreshFailed(state: RefreshState, nowMs: number): void {
  state.failures += 1;
  state.failedAtMs = nowMs;
}

/** Of a clock that went backwards nothing is known: long ago. */
function elapsedMs(sinceMs: number, nowMs: number): number {
  return nowMs < sinceMs ? Number.POSITIVE_INFINITY : nowMs - sinceMs;
}
