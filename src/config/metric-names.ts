/** Every metric that `/.tidegate/metrics` tells: its kind, what it is, and how the series that Control counts are named. */
import { seriesName } from "../policy/metric-label.ts";

export interface Metric {
  /** `sums`: a sum and a count without buckets. */
  readonly type: "counter" | "gauge" | "histogram" | "sums";
  readonly help: string;
}

/** By the family's name. Names are an interface: dashboards and alerts use them. */
export const METRICS: Readonly<Record<string, Metric>> = {
  tidegate_requests_total: {
    type: "counter",
    help: "Requests, each once, by route, decision and class of status.",
  },
  tidegate_request_duration_seconds: {
    type: "histogram",
    help: "From a request to its answer's headers, where origins were asked.",
  },
  tidegate_edge_duration_seconds: {
    type: "histogram",
    help: "The part of it in which no origin was waited for.",
  },
  tidegate_origin_requests_total: {
    type: "counter",
    help: "Requests by the origin that was asked last; code none: no answer.",
  },
  tidegate_origin_duration_seconds: {
    type: "histogram",
    help: "The part of a request in which origins were waited for.",
  },
  tidegate_attempts_total: {
    type: "counter",
    help: "Attempts at origins: first, retry, or hedge (a second one beside a read that takes long).",
  },
  tidegate_attempt_failures_total: { type: "counter", help: "Attempts that failed, by reason." },
  tidegate_origin_state: { type: "gauge", help: "1 for the state that an origin is in." },
  tidegate_origin_weight_configured: { type: "gauge", help: "An origin's weight in the configuration." },
  tidegate_origin_weight_effective: {
    type: "gauge",
    help: "The weight that is in force: less in slow start or at a reported capacity, 0 while it is out.",
  },
  tidegate_origin_share: { type: "gauge", help: "Share of a pool's users that live at an origin." },
  tidegate_ejections_total: {
    type: "counter",
    help: "Times that live traffic took an origin out: seen by one edge, or in force for all.",
  },
  tidegate_pool_panic: {
    type: "gauge",
    help: "1 while most of a pool is out and reads are spread over all.",
  },
  tidegate_pool_maintenance: { type: "gauge", help: "1 while a whole pool is in maintenance." },
  tidegate_health_checks_total: { type: "counter", help: "Probes by all vantages, by result." },
  tidegate_health_check_age_seconds: {
    type: "gauge",
    help: "Since a vantage's last probe of an origin was told.",
  },
  tidegate_health_check_interval_seconds: { type: "gauge", help: "How often each vantage probes." },
  tidegate_limit_decisions_total: { type: "counter", help: "Decisions of limits, by limit and result." },
  tidegate_limit_store_calls_total: {
    type: "counter",
    help: "Calls to stores of buckets, by store and result.",
  },
  tidegate_flood_guard_decisions_total: { type: "counter", help: "Decisions of the flood guard, by result." },
  tidegate_room_waiting: { type: "gauge", help: "People in line." },
  tidegate_room_active: { type: "gauge", help: "People who are in." },
  tidegate_room_leased: { type: "gauge", help: "Slots that edges hold in advance." },
  tidegate_room_limit: { type: "gauge", help: "People who may be in: the limit in force." },
  tidegate_room_up: { type: "gauge", help: "1 when the room's object answers." },
  tidegate_room_admissions_total: { type: "counter", help: "People who came in, by lane and way." },
  tidegate_room_queued_total: { type: "counter", help: "Places in line that were given." },
  tidegate_room_abandoned_total: {
    type: "counter",
    help: "Places that were given up: left on purpose, or not asked for again.",
  },
  tidegate_room_polls_total: { type: "counter", help: "Polls of places." },
  tidegate_room_calls_total: { type: "counter", help: "Calls to a room's objects, by call and result." },
  tidegate_room_wait_seconds: { type: "sums", help: "From a ticket to the admission." },
  tidegate_room_estimated_wait_seconds: {
    type: "sums",
    help: "What newcomers were told: the middle of the range.",
  },
  tidegate_tokens_rejected_total: {
    type: "counter",
    help: "Tokens of users, tickets, passes and operators that did not hold, by reason.",
  },
  tidegate_config_version: { type: "gauge", help: "The configuration's version in force." },
  tidegate_edges: {
    type: "gauge",
    help: "Edges that Control has heard in the last minute, by whether they follow what is in force.",
  },
  tidegate_admin_actions_total: {
    type: "counter",
    help: "Operators' writes and failed logins, by action and result.",
  },
  tidegate_alerts_total: { type: "counter", help: "Webhook deliveries, by result." },
};

export function healthChecks(pool: string, origin: string, result: "passed" | "failed"): string {
  return seriesName("tidegate_health_checks_total", { pool, origin, result });
}

/** @param by `edge`: one edge that saw it; `all`: in force for all of them */
export function ejections(pool: string, origin: string, by: "edge" | "all"): string {
  return seriesName("tidegate_ejections_total", { pool, origin, by });
}

export function adminActions(action: string, result: string): string {
  return seriesName("tidegate_admin_actions_total", { action, result });
}

/** @param what `ticket`, `pass`, `user` (a token that names a user), `api-key`, `pin` or `operator` */
export function tokensRejected(what: string, reason: string): string {
  return seriesName("tidegate_tokens_rejected_total", { token: what, reason });
}

export function roomAbandoned(room: string, how: "left" | "vanished"): string {
  return seriesName("tidegate_room_abandoned_total", { room, how });
}

export function alerts(result: "delivered" | "failed" | "dropped"): string {
  return seriesName("tidegate_alerts_total", { result });
}
