/** What of a request decides about stale answers: what it shows of its user, and the key that its answer is kept under. */
import { identityKey } from "./identity-key.ts";
import type { StaleRequest } from "./stale-cache.ts";

type Fields = readonly (readonly [name: string, value: string])[];

/**
 * Request fields that every key holds, whatever Vary says: origins forget Vary, above all for languages. The two of
 * CORS stand only in preflights, and cost a GET nothing; frameworks (Spring) name them in each Vary.
 */
export const KEY_FIELDS: readonly string[] = [
  "accept",
  "accept-encoding",
  "accept-language",
  "access-control-request-headers",
  "access-control-request-method",
  "origin",
];

/**
 * Names by which applications tell users apart, beside those of the configuration. One too many here keeps a public
 * answer from being kept; one too few could show it to another user, where the origin says nothing at all.
 */
const PERSONAL_WORD =
  /(?:^|[-_])(?:auth[a-z]*|[a-z]*token|session(?:id)?|sid|(?:api|access)[-_]?key|secret|sign(?:ature)?|credentials?|assertion|jwt|dpop|cert|user(?:id|name)?|uid|openid|account|customer|member|wallet|device[-_]?id)(?=[-_]|$)/;
/** Those of a browser, which have such a word and name nobody. */
const IMPERSONAL_NAME = /^(?:sec-|user-agent$)/;

/** @param credentialFields names, in lower case, of fields that the configuration knows to name a user */
export function staleRequestOf(
  method: string,
  headers: Fields,
  credentialFields: ReadonlySet<string>,
): StaleRequest {
  let hasAuthorization = false;
  let hasCookie = false;
  let hasCredential = false;
  let hasRange = false;
  let cacheControl: string | undefined;
  for (const [name, value] of headers) {
    if (name === "authorization") hasAuthorization = true;
    else if (name === "cookie") hasCookie = true;
    else if (name === "range") hasRange = true;
    else if (name === "cache-control") cacheControl = value;
    // RFC 9111 §5.4: what older clients say for no-cache.
    else if (name === "pragma") cacheControl ??= value;
    else if (credentialFields.has(name) || isPersonal(name)) hasCredential = true;
  }
  return { method, hasAuthorization, hasCookie, hasCredential, hasRange, cacheControl };
}

function isPersonal(name: string): boolean {
  return PERSONAL_WORD.test(name) && !IMPERSONAL_NAME.test(name);
}

/** Where a request goes. */
export interface StaleTarget {
  readonly scheme: string;
  readonly host: string;
  /** In its one spelling. */
  readonly path: string;
  readonly query: string;
  readonly pool: string;
}

/** The same for requests that may get each other's answer, and different for all others. */
export function staleKey({ scheme, host, path, query, pool }: StaleTarget, headers: Fields): string {
  const values = KEY_FIELDS.map((field) => {
    const found = headers.find(([name]) => name === field);
    // An empty field is not an absent one (RFC 9110 §12.5.4).
    return found === undefined ? "" : `:${found[1]}`;
  });
  return identityKey([scheme, host, path, query, pool, ...values]);
}
