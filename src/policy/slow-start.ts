/** How much of its weight an origin takes when it comes back: by time, and no more than successes have proven. */

/** An origin on its way back. One that is there from the start is not told to this function. */
export interface Return {
  /** Milliseconds since it came back; a clock that went backwards counts as none. */
  readonly sinceMs: number;
  /** Requests that succeeded there since, of all edges together where that is known. */
  readonly successes: number;
}

export interface SlowStartOptions {
  readonly windowMs: number;
  /** 1 is linear; larger rises faster at first. > 0. */
  readonly aggression: number;
  /** The least factor: below it an origin might get no request and prove nothing (envoy#29259). In (0, 1]. */
  readonly minimum: number;
  /** Successes that prove the full share; 0 asks for none. */
  readonly neededSuccesses: number;
}

/**
 * Minimum and aggression are Envoy's. Twenty successes without a failure put the failure rate below 16 % (upper end of
 * Wilson's interval for 0 of 20).
 */
export const SLOW_START_DEFAULTS: SlowStartOptions = {
  windowMs: 10_000,
  aggression: 1,
  minimum: 0.1,
  neededSuccesses: 20,
};

/** Envoy counts at least one second, so that the first moment has a share. */
const LEAST_TIME_MS = 1000;

/**
 * The factor of the origin's weight, from `minimum` to 1: the smaller of what time and what successes allow.
 *
 * Time: Envoy's `max(minimum, (max(t, 1 s) / window) ^ (1 / aggression))`. Successes: `max(minimum, successes / needed)`.
 * An origin gets successes in proportion to its share, so this bound rises slowly first and then fast, as fast as real
 * traffic proves it and never by waiting alone: a quiet origin keeps its small share until requests come.
 */
export function slowStartFactor(
  { sinceMs, successes }: Return,
  { windowMs, aggression, minimum, neededSuccesses }: SlowStartOptions = SLOW_START_DEFAULTS,
): number {
  const byTime = (Math.max(sinceMs, LEAST_TIME_MS) / windowMs) ** (1 / aggression);
  const bySuccesses = neededSuccesses <= 0 ? 1 : successes / neededSuccesses;
  return Math.min(1, Math.max(minimum, Math.min(sinceMs >= windowMs ? 1 : byTime, bySuccesses)));
}
