/** Verifies a token's signature and times against keys: what it claims, or nothing. For users' and operators' tokens. */
import { errors, importJWK, type JWTPayload, jwtVerify } from "jose";
import { LEEWAY_SECONDS } from "../policy/jwt-claims.ts";
import type { VerificationKey } from "../policy/jwt-keys.ts";
import type { TokenHeader } from "../policy/jwt-token.ts";

export interface Expectation {
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
}

/** The claims of a token that one of the keys signed, for us, in time; undefined for any other. Never throws. */
export async function verifiedClaims(
  token: string,
  { alg }: TokenHeader,
  keys: readonly (VerificationKey | CryptoKey)[],
  { issuer, audience }: Expectation,
  onRejected: (reason: "signature" | "expired" | "claims") => void = () => {},
): Promise<JWTPayload | undefined> {
  const options = {
    algorithms: [alg],
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
    requiredClaims: ["exp"],
    clockTolerance: LEEWAY_SECONDS,
    currentDate: new Date(),
  };
  for (const key of keys) {
    try {
      const verifier = key instanceof CryptoKey ? key : await imported(key);
      return (await jwtVerify(token, verifier, options)).payload;
    } catch (error) {
      // Only a key that does not fit is a reason to try the next: what the claims say, every key would say.
      const isExpired = error instanceof errors.JWTExpired;
      if (isExpired || error instanceof errors.JWTClaimValidationFailed) {
        onRejected(isExpired ? "expired" : "claims");
        return undefined;
      }
    }
  }
  onRejected("signature");
  return undefined;
}

const importedKeys = new WeakMap<VerificationKey, CryptoKey>();

async function imported(key: VerificationKey): Promise<CryptoKey> {
  const known = importedKeys.get(key);
  if (known !== undefined) return known;
  const made = await importJWK(key.jwk, key.alg, { extractable: false });
  if (!(made instanceof CryptoKey)) throw new TypeError("a public key is no secret");
  importedKeys.set(key, made);
  return made;
}
