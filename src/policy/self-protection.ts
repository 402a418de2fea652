/** Whether an edge keeps newcomers back because the pool behind a room fails, though no limit of the room was reached. */

export interface PoolSigns {
  /** Epoch second that is being counted. */
  second: number;
  requests: number;
  /** Of them, those that the pool turned away or did not answer. */
  failures: number;
  /** Newcomers wait until then, epoch milliseconds. */
  troubleUntilMs: number;
}

/** Of a second's requests; with few requests a single failure is a sign. */
const SHARE = 0.05;
/** A new sign prolongs it. Long enough for a pool to get its breath, short enough for a sign that meant nothing. */
const TROUBLE_MS = 3000;

export function noSigns(): PoolSigns {
  return { second: 0, requests: 0, failures: 0, troubleUntilMs: 0 };
}

/** Notes how a request came out, in place. True when it begins or prolongs trouble. */
export function noteAnswer(signs: PoolSigns, isFailure: boolean, nowMs: number): boolean {
  const second = Math.floor(nowMs / 1000);
  if (second !== signs.second) {
    signs.second = second;
    signs.requests = 0;
    signs.failures = 0;
  }
  signs.requests += 1;
  if (!isFailure) return false;
  signs.failures += 1;
  if (signs.failures < Math.max(1, SHARE * signs.requests)) return false;
  signs.troubleUntilMs = nowMs + TROUBLE_MS;
  return true;
}

export function isInTrouble({ troubleUntilMs }: PoolSigns, nowMs: number): boolean {
  // A clock that was set back must not keep people out.
  return nowMs < troubleUntilMs && troubleUntilMs - nowMs <= TROUBLE_MS;
}
