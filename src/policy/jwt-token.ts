/** Which texts in Authorization are tokens to look at, and which header of a token names a way to verify it. */

/** Longer credentials are nobody's: real tokens stay below 4 KiB, and each character costs decoding and hashing. */
export const MAX_CREDENTIALS_LENGTH = 8 * 1024;

/** A key id is a name; longer ones are made up. */
const MAX_KEY_ID_LENGTH = 256;

export type JwtAlgorithm = "RS256" | "ES256" | "EdDSA" | "HS256";

/** What of a token's header decides how it is verified. */
export interface TokenHeader {
  readonly alg: JwtAlgorithm;
  readonly kid: string | undefined;
}

// RFC 6750 §2.1, with a compact JWS (RFC 7515 §7.1) as the only token: three parts, none of them empty. A JWE has five,
// an unsigned token ends in a dot, and of two Authorization fields the runtime makes one value with a comma.
const BEARER = /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;

/**
 * The last character of a part that is no multiple of four long holds two or four bits that stand for nothing. Decoders
 * drop them, so without this check a token would have up to sixteen spellings (RFC 4648 §3.5).
 */
const LAST_OF_TWO = /[AQgw]$/;
const LAST_OF_THREE = /[AEIMQUYcgkosw048]$/;

/** The token that the value of Authorization presents, or undefined when it presents none that is worth looking at. */
export function bearerToken(authorization: string): string | undefined {
  if (authorization.length > MAX_CREDENTIALS_LENGTH) return undefined;
  const token = BEARER.exec(authorization)?.[1];
  return token?.split(".").every(isCanonical) ? token : undefined;
}

function isCanonical(part: string): boolean {
  switch (part.length % 4) {
    case 1:
      return false;
    case 2:
      return LAST_OF_TWO.test(part);
    case 3:
      return LAST_OF_THREE.test(part);
    default:
      return true;
  }
}

/**
 * Header members that would tell the edge how to read or verify the token otherwise: extensions that must be understood
 * (RFC 7515 §4.1.11, RFC 7797), keys that the token brings or names itself (§4.1.2, §4.1.3, §4.1.5), encryption and
 * compression (RFC 7516). Ignoring them would do; refusing them leaves nothing to get wrong (RFC 8725 §3).
 */
const REFUSED_MEMBERS = ["crit", "b64", "jku", "jwk", "x5u", "enc", "zip"] as const;

/** RFC 8725 §3.11: a logout token or a DPoP proof of the same issuer is no proof of who asks. */
const TOKEN_TYPES: ReadonlySet<string> = new Set(["jwt", "at+jwt"]);

/**
 * What a decoded token header says, or undefined when the token is not one to verify. The algorithm is one of the allowed
 * or the token is refused; it never decides by itself what kind of key is used (CVE-2026-22817).
 */
export function tokenHeader(header: unknown, allowed: readonly JwtAlgorithm[]): TokenHeader | undefined {
  if (typeof header !== "object" || header === null) return undefined;
  if (REFUSED_MEMBERS.some((member) => Object.hasOwn(header, member))) return undefined;
  const { alg, kid, typ }: { alg?: unknown; kid?: unknown; typ?: unknown } = header;
  const algorithm = allowed.find((one) => one === alg);
  if (algorithm === undefined || !isTokenType(typ) || !isKeyId(kid)) return undefined;
  return { alg: algorithm, kid };
}

function isTokenType(typ: unknown): boolean {
  if (typ === undefined) return true;
  return typeof typ === "string" && TOKEN_TYPES.has(typ.toLowerCase().replace(/^application\//, ""));
}

function isKeyId(kid: unknown): kid is string | undefined {
  return kid === undefined || (typeof kid === "string" && kid !== "" && kid.length <= MAX_KEY_ID_LENGTH);
}
