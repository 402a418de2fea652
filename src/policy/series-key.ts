/** Decides which counters the history keeps, and sums up those that it need not tell apart. */

/** By the counter's name: the word that the history has for it, and the labels that it keeps. */
const KEPT = new Map(
  Object.entries<readonly [word: string, ...labels: string[]]>({
    // Without the route: an hour of 50 routes would be a hundred times as much to keep and to send.
    tidegate_requests_total: ["requests", "decision", "code"],
    tidegate_request_duration_seconds_bucket: ["total", "pool", "le"],
    tidegate_edge_duration_seconds_bucket: ["edge", "pool", "le"],
    tidegate_origin_requests_total: ["origin", "pool", "origin", "code"],
    tidegate_origin_duration_seconds_bucket: ["took", "pool", "origin", "le"],
    tidegate_origin_duration_seconds_sum: ["tookSum", "pool", "origin"],
    tidegate_limit_decisions_total: ["limit", "limit", "result"],
    tidegate_limit_store_calls_total: ["store", "store", "result"],
    tidegate_room_admissions_total: ["admitted", "room"],
    tidegate_room_queued_total: ["queued", "room"],
    tidegate_room_wait_seconds_sum: ["waitSum", "room"],
    tidegate_room_wait_seconds_count: ["waitCount", "room"],
    tidegate_room_estimated_wait_seconds_sum: ["estimateSum", "room"],
    tidegate_room_estimated_wait_seconds_count: ["estimateCount", "room"],
  }),
);

/** Between a key's parts: no name of a configuration has one. */
export const KEY_SEPARATOR = " ";

/** The history's key of a counter as Prometheus writes it; undefined: it is not kept. */
export function seriesKey(series: string): string | undefined {
  const brace = series.indexOf("{");
  const [word, ...labels] = KEPT.get(brace < 0 ? series : series.slice(0, brace)) ?? [];
  if (word === undefined) return undefined;
  const values = new Map<string, string>();
  for (const [, name = "", value = ""] of series.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g))
    values.set(name, value);
  return [word, ...labels.map((label) => values.get(label) ?? "")].join(KEY_SEPARATOR);
}
