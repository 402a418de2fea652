/**
 * How many requests an edge has open at an origin, in a way that heals by itself: when a client goes away the
 * runtime drops the request's code where it stands, so a count that relies on a final decrement leaks.
 */

interface Generation {
  readonly startedAtMs: number;
  open: number;
}

/** Requests open at one origin, in the two latest generations. Older ones cannot be open any more. */
export interface InFlight {
  current: Generation;
  previous: Generation;
}

/** What {@link openRequest} gives and {@link closeRequest} takes back. */
export type OpenRequest = Generation;

/** Nothing open, at time `nowMs` (epoch milliseconds). */
export function noneInFlight(nowMs: number): InFlight {
  return { current: { startedAtMs: nowMs, open: 0 }, previous: { startedAtMs: nowMs, open: 0 } };
}

/**
 * Counts a request in.
 *
 * @param longestMs how long a request can be open at most (the pool's time-out); a generation is that long, so
 *   whatever is open in one before the previous is a leak and forgotten
 */
export function openRequest(inFlight: InFlight, nowMs: number, longestMs: number): OpenRequest {
  rotate(inFlight, nowMs, longestMs);
  inFlight.current.open += 1;
  return inFlight.current;
}

/** Counts a request out, once its answer's headers or its failure are there. */
export function closeRequest(request: OpenRequest): void {
  if (request.open > 0) request.open -= 1;
}

/** Requests open now. */
export function countOpen(inFlight: InFlight, nowMs: number, longestMs: number): number {
  rotate(inFlight, nowMs, longestMs);
  return inFlight.current.open + inFlight.previous.open;
}

function rotate(inFlight: InFlight, nowMs: number, longestMs: number): void {
  const age = nowMs - inFlight.current.startedAtMs;
  if (age < longestMs) return;
  const empty = { startedAtMs: nowMs, open: 0 };
  inFlight.previous = age < 2 * longestMs ? inFlight.current : empty;
  inFlight.current = { startedAtMs: nowMs, open: 0 };
}
