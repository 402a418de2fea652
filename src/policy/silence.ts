/** A time in which a room's object could hear nobody: whoever was counted then is counted for as long again. */

export interface Silence {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** By so much later they are counted until. */
  readonly seconds: number;
  /** The seconds until which they are counted now. */
  readonly counted: readonly number[];
}

/** What of a presence this needs. */
interface Counted {
  readonly until: Map<number, Map<number, number>>;
  readonly edges: ReadonlyMap<string, { readonly heardAtMs: number }>;
  silence: Silence | undefined;
}

/** Edges tell once a second, and at once when they can again. */
const SHORTEST_MS = 3000;
/** After longer than this whoever waited has most probably gone. */
const LONGEST_MS = 3_600_000;

/**
 * Nobody was heard since the last report: the object did not run, or could not be reached. Nobody has left by being silent
 * meanwhile, or whoever came right after an outage would stand before all who come back. In place.
 */
export function bridgeSilence(presence: Counted, nowMs: number): void {
  const { until, edges } = presence;
  let sinceMs = Number.NEGATIVE_INFINITY;
  for (const { heardAtMs } of edges.values()) sinceMs = Math.max(sinceMs, heardAtMs);
  const silentMs = nowMs - sinceMs;
  if (silentMs < SHORTEST_MS || silentMs > LONGEST_MS) return;
  const seconds = Math.ceil(silentMs / 1000);
  const counted = [...until].filter(([second]) => second * 1000 > sinceMs);
  for (const [second] of counted) until.delete(second);
  for (const [second, spans] of counted) until.set(second + seconds, spans);
  const now = counted.map(([second]) => second + seconds);
  presence.silence = { sinceMs, untilMs: nowMs, seconds, counted: now };
}

/**
 * Where else somebody may be counted whose ticket says `from`, the likeliest first, epoch seconds: as it says, or as an
 * earlier copy did, if an edge that counted anew could not tell.
 *
 * @param longestMs the longest that anybody is counted without being heard
 */
export function laterSeconds(
  silence: Silence | undefined,
  from: number,
  longestMs: number,
  nowMs: number,
): readonly number[] {
  if (silence === undefined || nowMs > silence.untilMs + longestMs) return [];
  const isOfThen = from * 1000 > silence.sinceMs && from * 1000 <= silence.untilMs + longestMs;
  return isOfThen ? [from + silence.seconds, ...silence.counted] : [];
}
