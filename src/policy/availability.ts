/** What an origin takes now, all considered: overrides, probes, ejection, slow start, reported capacity. */
import { type Ejection, isOut } from "./ejection.ts";
import type { EjectionReason } from "./outlier.ts";
import type { Majority, ReportedCapacity } from "./probe-health.ts";
import { type Return, SLOW_START_DEFAULTS, type SlowStartOptions, slowStartFactor } from "./slow-start.ts";

export const ORIGIN_STATES = ["healthy", "unhealthy", "ejected", "draining", "maintenance"] as const;
export type OriginState = (typeof ORIGIN_STATES)[number];

/** What an operator or a maintenance window wants of the origin. */
export type Override =
  | { readonly kind: "none" }
  /** No new users; present ones until the deadline (epoch milliseconds), undefined for as long as it lasts. */
  | { readonly kind: "drain"; readonly deadlineMs: number | undefined }
  | { readonly kind: "maintenance" };

export interface OriginSignals {
  readonly override: Override;
  /** What the monitors say. */
  readonly probes: Majority;
  readonly ejection: Ejection;
  /** What `ejectionsInForce` says: false for the last origin that is left. */
  readonly ejectionHolds: boolean;
  /** Undefined unless the origin came back; an origin that is there from the start has no slow start. */
  readonly returned: Return | undefined;
  readonly capacity: ReportedCapacity | undefined;
}

export type AvailabilityReason =
  | "ok"
  | "slow-start"
  | "capacity"
  | "last-left"
  /** Health says otherwise, but the state is younger than {@link HOLD_MS}. */
  | "held"
  | "probes"
  | EjectionReason
  /** A few reads try it: `mayTry` says when. */
  | "trial"
  | "drain"
  | "drain-over"
  | "maintenance"
  | "panic";

export interface Availability {
  readonly state: OriginState;
  readonly reason: AvailabilityReason;
  /** Of its weight, 0 to 1, for users who are placed anew. */
  readonly factor: number;
  readonly takesNewUsers: boolean;
  readonly takesPresentUsers: boolean;
  readonly takesReads: boolean;
  readonly takesWrites: boolean;
  /** When the state began, epoch milliseconds; 0 for the first one. */
  readonly sinceMs: number;
  /** The override that was in force. */
  readonly override: Override["kind"];
}

/** The shortest time between two changes of state that no operator made: a flapping origin moves users once in it. */
export const HOLD_MS = 10_000;

/**
 * What the origin takes at `nowMs`. Maintenance goes before probes, probes before ejection, ejection before drain: an
 * origin that is drained and dead takes nobody.
 *
 * @param previous the answer before this one; undefined for the first, whose state is not held
 */
export function availabilityOf(
  signals: OriginSignals,
  previous: Availability | undefined,
  nowMs: number,
  slowStart: SlowStartOptions = SLOW_START_DEFAULTS,
): Availability {
  const override = signals.override.kind;
  const wanted = stillOut(wantedState(signals, nowMs), previous);
  const isChange = previous !== undefined && previous.state !== wanted.state;
  const isHeld =
    isChange &&
    previous.override === override &&
    wanted.reason !== "last-left" &&
    Math.abs(nowMs - previous.sinceMs) < HOLD_MS;
  const { state, reason } = isHeld ? { state: previous.state, reason: "held" as const } : wanted;
  const sinceMs = isChange && !isHeld ? nowMs : (previous?.sinceMs ?? 0);
  const common = { state, reason, sinceMs, override };
  switch (state) {
    case "healthy": {
      const factor = factorOf(signals, slowStart);
      const named = factor < 1 && reason === "ok" ? reasonOfFactor(signals, slowStart) : reason;
      return { ...common, ...EVERYBODY, reason: named, factor };
    }
    case "draining":
      return {
        ...common,
        ...EVERYBODY,
        takesNewUsers: false,
        takesPresentUsers: reason !== "drain-over",
        factor: 0,
      };
    default:
      return { ...common, ...NOBODY, factor: 0 };
  }
}

/** Whether an origin that had no users has them again: what a draining one had is warm, and needs no slow start. */
export function hasComeBack(before: Availability | undefined, now: Availability): boolean {
  if (before === undefined || now.state !== "healthy") return false;
  return before.state === "unhealthy" || before.state === "ejected" || before.state === "maintenance";
}

/** Flags of an origin that takes all there is. */
export const EVERYBODY = {
  takesNewUsers: true,
  takesPresentUsers: true,
  takesReads: true,
  takesWrites: true,
};
const NOBODY = { takesNewUsers: false, takesPresentUsers: false, takesReads: false, takesWrites: false };

/** From one failing state to the other is no change: it would look like flapping, and begin the hold anew. */
function stillOut(wanted: Wanted, previous: Availability | undefined): Wanted {
  if (previous === undefined || !isFailing(previous.state) || !isFailing(wanted.state)) return wanted;
  return { ...wanted, state: previous.state };
}

function isFailing(state: OriginState): boolean {
  return state === "unhealthy" || state === "ejected";
}

interface Wanted {
  readonly state: OriginState;
  readonly reason: AvailabilityReason;
}

function wantedState(signals: OriginSignals, nowMs: number): Wanted {
  const { override, probes, ejection, ejectionHolds, capacity } = signals;
  if (override.kind === "maintenance") return { state: "maintenance", reason: "maintenance" };
  if (probes === "unhealthy") return { state: "unhealthy", reason: "probes" };
  if (ejectionHolds && ejection.kind === "trial") return { state: "ejected", reason: "trial" };
  if (ejectionHolds && ejection.kind === "ejected") return { state: "ejected", reason: ejection.reason };
  if (override.kind === "drain") {
    const isOver = override.deadlineMs !== undefined && nowMs >= override.deadlineMs;
    return { state: "draining", reason: isOver ? "drain-over" : "drain" };
  }
  if (capacity?.kind === "drain") return { state: "draining", reason: "capacity" };
  return { state: "healthy", reason: isOut(ejection) ? "last-left" : "ok" };
}

function factorOf({ returned, capacity }: OriginSignals, slowStart: SlowStartOptions): number {
  const bySlowStart = returned === undefined ? 1 : slowStartFactor(returned, slowStart);
  return capacity?.kind === "percent" ? (bySlowStart * capacity.percent) / 100 : bySlowStart;
}

function reasonOfFactor({ returned }: OriginSignals, slowStart: SlowStartOptions): AvailabilityReason {
  return returned !== undefined && slowStartFactor(returned, slowStart) < 1 ? "slow-start" : "capacity";
}

/**
 * Several overrides of one origin as one: maintenance before drain before none, and of two deadlines the earlier. So an
 * operator's drain and a window's do not undo each other.
 */
export function combineOverrides(overrides: readonly Override[]): Override {
  let combined: Override = { kind: "none" };
  for (const override of overrides) {
    if (override.kind === "maintenance") return override;
    if (override.kind === "none") continue;
    const other = combined.kind === "drain" ? combined.deadlineMs : undefined;
    const deadlineMs = Math.min(override.deadlineMs ?? Infinity, other ?? Infinity);
    combined = { kind: "drain", deadlineMs: deadlineMs === Infinity ? undefined : deadlineMs };
  }
  return combined;
}
