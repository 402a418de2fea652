/** How slow an origin is at present: an average that jumps to a peak at once and forgets it slowly. */

/** Smoothed time to the answer's headers; `ms` is 0 until there is a first sample. */
export interface Latency {
  ms: number;
  atMs: number;
}

/** After this long an old value counts 1/e (Finagle's Peak-EWMA uses 10 s). */
export const LATENCY_MEMORY_MS = 10_000;

/**
 * Adds a sample in place. A sample above the average replaces it, so that an origin that turns slow is avoided
 * from its first slow answer on; one below pulls the average down by the time since the last sample.
 *
 * @param sampleMs time to headers in milliseconds, ≥ 0
 * @param nowMs epoch milliseconds; a clock that went backwards counts as no time passed
 */
export function observeLatency(latency: Latency, sampleMs: number, nowMs: number): void {
  const kept = keptShare(latency, nowMs);
  latency.ms = sampleMs >= latency.ms ? sampleMs : latency.ms * kept + sampleMs * (1 - kept);
  latency.atMs = nowMs;
}

/**
 * What the average is worth now: it fades while no sample comes, so that an origin that was slow once, and is
 * asked no more for it, is tried again.
 */
export function expectedLatencyMs(latency: Latency, nowMs: number): number {
  return latency.ms * keptShare(latency, nowMs);
}

function keptShare(latency: Latency, nowMs: number): number {
  return Math.exp(-Math.max(0, nowMs - latency.atMs) / LATENCY_MEMORY_MS);
}
