/** Renders what all edges have counted as Prometheus text (exposition format 0.0.4). */
import { BUCKET_LABELS } from "../policy/histogram.ts";

/** What each metric is. Names are an interface: dashboards and alerts use them. */
const HELP: Readonly<Record<string, string>> = {
  tidegate_requests_total: "Requests, each once, by route, decision and class of status.",
  tidegate_request_duration_seconds: "From a request to its answer's headers, where origins were asked.",
  tidegate_edge_duration_seconds: "The part of it in which no origin was waited for.",
  tidegate_origin_requests_total: "Requests by the origin that was asked last; code none: no answer.",
  tidegate_origin_duration_seconds: "The part of a request in which origins were waited for.",
  tidegate_room_wait_seconds: "From a ticket to the admission.",
  tidegate_room_estimated_wait_seconds: "What newcomers were told: the middle of the range.",
  tidegate_limit_decisions_total: "Decisions of limits, by limit and result.",
  tidegate_limit_store_calls_total: "Calls to stores of buckets, by store and result.",
};

const BUCKET = /^(\w+)_bucket\{(.*),le="([^"]+)"\}$/;
/** Sums and counts belong to a family of another name. */
const PART = /_(?:bucket|sum|count)$/;

/** @param totals sums by series, as edges name them */
export function prometheusText(totals: Readonly<Record<string, number>>): string {
  const families = new Map<string, string[]>();
  const histograms = new Map<string, number[]>();
  const add = (family: string, line: string) => {
    const lines = families.get(family) ?? [];
    families.set(family, [...lines, line]);
  };
  for (const [series, total] of Object.entries(totals).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [, name, labels, le = ""] = BUCKET.exec(series) ?? [];
    if (name === undefined) {
      add(series.split("{", 1)[0]?.replace(PART, "") ?? series, `${series} ${total}`);
      continue;
    }
    const key = `${name} ${labels}`;
    const counts = histograms.get(key) ?? BUCKET_LABELS.map(() => 0);
    counts[BUCKET_LABELS.indexOf(le)] = total;
    histograms.set(key, counts);
  }
  const withBuckets = new Set<string>();
  for (const [key, counts] of histograms) {
    const space = key.indexOf(" ");
    const [name, labels] = [key.slice(0, space), key.slice(space + 1)];
    withBuckets.add(name);
    // Edges count each bucket apart, so that a request is one addition; the format wants those below counted in.
    let sum = 0;
    for (const [index, le] of BUCKET_LABELS.entries()) {
      sum += counts[index] ?? 0;
      add(name, `${name}_bucket{${labels},le="${le}"} ${sum}`);
    }
    add(name, `${name}_count{${labels}} ${sum}`);
  }
  return [...families]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, lines]) => [
      `# HELP ${name} ${HELP[name] ?? "Not described."}`,
      `# TYPE ${name} ${typeOf(name, withBuckets)}`,
      ...lines,
    ])
    .map((line) => `${line}\n`)
    .join("");
}

function typeOf(name: string, withBuckets: ReadonlySet<string>): string {
  if (withBuckets.has(name)) return "histogram";
  return name.endsWith("_total") ? "counter" : "summary";
}
