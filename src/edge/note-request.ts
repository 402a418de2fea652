/** Counts a request, once, when its answer is there: a few additions, and nothing of the user. */
import { bucketOf } from "../policy/histogram.ts";
import { addTo } from "./counters.ts";
import { type Decision, type Durations, routeSeries } from "./request-series.ts";
import type { Visit } from "./visit.ts";

const NO_ROUTE = routeSeries("");

/** @param visit undefined for a request that came before there was a configuration */
export function noteRequest<Answer extends { readonly status: number }>(
  visit: Visit | undefined,
  answer: Answer,
  decision: Decision = visit?.decision ?? "error",
): Answer {
  const route = visit?.route;
  addTo((route?.series ?? NO_ROUTE).cell(decision, answer.status));
  if (visit === undefined || visit.answeredBy < 0 || route === undefined) return answer;
  const { pool } = route;
  const totalMs = visit.nowMs - visit.startedAtMs;
  observe(pool.series.total, totalMs);
  observe(pool.series.edge, Math.max(0, totalMs - visit.originMs));
  const origin = pool.origins[visit.answeredBy];
  if (origin === undefined) return answer;
  addTo(origin.series.cell(visit.decision === "proxied" ? answer.status : undefined));
  observe(origin.series.took, visit.originMs);
  return answer;
}

function observe({ buckets, sum }: Durations, durationMs: number): void {
  const bucket = buckets[bucketOf(durationMs)];
  if (bucket !== undefined) addTo(bucket);
  addTo(sum, durationMs / 1000);
}
