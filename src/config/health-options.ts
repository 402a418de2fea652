/** The policies' options, as a pool's configuration gives them. */
import { EJECTION_DEFAULTS, type EjectionOptions } from "../policy/ejection.ts";
import { CONTROL_THRESHOLDS, EDGE_THRESHOLDS, type EjectionThresholds } from "../policy/outlier.ts";
import type { SlowStartOptions } from "../policy/slow-start.ts";
import type { Pool } from "./load.ts";

export function ejectionOptionsOf(pool: Pool): EjectionOptions {
  return { ...EJECTION_DEFAULTS, baseMs: pool.ejection.base, longestMs: pool.ejection.max };
}

/** Control waits for every edge's word before it ejects for all; an edge believes what it sees. */
export function ejectionThresholdsOf(pool: Pool, who: "edge" | "control"): EjectionThresholds {
  return {
    ...(who === "edge" ? EDGE_THRESHOLDS : CONTROL_THRESHOLDS),
    consecutiveFailures: pool.ejection.consecutive_failures,
    failureRate: pool.ejection.failure_rate / 100,
    minimumVolume: pool.ejection.min_requests,
  };
}

/** After so long without a probe a vantage's word has lapsed: three intervals, and the last probe's own time. */
export function failureStaleMs(pool: Pool): number {
  return pool.health === undefined ? 0 : 3 * pool.health.interval + pool.health.timeout;
}

/** Undefined when the pool wants full shares at once. */
export function slowStartOptionsOf(pool: Pool): SlowStartOptions | undefined {
  const { window, aggression, min_percent, successes } = pool.slow_start;
  if (window === 0) return undefined;
  return { windowMs: window, aggression, minimum: min_percent / 100, neededSuccesses: successes };
}
