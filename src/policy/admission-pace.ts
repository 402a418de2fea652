/** How many users may come in now: no more than so many in any minute, spread over it. */

export interface AdmissionPace {
  /** Admissions in each of the last 60 seconds, by epoch second. */
  readonly bySecond: Map<number, number>;
  /** Tokens of the pace at `atMs`. */
  tokens: number;
  atMs: number;
}

const MINUTE_S = 60;

export function newPace(nowMs: number): AdmissionPace {
  return { bySecond: new Map(), tokens: Number.POSITIVE_INFINITY, atMs: nowMs };
}

/** Users that may come in at `nowMs`, by both rules: the minute's count, and a second's worth at once. */
export function admissible(pace: AdmissionPace, perMinute: number, nowMs: number): number {
  advance(pace, perMinute, nowMs);
  let used = 0;
  for (const count of pace.bySecond.values()) used += count;
  return Math.max(0, Math.min(perMinute - used, Math.floor(pace.tokens + 1e-9)));
}

/** Notes admissions in place; a negative number takes back those that did not come about. */
export function noteAdmissions(pace: AdmissionPace, count: number, nowMs: number): void {
  const second = Math.floor(nowMs / 1000);
  pace.bySecond.set(second, Math.max(0, (pace.bySecond.get(second) ?? 0) + count));
  pace.tokens -= count;
}

function advance(pace: AdmissionPace, perMinute: number, nowMs: number): void {
  const most = Math.max(1, perMinute / MINUTE_S);
  const gained = nowMs > pace.atMs ? ((nowMs - pace.atMs) / 1000) * (perMinute / MINUTE_S) : 0;
  pace.tokens = Math.min(most, pace.tokens + gained);
  pace.atMs = nowMs;
  const oldest = Math.floor(nowMs / 1000) - MINUTE_S;
  for (const second of pace.bySecond.keys()) {
    // A clock that went back must not keep what is in its future for ever.
    if (second <= oldest || second > oldest + 2 * MINUTE_S) pace.bySecond.delete(second);
  }
}
