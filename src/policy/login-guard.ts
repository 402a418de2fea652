/** How many wrong tokens an address may show before it is not listened to for a while. */

/** OWASP ASVS 5.0 §6.3.1 asks for a bound; people mistype a few times, programs with an old token try more often. */
export const FAILURES_PER_WINDOW = 10;
export const FAILURE_WINDOW_MS = 60_000;
/** Addresses that are remembered; beyond it the oldest are forgotten. */
const MAX_ADDRESSES = 10_000;

interface Failures {
  readonly sinceMs: number;
  readonly count: number;
}

/** By address key, in the order of their first failure. */
export type LoginGuard = Map<string, Failures>;

/** Until when an address is not listened to, epoch milliseconds; undefined when it is. */
export function blockedUntilMs(guard: LoginGuard, address: string, nowMs: number): number | undefined {
  const known = current(guard, address, nowMs);
  return known !== undefined && known.count >= FAILURES_PER_WINDOW
    ? known.sinceMs + FAILURE_WINDOW_MS
    : undefined;
}

export function noteFailure(guard: LoginGuard, address: string, nowMs: number): void {
  const known = current(guard, address, nowMs);
  if (known === undefined) guard.delete(address);
  guard.set(
    address,
    known === undefined ? { sinceMs: nowMs, count: 1 } : { ...known, count: known.count + 1 },
  );
  for (const oldest of guard.keys()) {
    if (guard.size <= MAX_ADDRESSES) break;
    guard.delete(oldest);
  }
}

function current(guard: LoginGuard, address: string, nowMs: number): Failures | undefined {
  const known = guard.get(address);
  // A clock that was set back must not block anybody for longer than a window.
  const isCurrent = known !== undefined && Math.abs(nowMs - known.sinceMs) < FAILURE_WINDOW_MS;
  return isCurrent ? known : undefined;
}
