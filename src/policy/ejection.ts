/** The life of an ejection: out for a time that grows with repeats, then a trial by real reads, then back. */
import type { Evidence } from "./outcome.ts";
import type { EjectionReason } from "./outlier.ts";
import type { Majority } from "./probe-health.ts";

/** Times are epoch milliseconds. A trial counts as ejected to everybody but the few reads that try. */
export type Ejection =
  | {
      readonly kind: "none";
      /** How many times in a row it was ejected; falls by one with each clean interval. */
      readonly times: number;
      /** When it last went out or came back; 0 when it never did. */
      readonly changedAtMs: number;
      /** When the present clean interval began. */
      readonly cleanSinceMs: number;
    }
  | {
      readonly kind: "ejected";
      readonly times: number;
      readonly changedAtMs: number;
      readonly reason: EjectionReason;
      /** When the trial begins. */
      readonly endsAtMs: number;
      /** True when probes failed too: then their recovery is proof, and in a grey failure it is not. */
      readonly monitorSawIt: boolean;
    }
  | {
      readonly kind: "trial";
      readonly times: number;
      readonly changedAtMs: number;
      readonly reason: EjectionReason;
      readonly monitorSawIt: boolean;
      /** When the trial began, which tells it from the trials before. */
      readonly endsAtMs: number;
      /** Reads that succeeded in this trial. */
      readonly successes: number;
    };

export type EjectionEvent =
  /** Time went by. */
  | { readonly kind: "tick" }
  /** `decideEjection` says eject, and `mayEject` allows it. `probes` is what the monitors say meanwhile. */
  | { readonly kind: "failing"; readonly reason: EjectionReason; readonly probes: Majority }
  /** What the monitors say now. */
  | { readonly kind: "probes"; readonly probes: Majority }
  /** A read that was sent on trial ended. */
  | { readonly kind: "tried"; readonly evidence: Evidence };

export interface EjectionOptions {
  readonly baseMs: number;
  readonly longestMs: number;
  /** So much longer or shorter at random, so that edges do not all try at one moment: 0.1 is ± 10 %. */
  readonly jitter: number;
  /** The least time between going out and coming back, and between coming back and going out. */
  readonly holdMs: number;
  /** Without an ejection for so long, `times` falls by one. */
  readonly cleanIntervalMs: number;
  /** Reads that must succeed in a trial, with no failure among them. */
  readonly trialSuccesses: number;
}

/**
 * Base, growth and cap as in Envoy's outlier detection. The clean interval is the base time and not its 10 s sweep:
 * at 10 s an origin that fails every minute never sees its time grow (envoy#26758).
 */
export const EJECTION_DEFAULTS: EjectionOptions = {
  baseMs: 30_000,
  longestMs: 300_000,
  jitter: 0.1,
  holdMs: 10_000,
  cleanIntervalMs: 30_000,
  trialSuccesses: 3,
};

export const NEVER_EJECTED: Ejection = { kind: "none", times: 0, changedAtMs: 0, cleanSinceMs: 0 };

/**
 * The state after an event. Between two changes of `isOut` lie at least `holdMs`.
 *
 * @param random in [0, 1)
 */
export function nextEjection(
  state: Ejection,
  event: EjectionEvent,
  nowMs: number,
  random: number,
  options: EjectionOptions = EJECTION_DEFAULTS,
): Ejection {
  const current = passTime(state, nowMs, options);
  switch (event.kind) {
    case "tick":
      return current;
    case "failing":
      if (current.kind !== "none" || !isHeld(current.changedAtMs, nowMs, options)) return current;
      return eject(event.reason, event.probes === "unhealthy", current.times, nowMs, nowMs, random, options);
    case "probes":
      return afterProbes(current, event.probes, nowMs, options);
    case "tried":
      return afterTry(current, event.evidence, nowMs, random, options);
  }
}

/** True while no traffic but trials may go there. */
export function isOut(state: Ejection): boolean {
  return state.kind !== "none";
}

/** The least time between two reads that one edge sends on trial. */
export const TRIAL_PACE_MS = 1000;

/** Whether an edge may send a real read there on trial. Each such read must be one that may be retried elsewhere. */
export function mayTry(state: Ejection, lastTriedAtMs: number, nowMs: number): boolean {
  return state.kind === "trial" && Math.abs(nowMs - lastTriedAtMs) >= TRIAL_PACE_MS;
}

function passTime(state: Ejection, nowMs: number, options: EjectionOptions): Ejection {
  if (state.kind === "ejected") {
    const leftMs = state.endsAtMs - nowMs;
    // A clock that was set back would make an ejection endless.
    if (leftMs > 0 && leftMs <= options.longestMs * (1 + options.jitter)) return state;
    const { times, changedAtMs, reason, monitorSawIt, endsAtMs } = state;
    return { kind: "trial", times, changedAtMs, reason, monitorSawIt, endsAtMs, successes: 0 };
  }
  if (state.kind === "trial" || state.times === 0) return state;
  const intervals = Math.floor((nowMs - state.cleanSinceMs) / options.cleanIntervalMs);
  if (intervals <= 0) return state;
  return {
    ...state,
    times: Math.max(0, state.times - intervals),
    cleanSinceMs: state.cleanSinceMs + intervals * options.cleanIntervalMs,
  };
}

function afterProbes(state: Ejection, probes: Majority, nowMs: number, options: EjectionOptions): Ejection {
  if (state.kind === "none" || probes === "unknown") return state;
  if (probes === "unhealthy") return state.monitorSawIt ? state : { ...state, monitorSawIt: true };
  return state.monitorSawIt && isHeld(state.changedAtMs, nowMs, options)
    ? comeBack(state.times, nowMs)
    : state;
}

function afterTry(
  state: Ejection,
  evidence: Evidence,
  nowMs: number,
  random: number,
  options: EjectionOptions,
): Ejection {
  if (state.kind !== "trial" || evidence === "neutral") return state;
  if (evidence === "failure") {
    const { reason, monitorSawIt, times, changedAtMs } = state;
    return eject(reason, monitorSawIt, times, changedAtMs, nowMs, random, options);
  }
  const successes = state.successes + 1;
  const isProven = successes >= options.trialSuccesses && isHeld(state.changedAtMs, nowMs, options);
  return isProven ? comeBack(state.times, nowMs) : { ...state, successes };
}

function eject(
  reason: EjectionReason,
  monitorSawIt: boolean,
  timesBefore: number,
  changedAtMs: number,
  nowMs: number,
  random: number,
  { baseMs, longestMs, jitter }: EjectionOptions,
): Ejection {
  // Counting on beyond the cap would only make the way back longer.
  const times = Math.min(timesBefore + 1, Math.ceil(longestMs / baseMs));
  const lastsMs = Math.min(baseMs * times, longestMs) * (1 - jitter + 2 * jitter * random);
  return { kind: "ejected", times, changedAtMs, reason, endsAtMs: nowMs + Math.round(lastsMs), monitorSawIt };
}

function comeBack(times: number, nowMs: number): Ejection {
  return { kind: "none", times, changedAtMs: nowMs, cleanSinceMs: nowMs };
}

/** Whether the last change was long enough ago; as far in the future, a clock jumped and nothing can be said. */
function isHeld(changedAtMs: number, nowMs: number, { holdMs }: EjectionOptions): boolean {
  return Math.abs(nowMs - changedAtMs) >= holdMs;
}
