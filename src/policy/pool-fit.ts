/** How many users a room takes while its pool fails: of those who are in, the share that the pool serves. */

/** Times are epoch milliseconds of the room's clock. */
export interface PoolFit {
  /** As many as the pool carried at the last sign. */
  users: number;
  /** When the pool failed last; 0 for never. */
  failedAtMs: number;
}

/** So long after the last sign the room takes no more than the pool carried then. */
const HELD_MS = 1000;
/** Then so much of the limit more with each second: in five seconds the room is back from nothing. */
const SHARE_PER_SECOND = 0.2;

export function fitsAll(): PoolFit {
  return { users: 0, failedAtMs: 0 };
}

/**
 * The pool fails, in place.
 *
 * @param share of its answers, 0 to 1
 * @param usersIn who is in now
 */
export function noteFailing(fit: PoolFit, share: number, usersIn: number, nowMs: number): void {
  fit.users = Math.floor(usersIn * (1 - share));
  fit.failedAtMs = nowMs;
}

/** Users that the room may have now, of its limit. */
export function fitting({ users, failedAtMs }: PoolFit, limit: number, nowMs: number): number {
  if (failedAtMs === 0) return limit;
  // A clock that was set back must not keep people out.
  const seconds = Math.max(0, Math.abs(nowMs - failedAtMs) - HELD_MS) / 1000;
  const step = Math.max(1, limit * SHARE_PER_SECOND);
  return Math.min(limit, users + Math.floor(step * seconds));
}
