/** How many users a room takes while its pool fails: of those who are in, the share that the pool serves. */
import { type Answers, isSign } from "./self-protection.ts";

/** Times are epoch milliseconds of the room's clock. */
export interface PoolFit {
  /** By edge, what it told last, and when. */
  readonly told: Map<string, Answers & { readonly atMs: number }>;
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
  return { told: new Map(), users: 0, failedAtMs: 0 };
}

/**
 * An edge has told how requests came out, in place.
 *
 * All edges are summed up: of the few requests of one, a single failure would be a good part.
 *
 * @param usersIn who is in now
 * @param freshMs what was told longer ago is not counted
 */
export function noteTold(
  fit: PoolFit,
  edge: string,
  { requests, failures }: Answers,
  usersIn: number,
  freshMs: number,
  nowMs: number,
): void {
  fit.told.set(edge, { requests, failures, atMs: nowMs });
  if (failures === 0) return;
  const all = { requests: 0, failures: 0 };
  for (const [name, one] of fit.told) {
    if (Math.abs(nowMs - one.atMs) > freshMs) fit.told.delete(name);
    else {
      all.requests += one.requests;
      all.failures += one.failures;
    }
  }
  if (!isSign(all)) return;
  fit.users = Math.floor(usersIn * (1 - all.failures / all.requests));
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
