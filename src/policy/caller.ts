/** Who sent a request, as far as the edge knows without asking anybody. */
import { addressKey, clientAddress } from "./address.ts";
import { cookieValue } from "./cookie.ts";
import { identityKey } from "./identity-key.ts";

export interface Caller {
  /** From the trusted header; undefined when it is missing or no address. */
  readonly address: string | undefined;
  /** The same for one user's requests, different for different users; undefined when nothing is known. */
  readonly key: string | undefined;
}

/** Longer session values count by their beginning, so that one request cannot make the edge hash megabytes. */
const MAX_SESSION_LENGTH = 256;

/**
 * The opaque session if there is one, else the address (IPv6: its /64). Good enough to keep a user at an origin;
 * whoever makes up sessions only spreads themselves over the origins.
 */
export function identifyCaller(
  trustedAddress: string | undefined,
  cookies: string | undefined,
  sessionCookie: string | undefined,
): Caller {
  const address = clientAddress(trustedAddress);
  const session = sessionCookie === undefined ? undefined : cookieValue(cookies, sessionCookie);
  if (session !== undefined && session !== "") {
    return { address, key: identityKey(["session", session.slice(0, MAX_SESSION_LENGTH)]) };
  }
  return { address, key: address === undefined ? undefined : identityKey(["address", addressKey(address)]) };
}
