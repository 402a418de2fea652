/** Which keys of a key set (RFC 7517) may verify tokens, and which of them a token asks for. */
import type { JwtAlgorithm, TokenHeader } from "./jwt-token.ts";

/** Issuers publish a handful. */
const MAX_KEYS = 64;
/** Keys of one id that are tried for one token, so that a token costs a bounded number of verifications. */
const MAX_TRIED = 4;
const MAX_KEY_ID_LENGTH = 256;

/** RFC 7518 §3.3: 2,048 bits or more. The upper bound keeps one verification short. */
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;

export interface VerificationKey {
  readonly kid: string | undefined;
  /** The one algorithm that this key verifies: its kind decides, never a token. */
  readonly alg: Exclude<JwtAlgorithm, "HS256">;
  /** Public members only. */
  readonly jwk: Readonly<Record<string, string>>;
}

/** The keys of a key set that may verify tokens; of none usable, undefined. Others are left out, whatever they hold. */
export function verificationKeys(document: unknown): VerificationKey[] | undefined {
  const keys = memberOf(document, "keys");
  if (!Array.isArray(keys)) return undefined;
  const usable: VerificationKey[] = [];
  for (const key of keys.slice(0, MAX_KEYS)) {
    const found = verificationKey(key);
    if (found !== undefined) usable.push(found);
  }
  return usable.length === 0 ? undefined : usable;
}

/** The keys to try for a token, in the order of the set: those of its algorithm, and of its key id if it names one. */
export function keysFor(keys: readonly VerificationKey[], header: TokenHeader): VerificationKey[] {
  const fitting = keys.filter(
    ({ alg, kid }) => alg === header.alg && (header.kid === undefined || kid === header.kid),
  );
  return fitting.slice(0, MAX_TRIED);
}

function verificationKey(key: unknown): VerificationKey | undefined {
  const [use, operations, kid] = [memberOf(key, "use"), memberOf(key, "key_ops"), memberOf(key, "kid")];
  if (use !== undefined && use !== "sig") return undefined;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify")))
    return undefined;
  if (kid !== undefined && (typeof kid !== "string" || kid.length > MAX_KEY_ID_LENGTH)) return undefined;
  // A key whose private half is public proves nothing.
  if (memberOf(key, "d") !== undefined) return undefined;
  const kind = kindOf(key);
  const alg = memberOf(key, "alg");
  if (kind === undefined || (alg !== undefined && alg !== kind.alg)) return undefined;
  return { kid, ...kind };
}

function kindOf(key: unknown): Pick<VerificationKey, "alg" | "jwk"> | undefined {
  const [kty, crv] = [memberOf(key, "kty"), memberOf(key, "crv")];
  if (kty === "RSA") {
    const [n, e] = [numberText(key, "n"), numberText(key, "e")];
    if (n === undefined || e === undefined || !isBitsOk(n)) return undefined;
    return { alg: "RS256", jwk: { kty, n, e } };
  }
  const x = numberText(key, "x");
  if (x === undefined) return undefined;
  if (kty === "OKP" && crv === "Ed25519") return { alg: "EdDSA", jwk: { kty, crv, x } };
  const y = numberText(key, "y");
  return kty === "EC" && crv === "P-256" && y !== undefined
    ? { alg: "ES256", jwk: { kty, crv, x, y } }
    : undefined;
}

/** By length, six bits a character; leading zeros (`A`) do not count. The verifier measures again, exactly. */
function isBitsOk(modulus: string): boolean {
  const bits = modulus.replace(/^A+/, "").length * 6;
  return bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS + 8;
}

function numberText(key: unknown, name: string): string | undefined {
  const value = memberOf(key, name);
  return typeof value === "string" && /^[\w-]+$/.test(value) ? value : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
