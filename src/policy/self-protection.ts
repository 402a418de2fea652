/** Whether an edge keeps newcomers back because the pool behind a room fails, though no limit of the room was reached. */

export interface PoolSigns {
  /** Epoch second that is being counted. */
  second: number;
  requests: number;
  /** Of them, those that the pool turned away or did not answer. */
  failures: number;
  /** The same of the second before. */
  lastRequests: number;
  lastFailures: number;
  /** Since they were last told to the Room. */
  untoldRequests: number;
  untoldFailures: number;
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
  return {
    ...{ second: 0, requests: 0, failures: 0, lastRequests: 0, lastFailures: 0 },
    ...{ untoldRequests: 0, untoldFailures: 0, troubleUntilMs: 0 },
  };
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
  signs.untoldRequests += 1;
  if (!isFailure) return false;
  signs.failures += 1;
  signs.untoldFailures += 1;
  const requests = signs.requests + signs.lastRequests;
  if (signs.failures + signs.lastFailures < Math.max(1, SHARE * requests)) return false;
  signs.troubleUntilMs = nowMs + TROUBLE_MS;
  return true;
}

/** What the Room is told of the pool's answers, once: those of an exchange that fails are lost, which only thins them. */
export function takeAnswers(signs: PoolSigns): { readonly requests: number; readonly failures: number } {
  const told = { requests: signs.untoldRequests, failures: signs.untoldFailures };
  signs.untoldRequests = 0;
  signs.untoldFailures = 0;
  return told;
}

export function isInTrouble({ troubleUntilMs }: PoolSigns, nowMs: number): boolean {
  // A clock that was set back must not keep people out.
  return nowMs < troubleUntilMs && troubleUntilMs - nowMs <= TROUBLE_MS;
}
