/** How far an edge's clock is from a Room's: what is told by arrival must be told by one clock. */

/** A smaller difference is within what NTP and the way there and back leave open, and would only make times jump. */
const SMALLEST_SKEW_MS = 500;

/** What to add to this edge's clock for the room's: 0 for clocks that agree. */
export function skewOf(publishedAtMs: number, beganAtMs: number, endedAtMs: number): number {
  const skewMs = publishedAtMs - (beganAtMs + endedAtMs) / 2;
  return Math.abs(skewMs) > SMALLEST_SKEW_MS ? Math.round(skewMs) : 0;
}
