/** Counts what this edge does, for Control to sum up: isolates share nothing. */

/** Series that an edge counts at most; labels are names from the configuration, so there are few. */
const MAX_SERIES = 4_000;
/** Counts are told to Control after so long at the latest. */
const TELL_AFTER_MS = 1_000;

const counts = new Map<string, number>();
let toldAtMs = 0;

/**
 * Adds to a counter, named as Prometheus writes it. Names are made where the configuration is compiled and not for
 * each request.
 */
export function count(series: string, by = 1): void {
  const before = counts.get(series);
  if (before === undefined && counts.size >= MAX_SERIES) return;
  counts.set(series, (before ?? 0) + by);
}

export function hasCounts(): boolean {
  return counts.size > 0;
}

/** What was counted since it was last taken. */
export function takeCounts(): Record<string, number> {
  const taken = Object.fromEntries(counts);
  counts.clear();
  return taken;
}

/** Control did not get them: they are told with the next report. */
export function giveBackCounts(taken: Readonly<Record<string, number>>): void {
  for (const [series, by] of Object.entries(taken)) count(series, by);
}

/**
 * Whether this request must see to it that the counts are told, so that they do not wait for a next one that may never
 * come: one request in each second.
 */
export function mustTell(nowMs: number): boolean {
  if (counts.size === 0 || Math.abs(nowMs - toldAtMs) < TELL_AFTER_MS) return false;
  toldAtMs = nowMs;
  return true;
}

/** A label's value as Prometheus' text format wants it. */
export function label(value: string): string {
  return value.replace(/[\\"\n]/g, (found) => (found === "\n" ? "\\n" : `\\${found}`));
}
