/** Who sent a request, and the key that each proof of it makes. */
import { addressKey, canonicalAddress, clientAddress } from "./address.ts";
import { cookieValue } from "./cookie.ts";
import { identityKey } from "./identity-key.ts";

export interface Caller {
  /** From the trusted header, in its one spelling; undefined when it is missing or no address. */
  readonly address: string | undefined;
  /** The same for one user's requests, different for different users; undefined when nothing is known. */
  readonly key: string | undefined;
  /** What proved it: `jwt` and `api-key` are verified, a session or an address anybody may choose. */
  readonly kind: "jwt" | "api-key" | "session" | "address" | "unknown";
}

/** What of `[identity]` decides about keys. */
export interface IdentityRules {
  readonly jwt?: { readonly issuer?: string };
  readonly api_keys?: { readonly sha256: Readonly<Record<string, string>> };
  readonly opaque?: { readonly cookie: string };
}

export const NOBODY: Caller = { address: undefined, key: undefined, kind: "unknown" };

/** Longer session values count by their beginning, so that one request cannot make the edge hash megabytes. */
const MAX_SESSION_LENGTH = 256;

/** The key of the user whom a verified token names. Of two issuers, the same name is two users. */
export function jwtKey(issuer: string | undefined, user: string): string {
  return identityKey(["jwt", issuer ?? "", user]);
}

/** The key of the holder of a known API key. */
export function apiKeyKey(holder: string): string {
  return identityKey(["api-key", holder]);
}

/** The key of a session that the edge cannot verify. */
export function sessionKey(session: string): string {
  return identityKey(["session", session.slice(0, MAX_SESSION_LENGTH)]);
}

/** The key of an address as {@link clientAddress} gives it. */
export function keyOfAddress(address: string): string {
  return identityKey(["address", addressKey(address)]);
}

/**
 * The caller of a request without a verified proof: the opaque session if there is one, else the address (IPv6: its
 * /64). Good enough to keep a user at an origin; whoever makes up sessions only spreads themselves over the origins.
 */
export function unverifiedCaller(
  trustedAddress: string | undefined,
  cookies: string | undefined,
  sessionCookie: string | undefined,
): Caller {
  const address = clientAddress(trustedAddress);
  const session = sessionCookie === undefined ? undefined : cookieValue(cookies, sessionCookie);
  if (session !== undefined && session !== "") {
    return { address, key: sessionKey(session), kind: "session" };
  }
  return address === undefined ? NOBODY : { address, key: keyOfAddress(address), kind: "address" };
}

/**
 * Every key that a user named in words could have under these rules: the value of the token's claim, a key's holder, a
 * session, an address or a /64.
 */
export function callerKeys(rules: IdentityRules, user: string): string[] {
  const keys: string[] = [];
  if (rules.jwt !== undefined) keys.push(jwtKey(rules.jwt.issuer, user));
  if (rules.api_keys !== undefined && Object.hasOwn(rules.api_keys.sha256, user)) keys.push(apiKeyKey(user));
  if (rules.opaque !== undefined) keys.push(sessionKey(user));
  const address = canonicalAddress(user.replace(/\/64$/, ""));
  if (address !== undefined) keys.push(keyOfAddress(address));
  return keys;
}
