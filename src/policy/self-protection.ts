/** Whether an edge keeps newcomers back because the pool behind a room fails, until the Room says how many may come in. */

/** How requests came out in a time. */
export interface Answers {
  readonly requests: number;
  /** Of them, those that the pool turned away or did not answer. */
  readonly failures: number;
}

export interface PoolSigns {
  /** Epoch second that is being counted. */
  second: number;
  requests: number;
  /** Of them, those that the pool turned away or did not answer. */
  failures: number;
  /** The same of the second before. */
  lastRequests: number;
  lastFailures: number;
  /** Newcomers wait until then, epoch milliseconds. */
  troubleUntilMs: number;
}

/**
 * Of the requests of this second and the last; with few of them a single failure is a sign. Of this second alone, the one
 * failure in a hundred that any pool has would be a sign whenever it came among the first twenty of a second, and keep
 * newcomers back for a good part of the time.
 */
const SHARE = 0.05;
/** A new sign prolongs it. Long enough for a pool to get its breath, short enough for a sign that meant nothing. */
const TROUBLE_MS = 3000;

export function noSigns(): PoolSigns {
  return { second: 0, requests: 0, failures: 0, lastRequests: 0, lastFailures: 0, troubleUntilMs: 0 };
}

/** Notes how a request came out, in place. True when it begins or prolongs trouble. */
export function noteAnswer(signs: PoolSigns, isFailure: boolean, nowMs: number): boolean {
  const second = Math.floor(nowMs / 1000);
  if (second !== signs.second) {
    const isNext = second === signs.second + 1;
    signs.lastRequests = isNext ? signs.requests : 0;
    signs.lastFailures = isNext ? signs.failures : 0;
    signs.second = second;
    signs.requests = 0;
    signs.failures = 0;
  }
  signs.requests += 1;
  if (!isFailure) return false;
  signs.failures += 1;
  if (!isSign(lately(signs, nowMs))) return false;
  signs.troubleUntilMs = nowMs + TROUBLE_MS;
  return true;
}

/** What was noted in this second and the last. */
export function lately(signs: PoolSigns, nowMs: number): Answers {
  const second = Math.floor(nowMs / 1000);
  const { requests, failures, lastRequests, lastFailures } = signs;
  if (second === signs.second)
    return { requests: requests + lastRequests, failures: failures + lastFailures };
  return second === signs.second + 1 ? { requests, failures } : { requests: 0, failures: 0 };
}

/** Whether so many failures are more than what any pool has. */
export function isSign({ requests, failures }: Answers): boolean {
  return failures >= Math.max(1, SHARE * requests);
}

export function isInTrouble({ troubleUntilMs }: PoolSigns, nowMs: number): boolean {
  // A clock that was set back must not keep people out.
  return nowMs < troubleUntilMs && troubleUntilMs - nowMs <= TROUBLE_MS;
}
