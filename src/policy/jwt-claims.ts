/** Whom the claims of a token whose signature holds name, and how long that counts. */

/**
 * How far the clocks of the issuer and of this edge may differ. Both are kept by NTP; more would only make tokens live
 * longer than their issuer said (OWASP ASVS 5.0 §9.2.1).
 */
export const LEEWAY_SECONDS = 5;

/** The last second that a clock here can show (ECMA-262 §21.4.1.1); what is later would never come. */
const LAST_SECOND = 8.64e12;

/** Longer names are refused rather than cut: two users must never become one. */
const MAX_USER_LENGTH = 256;

export interface NamedUser {
  readonly user: string;
  /** The first moment at which the token counts no more, epoch milliseconds. */
  readonly endsAtMs: number;
}

/**
 * The user that `claim` names: a well-formed text of up to 256 characters, or a whole number that is exact. Undefined for
 * anything else. `exp` has to be a real time: `1e999` is a number to a JSON parser too.
 */
export function namedUser(claims: Readonly<Record<string, unknown>>, claim: string): NamedUser | undefined {
  const expiresAtSeconds = Object.hasOwn(claims, "exp") ? claims.exp : undefined;
  if (typeof expiresAtSeconds !== "number" || !(Math.abs(expiresAtSeconds) <= LAST_SECOND)) return undefined;
  const user = userText(Object.hasOwn(claims, claim) ? claims[claim] : undefined);
  if (user === undefined) return undefined;
  return { user, endsAtMs: (expiresAtSeconds + LEEWAY_SECONDS) * 1000 };
}

function userText(value: unknown): string | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : undefined;
  if (typeof value !== "string" || value === "" || value.length > MAX_USER_LENGTH) return undefined;
  // Lone surrogates all become one character in UTF-8, and with it several users one.
  return value.isWellFormed() ? value : undefined;
}
