/** Whether a report of an edge has been seen before, and what edges have not reported yet. */

interface SeenEdge {
  /** The highest sequence number seen. */
  seq: number;
  /** Which of the numbers before it were seen: bit 0 is `seq - 1`. As the replay window of RFC 4303, 3.4.3. */
  seen: number;
  untilMs: number;
  heardAtMs: number;
  /** How old the last report was when it was heard. */
  lagMs: number;
  /** Whether its last report had arrivals. */
  hasArrivals: boolean;
}

interface Report {
  readonly edge: string;
  readonly seq: number;
  readonly untilMs: number;
  readonly moves: readonly { readonly from: number }[];
}

/** By the edge's name, in the order in which they were heard. */
export type EdgeReports = Map<string, SeenEdge>;

/** A report that is so many behind the latest counts as seen: it would be half a minute late. */
const WINDOW = 31;
/** Isolates come and go; a flood of names must not fill the object. */
const MOST_EDGES = 4096;
/** An edge that is silent has nothing to report: what it has is at most this old. */
const LONGEST_UNREPORTED_MS = 1000;
/** An edge that was silent for so long is not counted any more. */
const SILENT_MS = 5000;

/** Notes a report, in place. */
export function isRepeated(
  edges: EdgeReports,
  { edge, seq, untilMs, moves }: Report,
  nowMs: number,
): boolean {
  const known = edges.get(edge) ?? {
    seq: seq - 1,
    seen: 0,
    untilMs,
    heardAtMs: nowMs,
    lagMs: 0,
    hasArrivals: false,
  };
  const isNew = !edges.has(edge);
  edges.delete(edge);
  edges.set(edge, known);
  if (edges.size > MOST_EDGES) {
    for (const oldest of edges.keys()) {
      edges.delete(oldest);
      break;
    }
  }
  known.heardAtMs = nowMs;
  const behind = known.seq - seq;
  if (behind >= 0) {
    const bit = 1 << (behind - 1);
    if (behind === 0 || behind > WINDOW || (known.seen & bit) !== 0) return true;
    known.seen |= bit;
    return false;
  }
  const forward = -behind;
  const shifted = forward > WINDOW ? 0 : (known.seen << forward) | (isNew ? 0 : 1 << (forward - 1));
  known.seen = shifted & 0x7fffffff;
  known.seq = seq;
  known.untilMs = Math.max(known.untilMs, untilMs);
  known.lagMs = Math.max(0, nowMs - untilMs);
  // Those who come back, and were counted no more, among them.
  known.hasArrivals = moves.some(({ from }) => from * 1000 <= nowMs);
  return false;
}

/** Forgets edges in place that were silent so long that nothing in a repeated report would count any more. */
export function forgetEdges(edges: EdgeReports, nowMs: number, silentMs: number): void {
  for (const [edge, { heardAtMs }] of edges) {
    if (nowMs - heardAtMs <= silentMs) break;
    edges.delete(edge);
  }
}

/** The pace of exchanges that somebody's place waits for. */
const MERGE_MS = 100;
/** So many exchanges a second a Room takes, whatever the number of edges: a third of what a Durable Object carries. */
const MOST_EXCHANGES_PER_SECOND = 300;

/** At the most so often each of so many edges tells something, milliseconds. */
export function fastestPaceOf(edges: number): number {
  return Math.ceil((edges * 1000) / MOST_EXCHANGES_PER_SECOND);
}

/** How often while a place waits for all edges' arrivals. */
export function mergePaceOf(edges: number): number {
  return Math.max(MERGE_MS, fastestPaceOf(edges));
}

/**
 * Within so many paces an edge tells of its first arrivals: until it notices, a pace of exchanges, the way, and a reserve of
 * half. So one that had none and was not heard since has seen none.
 */
const PACES = 3;
/** Where messages take long it is a pace and so many ways: one exchange may be under way, there and back, before its own. */
const WAYS = 3;
/** One that had some has more, and may have so much to do that it tells them late. */
const BUSY_TOLD_WITHIN_MS = 3000;
/** An edge that was never heard tells of its first arrivals at once: these are on their way. */
const WAY_MS = 50;

export interface Unreported {
  /** Edges that report. */
  readonly edges: number;
  /** For how long, summed over them, arrivals are not known yet. */
  readonly unreportedMs: number;
  /** All arrivals before then are known, of every edge; each edge's by its own clock. */
  readonly completeMs: number;
}

export function unreportedOf(edges: EdgeReports, nowMs: number): Unreported {
  let count = 0;
  let sumMs = 0;
  let completeMs = nowMs - WAY_MS;
  let slowestMs = 0;
  for (const { lagMs, heardAtMs } of edges.values()) {
    if (nowMs - heardAtMs <= SILENT_MS) slowestMs = Math.max(slowestMs, lagMs);
  }
  const paceMs = mergePaceOf(edges.size);
  const toldWithinMs = Math.max(PACES * paceMs, WAYS * slowestMs + paceMs);
  for (const { untilMs, heardAtMs, hasArrivals } of edges.values()) {
    if (nowMs - heardAtMs > SILENT_MS) continue;
    count += 1;
    sumMs += Math.min(LONGEST_UNREPORTED_MS, Math.max(0, nowMs - untilMs));
    const withinMs = hasArrivals ? BUSY_TOLD_WITHIN_MS : Math.min(toldWithinMs, BUSY_TOLD_WITHIN_MS);
    completeMs = Math.min(completeMs, Math.max(untilMs, nowMs - withinMs));
  }
  return { edges: count, unreportedMs: sumMs, completeMs };
}
