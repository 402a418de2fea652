/** Keeps the edge's own cookies between the client and the edge: origins neither see nor set them. */

/** Reserved for the edge. `__Host-` makes browsers take such a cookie from this very host over HTTPS only. */
export const OWN_COOKIE_PREFIX = "__Host-tidegate-";

/**
 * The value of a Cookie field without the edge's own; undefined when nothing is left. Other pairs stay as they are: an
 * origin may read what RFC 6265 does not know.
 */
export function withoutOwnCookies(cookies: string): string | undefined {
  if (!cookies.includes(OWN_COOKIE_PREFIX)) return cookies;
  let others = "";
  for (let start = 0; start <= cookies.length; ) {
    const semicolon = cookies.indexOf(";", start);
    const end = semicolon < 0 ? cookies.length : semicolon;
    const pair = cookies.slice(start, end);
    if (!pair.trimStart().startsWith(OWN_COOKIE_PREFIX)) others += `;${pair}`;
    start = end + 1;
  }
  const text = others.slice(1).trim();
  return text === "" ? undefined : text;
}

/**
 * The Set-Cookie fields of an origin that go on to the client. A cookie without a name counts by its value, since browsers
 * send `=__Host-x=1` back as `__Host-x=1` (RFC 6265bis §5.7).
 */
export function withoutOwnSetCookies(fields: readonly string[]): readonly string[] {
  if (!fields.some(isOwn)) return fields;
  return fields.filter((field) => !isOwn(field));
}

function isOwn(field: string): boolean {
  return field.replace(/^[\s=]+/, "").startsWith(OWN_COOKIE_PREFIX);
}
