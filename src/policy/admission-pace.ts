/** How many users may come in now: no more than so many in any minute, spread over it. */

/** Plain data, changed in place. */
export interface AdmissionPace {
  /** Admissions of the last minute, by epoch second. */
  readonly bySecond: Map<number, number>;
  /** Seconds whose number has changed since it was last saved. */
  readonly changed: Set<number>;
  /** What may come in at once, as of `atMs`. */
  tokens: number;
  atMs: number;
}

const MINUTE_S = 60;
/** So long a part of the minute's admissions may come in at once: short enough that an origin sees no step. */
const BURST_S = 6;
const ROUNDING = 1e-9;

export function newPace(nowMs: number): AdmissionPace {
  return { bySecond: new Map(), changed: new Set(), tokens: Number.POSITIVE_INFINITY, atMs: nowMs };
}

/**
 * Users that may come in at `nowMs`, by both rules: the minute's count, and what has come up since the last ones.
 *
 * @param outstanding slots that edges hold in advance: somebody may be coming in with each of them at this moment
 */
export function admissible(
  pace: AdmissionPace,
  perMinute: number,
  outstanding: number,
  nowMs: number,
): number {
  advance(pace, perMinute, nowMs);
  let used = outstanding;
  for (const count of pace.bySecond.values()) used += count;
  return Math.max(0, Math.min(perMinute - used, Math.floor(pace.tokens - outstanding + ROUNDING)));
}

/** Notes admissions, in place. */
export function notePaced(pace: AdmissionPace, count: number, nowMs: number): void {
  if (count === 0) return;
  const second = Math.floor(nowMs / 1000);
  pace.bySecond.set(second, (pace.bySecond.get(second) ?? 0) + count);
  pace.changed.add(second);
  pace.tokens -= count;
}

function advance(pace: AdmissionPace, perMinute: number, nowMs: number): void {
  const most = Math.max(1, (perMinute * BURST_S) / MINUTE_S);
  const gained = nowMs > pace.atMs ? ((nowMs - pace.atMs) / 1000) * (perMinute / MINUTE_S) : 0;
  pace.tokens = Math.min(most, pace.tokens + gained);
  pace.atMs = nowMs;
  const oldest = Math.floor(nowMs / 1000) - MINUTE_S;
  for (const second of pace.bySecond.keys()) {
    // The second of a minute ago counts in full, as its last moment is less than a minute ago. What a clock that went
    // back has put into the future must not stay for ever.
    if (second < oldest || second > oldest + 2 * MINUTE_S) {
      pace.bySecond.delete(second);
      pace.changed.add(second);
    }
  }
}
