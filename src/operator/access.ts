/** Verifies the token that Cloudflare Access puts on a request: whom it names, or nobody. */
import { decodeProtectedHeader } from "jose";
import { findKeys, type KeySet, newKeySet, type WaitUntil } from "../config/jwks.ts";
import { verifiedClaims } from "../config/jwt-verify.ts";
import type { Admin } from "../config/load.ts";
import { MAX_CREDENTIALS_LENGTH, tokenHeader } from "../policy/jwt-token.ts";

export type AccessRules = NonNullable<Admin["access"]>;

/** https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/validating-json/ */
export const ACCESS_HEADER = "cf-access-jwt-assertion";
const CERTS_PATH = "/cdn-cgi/access/certs";
const MAX_PERSON_LENGTH = 320;

// Plain data only: requests share it.
let keySet: KeySet | undefined;

/** The e-mail address, or the name of a service token. Never throws. */
export async function personOf(
  token: string,
  { issuer, audience }: AccessRules,
  waitUntil: WaitUntil,
): Promise<string | undefined> {
  if (token.length > MAX_CREDENTIALS_LENGTH) return undefined;
  const header = headerOf(token);
  if (header === undefined) return undefined;
  const url = issuer + CERTS_PATH;
  if (keySet?.url !== url) keySet = newKeySet(url, "[admin.access]");
  const keys = await findKeys(keySet, header, waitUntil);
  const claims = await verifiedClaims(token, header, keys, { issuer, audience });
  if (claims === undefined) return undefined;
  // A service token has an empty subject and a name; a person has a verified address.
  const person = claims.email ?? claims.common_name;
  const isName = typeof person === "string" && person !== "" && person.length <= MAX_PERSON_LENGTH;
  return isName ? person.toLowerCase() : undefined;
}

function headerOf(token: string) {
  try {
    return tokenHeader(decodeProtectedHeader(token), ["RS256"]);
  } catch {
    return undefined;
  }
}
