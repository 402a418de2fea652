/** When each origin is probed next: spread over the interval, never in step with other origins or vantages. */

/** A steady place in the interval for a name, 0 to 1: the same after every restart. FNV-1a, as in identity-key.ts. */
export function phaseOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  return (hash >>> 0) / 2 ** 32;
}

/**
 * When the origin numbered `index` of `origins` is due next: the vantage has its own phase and its origins lie evenly
 * behind it, so no two probes of a pool fall together.
 *
 * @param vantage the monitor's name
 * @returns whole epoch milliseconds, after `nowMs` by at most one interval and a millisecond
 */
export function nextProbeAtMs(
  vantage: string,
  index: number,
  origins: number,
  intervalMs: number,
  nowMs: number,
): number {
  const offsetMs = (phaseOf(vantage) + index / Math.max(1, origins)) * intervalMs;
  const rounds = Math.floor((nowMs - offsetMs) / intervalMs) + 1;
  return Math.ceil(rounds * intervalMs + offsetMs);
}
