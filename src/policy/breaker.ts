/** Leaves a store that has failed alone for a moment, so that an outage costs few requests a wait. */

/** So long after a failure the store is not asked; then one request tries it. */
export const LEFT_ALONE_MS = 1000;

export interface Breaker {
  /** Epoch milliseconds; 0 while the store answers. */
  openUntilMs: number;
}

export function newBreaker(): Breaker {
  return { openUntilMs: 0 };
}

/**
 * Whether the store may be asked now. After a failure exactly one request is let through each second, so that the
 * others do not all wait for a store that is still down.
 */
export function mayAsk(breaker: Breaker, nowMs: number): boolean {
  if (breaker.openUntilMs === 0) return true;
  // A clock that went back must not keep it open.
  const isOver = nowMs >= breaker.openUntilMs || breaker.openUntilMs - nowMs > LEFT_ALONE_MS;
  if (isOver) breaker.openUntilMs = nowMs + LEFT_ALONE_MS;
  return isOver;
}

export function noteAnswer(breaker: Breaker): void {
  breaker.openUntilMs = 0;
}

export function noteFailure(breaker: Breaker, nowMs: number): void {
  breaker.openUntilMs = nowMs + LEFT_ALONE_MS;
}
