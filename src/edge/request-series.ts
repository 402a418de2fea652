/** Makes the counters of requests ready when a configuration is compiled, so that a request only adds to them. */
import { BUCKET_LABELS } from "../policy/histogram.ts";
import { label } from "../policy/metric-label.ts";
import { FAILURE_REASONS, type FailureReason } from "../policy/outcome.ts";
import { type Cell, cellOf } from "./counters.ts";

/**
 * What became of a request. `proxied`: an origin's answer; `unanswered`: origins were asked and none answered; `stale`: a
 * kept answer in its place; `shed`: no origin could be asked; `blocked`: refused for its form or for want of a route;
 * `reserved`: for `/.tidegate`; `error`: the edge failed.
 */
export const DECISIONS = [
  "proxied",
  "unanswered",
  "stale",
  "limited",
  "queued",
  "maintenance",
  "shed",
  "blocked",
  "reserved",
  "error",
] as const;
export type Decision = (typeof DECISIONS)[number];

/** Seconds in buckets, each without those below it; they are added up where they are rendered. */
export interface Durations {
  readonly buckets: readonly Cell[];
  readonly sum: Cell;
}

/** Of one route, by decision and class of status. */
export interface RouteSeries {
  cell(decision: Decision, status: number): Cell;
}

export interface PoolSeries {
  /** From the request to the answer's headers. */
  readonly total: Durations;
  /** Without the time that was spent waiting for origins. */
  readonly edge: Durations;
}

/** `hedge`: beside a read that takes long. */
export type AttemptKind = "first" | "retry" | "hedge";

export interface OriginSeries {
  cell(status: number | undefined): Cell;
  readonly attempts: Readonly<Record<AttemptKind, Cell>>;
  readonly failures: Readonly<Record<FailureReason, Cell>>;
  readonly took: Durations;
}

const CLASSES = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

function classOf(status: number | undefined): number {
  const index = status === undefined ? 0 : Math.floor(status / 100);
  return index >= 0 && index < CLASSES.length ? index : 0;
}

/** @param route "" for requests of no route */
export function routeSeries(route: string): RouteSeries {
  const known = new Map<Decision, (Cell | undefined)[]>();
  return {
    cell(decision, status) {
      const index = classOf(status);
      const row = known.get(decision) ?? [];
      if (row.length === 0) known.set(decision, row);
      // Only what happens becomes a series: 50 routes times all there is would be 3,000.
      row[index] ??= cellOf(
        `tidegate_requests_total{route="${label(route)}",decision="${decision}",code="${CLASSES[index]}"}`,
      );
      return row[index];
    },
  };
}

export function poolSeries(pool: string): PoolSeries {
  const labels = `pool="${label(pool)}"`;
  return {
    total: durations("tidegate_request_duration_seconds", labels),
    edge: durations("tidegate_edge_duration_seconds", labels),
  };
}

export function originSeries(pool: string, origin: string): OriginSeries {
  const labels = `pool="${label(pool)}",origin="${label(origin)}"`;
  const row: (Cell | undefined)[] = [];
  const attempts = (kind: AttemptKind) => cellOf(`tidegate_attempts_total{${labels},kind="${kind}"}`);
  return {
    cell(status) {
      const index = classOf(status);
      row[index] ??= cellOf(`tidegate_origin_requests_total{${labels},code="${CLASSES[index]}"}`);
      return row[index];
    },
    attempts: { first: attempts("first"), retry: attempts("retry"), hedge: attempts("hedge") },
    failures: Object.fromEntries(
      FAILURE_REASONS.map((reason) => [
        reason,
        cellOf(`tidegate_attempt_failures_total{${labels},reason="${reason}"}`),
      ]),
    ) as Record<FailureReason, Cell>,
    took: durations("tidegate_origin_duration_seconds", labels),
  };
}

function durations(name: string, labels: string): Durations {
  return {
    buckets: BUCKET_LABELS.map((le) => cellOf(`${name}_bucket{${labels},le="${le}"}`)),
    sum: cellOf(`${name}_sum{${labels}}`),
  };
}
