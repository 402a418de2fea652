/** What active probes say: whether one probe passed, an origin's health by vantage, and the vantages' majority. */

/** What came back from one probe. Redirects are never followed: a 3xx is an answer like any other. */
export type ProbeAnswer =
  | { readonly kind: "answered"; readonly status: number; readonly bodyText: string }
  | { readonly kind: "timed-out" }
  /** Refused, reset, closed, malformed: the runtime does not tell these apart. */
  | { readonly kind: "disconnected" };

/** Both ends belong to the range: `{ from: 200, to: 299 }`. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

export interface ProbeExpectation {
  readonly statuses: readonly StatusRange[];
  /** Text that the body must contain, exactly; empty: any body. */
  readonly bodyText: string;
}

export type ProbeVerdict =
  | { readonly passed: true; readonly reason: "ok" }
  | { readonly passed: false; readonly reason: "timed-out" | "disconnected" | "status" | "body" };

/** Whether one probe found what it should. */
export function judgeProbe(answer: ProbeAnswer, { statuses, bodyText }: ProbeExpectation): ProbeVerdict {
  if (answer.kind !== "answered") return { passed: false, reason: answer.kind };
  const { status } = answer;
  if (!statuses.some(({ from, to }) => status >= from && status <= to))
    return { passed: false, reason: "status" };
  if (!answer.bodyText.includes(bodyText)) return { passed: false, reason: "body" };
  return { passed: true, reason: "ok" };
}

/** One origin as one vantage sees it. */
export interface ProbeHealth {
  readonly healthy: boolean;
  /** Probes in a row that contradict `healthy`. */
  readonly streak: number;
  /** Epoch milliseconds; 0 before the first change. */
  readonly changedAtMs: number;
}

/** An origin that was never probed: healthy until `fall` probes say otherwise, so that a new one is used at once. */
export const NEW_ORIGIN: ProbeHealth = { healthy: true, streak: 0, changedAtMs: 0 };

export interface RiseAndFall {
  /** Passed probes in a row that make an unhealthy origin healthy, ≥ 1. */
  readonly rise: number;
  /** Failed probes in a row that make a healthy origin unhealthy, ≥ 1. */
  readonly fall: number;
}

/** The health after one more probe. */
export function afterProbe(
  state: ProbeHealth,
  passed: boolean,
  { rise, fall }: RiseAndFall,
  nowMs: number,
): ProbeHealth {
  if (passed === state.healthy) return { ...state, streak: 0 };
  const streak = state.streak + 1;
  if (streak < (state.healthy ? fall : rise)) return { ...state, streak };
  return { healthy: passed, streak: 0, changedAtMs: nowMs };
}

/** One vantage's word on an origin. */
export interface Vote {
  readonly healthy: boolean;
  /** Epoch milliseconds of the vantage's last probe; 0 before the first. */
  readonly probedAtMs: number;
}

/** `unknown` never makes an origin unhealthy: nobody has looked, and live traffic decides alone. */
export type Majority = "healthy" | "unhealthy" | "unknown";

/**
 * What most vantages say. One whose last probe is older than `staleAfterMs` (or as far in the future: a clock jumped)
 * does not vote. A tie is healthy: half the vantages may be half of the network's paths, not the origin.
 */
export function majority(votes: readonly Vote[], nowMs: number, staleAfterMs: number): Majority {
  const fresh = votes.filter(({ probedAtMs }) => isFresh(probedAtMs, nowMs, staleAfterMs));
  if (fresh.length === 0) return "unknown";
  const unhealthy = fresh.filter(({ healthy }) => !healthy).length;
  return unhealthy * 2 > fresh.length ? "unhealthy" : "healthy";
}

/** What an origin asks for in the answer to a probe. */
export type ReportedCapacity =
  /** Use so much of its weight, 0 to 100. */
  | { readonly kind: "percent"; readonly percent: number }
  /** Send no new users. */
  | { readonly kind: "drain" };

/** As HAProxy's agent check writes it, with or without the sign. */
const PERCENT = /^(\d{1,3})%?$/;

/**
 * The value of `Tidegate-Capacity`: `0` to `100` with or without `%`, or `drain`. 0 drains, as a weight of 0 % does in
 * HAProxy. Anything else says nothing (undefined): a typing error at an origin must not take it out.
 */
export function capacityOf(headerValue: string | null | undefined): ReportedCapacity | undefined {
  const text = headerValue?.trim().toLowerCase() ?? "";
  if (text === "drain") return { kind: "drain" };
  const percent = Number(PERCENT.exec(text)?.[1] ?? Number.NaN);
  if (!(percent <= 100)) return undefined;
  return percent === 0 ? { kind: "drain" } : { kind: "percent", percent };
}

export interface CapacityReport {
  /** Undefined when the probe passed and its answer said nothing. */
  readonly capacity: ReportedCapacity | undefined;
  readonly reportedAtMs: number;
}

/**
 * What the origin asks for now: the newest word that any vantage heard, since it is the origin's own and not an
 * observation to vote on. A word older than `staleAfterMs` has lapsed.
 */
export function newestCapacity(
  reports: readonly CapacityReport[],
  nowMs: number,
  staleAfterMs: number,
): ReportedCapacity | undefined {
  let newest: CapacityReport | undefined;
  for (const report of reports) {
    if (!isFresh(report.reportedAtMs, nowMs, staleAfterMs)) continue;
    if (newest === undefined || report.reportedAtMs > newest.reportedAtMs) newest = report;
  }
  return newest?.capacity;
}

function isFresh(atMs: number, nowMs: number, staleAfterMs: number): boolean {
  return Math.abs(nowMs - atMs) <= staleAfterMs;
}
