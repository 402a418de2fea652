/** When an edge fetches the key set: often enough to follow its issuer, and at most once a minute whatever tokens say. */

/** However many unknown key ids come, and however the last fetch ended. */
export const FETCH_EVERY_MS = 60_000;
/** Younger keys are used as they are. */
export const KEYS_FRESH_MS = 10 * 60_000;
/** Older keys (an edge that was idle) are fetched before the request, so that a withdrawn one is not used once more. */
export const KEYS_OLD_MS = 60 * 60_000;
/** While the issuer cannot be reached, keys go on working for so long. */
export const KEYS_USABLE_MS = 24 * 60 * 60_000;
/** The longest that a request waits for keys; then it goes on without its token. */
export const KEYS_DEADLINE_MS = 1000;

export interface KeyFetchState {
  /** When the fetch that brought the present keys began; `-Infinity` before the first. */
  takenAtMs: number;
  /** When the last fetch began. */
  startedAtMs: number;
  isRunning: boolean;
}

export type KeyFetchDecision =
  /** Go on with what is there. */
  | "use"
  /** Go on with what is there, and fetch behind the request. */
  | "behind"
  /** Fetch, and wait for it until the deadline. */
  | "before"
  /** Another request fetches: look again shortly, until its deadline. */
  | "wait";

const NEVER = Number.NEGATIVE_INFINITY;

export function nothingFetched(): KeyFetchState {
  return { takenAtMs: NEVER, startedAtMs: NEVER, isRunning: false };
}

/** True while the keys may be used; after a day without the issuer none may. */
export function areUsable(state: KeyFetchState, nowMs: number): boolean {
  return nowMs - state.takenAtMs < KEYS_USABLE_MS;
}

/** What to do at `nowMs` for a request that needs some key. */
export function decideKeyFetch(state: KeyFetchState, nowMs: number): KeyFetchDecision {
  const ageMs = nowMs - state.takenAtMs;
  // A clock that was set back makes keys look new, never old: they are fetched again.
  if (ageMs > -FETCH_EVERY_MS && ageMs < KEYS_FRESH_MS) return "use";
  if (ageMs < KEYS_OLD_MS) return mayFetch(state, nowMs) ? "behind" : "use";
  return decideNow(state, nowMs);
}

/** What to do for a request whose key is not among those that are there. */
export function decideUnknownKey(state: KeyFetchState, nowMs: number): KeyFetchDecision {
  return decideNow(state, nowMs);
}

function decideNow(state: KeyFetchState, nowMs: number): KeyFetchDecision {
  if (mayFetch(state, nowMs)) return "before";
  return state.isRunning && nowMs - state.startedAtMs < KEYS_DEADLINE_MS ? "wait" : "use";
}

/**
 * Each request of a Worker has a clock of its own that stands still while it computes, so a request may be some
 * milliseconds behind one that began the fetch. Only a whole minute back is a clock that was set.
 */
function mayFetch(state: KeyFetchState, nowMs: number): boolean {
  return Math.abs(nowMs - state.startedAtMs) >= FETCH_EVERY_MS;
}

export function fetchBegan(state: KeyFetchState, nowMs: number): void {
  state.startedAtMs = nowMs;
  state.isRunning = true;
}

/** The fetch that began at `startedAtMs` ended; one that a later fetch has overtaken changes nothing. True if it counts. */
export function fetchEnded(state: KeyFetchState, startedAtMs: number, broughtKeys: boolean): boolean {
  if (state.startedAtMs !== startedAtMs) return false;
  state.isRunning = false;
  if (broughtKeys) state.takenAtMs = startedAtMs;
  return true;
}
