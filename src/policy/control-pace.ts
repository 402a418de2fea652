/** How often each edge may have an exchange with Control, so that Control's calls stay flat as edges multiply. */

/** When each edge was heard last; who was heard last comes last. Changed in place. */
export type EdgesHeard = Map<string, number>;

/**
 * So many exchanges a second Control answers, whatever the number of edges: under half of what a Durable Object carries, as
 * urgent reports, monitors and operators come on top.
 */
export const EXCHANGES_PER_SECOND = 400;
/** The pace while edges are few: each keeps its own snapshot fresh. */
export const FEW_EDGES_PACE_MS = 500;
/** A report waits for its time in `waitUntil`, which ends 30 s after the answer: twice the pace must be less. */
export const LONGEST_PACE_MS = 10_000;
/** So many edges tell urgent news at once, of those that see the same at one moment: enough to agree. */
const URGENT_AT_ONCE = 100;
/** An edge that was not heard for so many paces is idle or gone. */
const SILENT_PACES = 4;
/** And for so long, for those that ask only when they serve somebody. */
const SILENT_MS = 5000;
/** Isolates come and go; a flood of names must not fill the object. */
const MOST_EDGES = 20_000;

/** Notes that an edge was heard, and forgets those that were not for long, in place. */
export function noteHeard(edges: EdgesHeard, edge: string, nowMs: number): void {
  edges.delete(edge);
  edges.set(edge, nowMs);
  for (const [oldest, atMs] of edges) {
    const isSilent = Math.abs(nowMs - atMs) > Math.max(SILENT_MS, SILENT_PACES * paceMs(edges.size));
    if (!isSilent && edges.size <= MOST_EDGES) break;
    edges.delete(oldest);
  }
}

/** The least time between two exchanges of one edge, for so many edges, milliseconds. */
export function paceMs(edges: number): number {
  const fairMs = Math.ceil((edges * 1000) / EXCHANGES_PER_SECOND);
  return Math.min(LONGEST_PACE_MS, Math.max(FEW_EDGES_PACE_MS, fairMs));
}

/**
 * How long an edge waits with urgent news, milliseconds: not at all while edges are few. Where a region fails for thousands
 * of edges at one moment, a hundred of them tell at once and the others each at a time of its own within the pace, so that
 * Control hears no more of them than ever.
 *
 * @param random in [0, 1)
 */
export function urgentAfterMs(pace: number, random: number): number {
  if (pace <= FEW_EDGES_PACE_MS) return 0;
  const atOnce = URGENT_AT_ONCE / ((pace * EXCHANGES_PER_SECOND) / 1000);
  return random < atOnce ? 0 : (pace * (random - atOnce)) / (1 - atOnce);
}

/**
 * Within so long every edge that has seen something has told it, milliseconds: a busy edge at its pace, another by the timer
 * that a request has set.
 */
export function toldWithinMs(pace: number): number {
  return Math.max(1000, 2 * pace);
}
