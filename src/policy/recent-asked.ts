/** Decides how far back a measured share looks: short enough to show at once what a change did, long enough to mean something. */
import { addCount, newRing, type Ring, stepAt } from "./series-ring.ts";

/** Edges tell once a second, so that one step may miss half of them. */
const LEAST_MS = 2_000;
const MOST_MS = 20_000;
const STEP_MS = 1_000;
/** With so many the standard deviation of a share is at most 5 points (binomial, a half of 100). */
const ENOUGH = 100;

/** Requests by pool and origin, second by second. In memory only. */
export type RecentAsked = Ring;

export function newRecentAsked(): RecentAsked {
  return newRing(STEP_MS, MOST_MS / STEP_MS);
}

/** @param key pool and origin, with a blank between */
export function noteAsked(recent: RecentAsked, key: string, by: number, nowMs: number): void {
  addCount(stepAt(recent, nowMs), key, by);
}

/**
 * Of the last two seconds, or of as many more, up to twenty, as a pool needs for a hundred requests: by pool and origin.
 */
export function recentlyAsked(recent: RecentAsked, nowMs: number): Map<string, number> {
  const asked = new Map<string, number>();
  const ofPool = new Map<string, number>();
  for (const { startMs, counts } of recent.steps.toReversed()) {
    const ageMs = nowMs - startMs;
    if (ageMs >= MOST_MS) break;
    const isNew = ageMs < LEAST_MS + STEP_MS;
    const before = new Map(ofPool);
    for (const [key, by] of Object.entries(counts)) {
      const pool = key.slice(0, key.indexOf(" "));
      if (!isNew && (before.get(pool) ?? 0) >= ENOUGH) continue;
      asked.set(key, (asked.get(key) ?? 0) + by);
      ofPool.set(pool, (ofPool.get(pool) ?? 0) + by);
    }
  }
  return asked;
}
