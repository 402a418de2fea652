/** Decides how long a wait is in the whole seconds that HTTP can tell (RFC 9110 §10.2.3 `delay-seconds`). */

/** Largest Integer of a structured field (RFC 9651 §3.3.1); far above what a client would wait for. */
export const LARGEST_INTEGER = 999_999_999_999_999;

/** What arithmetic on doubles adds to an exact wait: 3,000.0000000004 ms are three seconds. */
const ROUNDING_NOISE_MS = 0.001;

/** Rounded up: whoever comes back when the seconds are over is never too early. */
export function wholeSeconds(durationMs: number): number {
  const seconds = Math.ceil((durationMs - ROUNDING_NOISE_MS) / 1000);
  return Math.min(LARGEST_INTEGER, Math.max(0, seconds));
}
