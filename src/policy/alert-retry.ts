/** Decides when a webhook is told again that did not take an alert, and when it is given up. */

const FIRST_MS = 5_000;
const LONGEST_MS = 3_600_000;
/** A receiver that was down over night still hears of it. */
export const GIVE_UP_AFTER_MS = 24 * 3_600_000;

export type AfterFailure = { readonly kind: "again"; readonly atMs: number } | { readonly kind: "give-up" };

/**
 * Twice as long with each failure, up to an hour, and up to a quarter more by chance, so that alerts of one moment do not
 * come together for ever.
 *
 * @param tries that failed, this one included
 * @param random in [0, 1)
 */
export function afterFailure(tries: number, bornAtMs: number, nowMs: number, random: number): AfterFailure {
  if (nowMs - bornAtMs >= GIVE_UP_AFTER_MS) return { kind: "give-up" };
  const waitMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries - 1, 20));
  return { kind: "again", atMs: Math.round(nowMs + waitMs * (1 + random / 4)) };
}
