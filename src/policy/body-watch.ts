/** Which answers' bodies are watched to their end, so that one that is cut off or stalls counts against its origin. */

/** One in so many answers is watched: a body that goes through the Worker's hands costs a part of its request's CPU. */
export const SAMPLE = 16;
/** After a cut or stalled body all of the origin's are watched for so long, epoch milliseconds. */
const SUSPECT_MS = 60_000;
/**
 * Longer bodies are never watched: the Worker would pay for each of their pieces. At a megabyte these are some tens.
 */
export const MAX_WATCHED_BYTES = 1024 * 1024;
/** Longer bodies are watched while they flow, shorter ones read whole first, so that a cut one can be had elsewhere. */
export const MAX_HELD_BYTES = 64 * 1024;

export interface BodyWatch {
  /** The place of the last answer in its block of {@link SAMPLE}. */
  place: number;
  /** The place in this block whose answer is watched. */
  chosen: number;
  /** Everything is watched until then. */
  suspectUntilMs: number;
}

export function nothingWatched(): BodyWatch {
  return { place: SAMPLE - 1, chosen: 0, suspectUntilMs: 0 };
}

/**
 * Whether the next answer has its turn. One of each block, at a random place: so no more than 30 lie between two, which
 * chance alone would not promise, and no traffic with a period of its own stays out of sight.
 *
 * @param random in [0, 1)
 */
export function isWatchTurn(watch: BodyWatch, random: number, nowMs: number): boolean {
  watch.place = (watch.place + 1) % SAMPLE;
  if (watch.place === 0) watch.chosen = Math.floor(random * SAMPLE);
  return watch.place === watch.chosen || nowMs < watch.suspectUntilMs;
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
