/** What a kept answer says of itself: Age (RFC 9111 §5.1) and Cache-Status (RFC 9211). */

// RFC 9651 §3.3.4. An edge's name is an RFC 9110 token, which may begin otherwise.
const STRUCTURED_TOKEN = /^[A-Za-z*]/;

/** Whole seconds, never negative. */
export function ageValue(ageMs: number): string {
  return String(Math.max(0, Math.floor(ageMs / 1000)));
}

/**
 * The value of Cache-Status with this edge at its end: caches stand in it from the origin to the client (RFC 9211 §2).
 *
 * @param freshMs the freshness that is left; negative since the answer went stale
 */
export function cacheStatusValue(existing: string | null, edgeName: string, freshMs: number): string {
  const name = STRUCTURED_TOKEN.test(edgeName) ? edgeName : `"${edgeName}"`;
  const own = `${name}; hit; ttl=${Math.floor(freshMs / 1000)}; detail=stale-if-error`;
  return existing ? `${existing}, ${own}` : own;
}
