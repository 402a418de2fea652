/** Which answers' bodies are watched to their end, so that one that is cut off or stalls counts against its origin. */

/**
 * So long passes between two answers that are watched, milliseconds, at random between these. A pace by time, because a body
 * that goes through the Worker's hands costs a part of its request's CPU: an edge with little to do watches most of its
 * answers, a busy one pays little for it. At random, so that no traffic with a period of its own stays out of sight.
 */
const SHORTEST_PAUSE_MS = 25;
export const LONGEST_PAUSE_MS = 75;
/** However busy the edge, not more answers than this go by between two. */
export const MOST_UNWATCHED = 255;
/** After a cut or stalled body all of the origin's are watched for so long, epoch milliseconds. */
const SUSPECT_MS = 60_000;
/**
 * Longer bodies are never watched: the Worker would pay for each of their pieces. At a megabyte these are some tens.
 */
export const MAX_WATCHED_BYTES = 1024 * 1024;
/** Longer bodies are watched while they flow, shorter ones read whole first, so that a cut one can be had elsewhere. */
export const MAX_HELD_BYTES = 64 * 1024;

export interface BodyWatch {
  /** The first answer from then on is watched. */
  nextAtMs: number;
  /** Answers since the last one that was. */
  unwatched: number;
  /** Everything is watched until then. */
  suspectUntilMs: number;
}

export function nothingWatched(): BodyWatch {
  return { nextAtMs: 0, unwatched: 0, suspectUntilMs: 0 };
}

/**
 * Whether an answer at `nowMs` (epoch milliseconds) has its turn.
 *
 * @param random in [0, 1)
 */
export function isWatchTurn(watch: BodyWatch, random: number, nowMs: number): boolean {
  if (nowMs < watch.suspectUntilMs) return true;
  // A turn that lies further away than any pause was set before the clock went back.
  const isPausing = nowMs < watch.nextAtMs && watch.nextAtMs - nowMs <= LONGEST_PAUSE_MS;
  if (isPausing && watch.unwatched < MOST_UNWATCHED) {
    watch.unwatched += 1;
    return false;
  }
  watch.unwatched = 0;
  watch.nextAtMs = nowMs + SHORTEST_PAUSE_MS + random * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS);
  return true;
}

/** A watched body was cut off or stalled. */
export function noteBadBody(watch: BodyWatch, nowMs: number): void {
  watch.suspectUntilMs = nowMs + SUSPECT_MS;
}

export type WatchKind =
  | "not"
  /** Read whole before the client gets anything. */
  | "hold"
  /** Goes on as it comes, and its end is noted. */
  | "flow";

/**
 * How an answer with these fields is watched. Without a length its end says nothing; a coded one would come decoded, and so
 * be longer than its length says.
 */
export function watchKind(contentLength: string | null, contentEncoding: string | null): WatchKind {
  if (contentLength === null || contentEncoding !== null) return "not";
  const bytes = Number(contentLength);
  if (!(bytes > 0 && bytes <= MAX_WATCHED_BYTES)) return "not";
  return bytes <= MAX_HELD_BYTES ? "hold" : "flow";
}
