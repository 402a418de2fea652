/** Verifies the token that a request presents, and remembers what was verified. */
import { decodeProtectedHeader } from "jose";
import { countsNow, findKeys, type KeySet, type WaitUntil } from "../config/jwks.ts";
import { verifiedClaims } from "../config/jwt-verify.ts";
import type { Identity } from "../config/load.ts";
import { tokensRejected } from "../config/metric-names.ts";
import { jwtKey } from "../policy/caller.ts";
import { namedUser } from "../policy/jwt-claims.ts";
import type { VerificationKey } from "../policy/jwt-keys.ts";
import { bearerToken, MAX_CREDENTIALS_LENGTH, type TokenHeader, tokenHeader } from "../policy/jwt-token.ts";
import { TwoGenerations } from "../policy/two-generations.ts";
import { count } from "./counters.ts";

export type JwtRules = NonNullable<Identity["jwt"]>;

interface Verified {
  /** The user's key. */
  readonly key: string;
  /** Epoch milliseconds. */
  readonly endsAtMs: number;
}

/** What this edge knows about tokens under one `[identity.jwt]`. */
export interface JwtMemory {
  readonly rules: JwtRules;
  /** Where the keys come from; undefined when they are the shared secret. */
  readonly keySet: KeySet | undefined;
  readonly secret: string | undefined;
  /** By the whole value of Authorization. */
  readonly verified: TwoGenerations<Verified>;
  /** Until when a value stays refused, epoch milliseconds; apart, so that forgeries push no user out. */
  readonly refused: TwoGenerations<number>;
  /** The generation of keys that verified. */
  generation: number;
  secretKey: CryptoKey | undefined;
  isWarned: boolean;
}

/** A kilobyte a token: 5,000 users, at most 8 MB in two generations. */
const VERIFIED_BOUNDS = { maxEntries: 5000, maxKeyLength: 4 * 1024 * 1024 };
const REFUSED_BOUNDS = { maxEntries: 1000, maxKeyLength: 512 * 1024 };
/** Long enough that a program which repeats a bad token costs nothing, short for one that is not valid yet. */
const REFUSED_FOR_MS = 10_000;
/** RFC 7518 §3.2: a key of the hash's size or longer. */
const MIN_SECRET_BYTES = 32;

/** The user's key, `none` without a token that counts, or `ask` when it must be verified first. */
export type KnownToken = { readonly kind: "user"; readonly key: string } | { readonly kind: "none" | "ask" };

const NONE: KnownToken = { kind: "none" };
const ASK: KnownToken = { kind: "ask" };

export function newJwtMemory(
  rules: JwtRules,
  keySet: KeySet | undefined,
  secret: string | undefined,
): JwtMemory {
  return {
    rules,
    keySet,
    secret,
    verified: new TwoGenerations(VERIFIED_BOUNDS),
    refused: new TwoGenerations(REFUSED_BOUNDS),
    generation: keySet?.generation ?? 0,
    secretKey: undefined,
    isWarned: false,
  };
}

/** What is known of the value of Authorization without verifying anything: the way of every request in steady state. */
export function knownToken(
  memory: JwtMemory,
  authorization: string | undefined,
  nowMs: number,
  waitUntil: WaitUntil,
): KnownToken {
  if (authorization === undefined || authorization.length > MAX_CREDENTIALS_LENGTH) return NONE;
  const { keySet } = memory;
  forgetIfOtherKeys(memory);
  const verified = memory.verified.get(authorization);
  if (verified !== undefined) {
    if (nowMs >= verified.endsAtMs) {
      reject("expired");
      return NONE;
    }
    const counts = keySet === undefined || countsNow(keySet, nowMs, waitUntil);
    return counts ? { kind: "user", key: verified.key } : ASK;
  }
  const refusedUntilMs = memory.refused.get(authorization);
  if (refusedUntilMs !== undefined && nowMs < refusedUntilMs) {
    reject("again");
    return NONE;
  }
  return bearerToken(authorization) === undefined ? NONE : ASK;
}

/** The key of the user whom a token names, or undefined when it proves nobody. Never throws. */
export async function verifyToken(
  memory: JwtMemory,
  authorization: string,
  waitUntil: WaitUntil,
): Promise<string | undefined> {
  const token = bearerToken(authorization);
  const header = token === undefined ? undefined : headerOf(token, memory.rules);
  if (token === undefined || header === undefined) {
    if (token !== undefined) reject("malformed");
    return undefined;
  }
  const keys = await keysOf(memory, header, waitUntil);
  forgetIfOtherKeys(memory);
  if (keys.length === 0) {
    reject("no-key");
    return undefined;
  }
  const { generation } = memory;
  const verified = await verifyWithAny(token, header, keys, memory.rules);
  if (verified === undefined) memory.refused.set(authorization, Date.now() + REFUSED_FOR_MS);
  // Keys may have become others meanwhile; the next request then verifies again.
  else if (generation === memory.generation) memory.verified.set(authorization, verified);
  return verified?.key;
}

const reject = (reason: "malformed" | "no-key" | "signature" | "expired" | "claims" | "again"): void =>
  count(tokensRejected("user", reason));

function forgetIfOtherKeys(memory: JwtMemory): void {
  const { keySet } = memory;
  if (keySet === undefined || keySet.generation === memory.generation) return;
  memory.generation = keySet.generation;
  memory.verified.clear();
  memory.refused.clear();
}

function headerOf(token: string, { algorithms }: JwtRules): TokenHeader | undefined {
  try {
    return tokenHeader(decodeProtectedHeader(token), algorithms);
  } catch {
    return undefined;
  }
}

async function keysOf(
  memory: JwtMemory,
  header: TokenHeader,
  waitUntil: WaitUntil,
): Promise<readonly (VerificationKey | CryptoKey)[]> {
  if (memory.keySet !== undefined) return findKeys(memory.keySet, header, waitUntil);
  const secret = await secretKeyOf(memory);
  return secret === undefined ? [] : [secret];
}

/** The shared secret as a key, made once; warns once when there is none that will do. */
async function secretKeyOf(memory: JwtMemory): Promise<CryptoKey | undefined> {
  if (memory.secretKey !== undefined) return memory.secretKey;
  const bytes = new TextEncoder().encode(memory.secret ?? "");
  if (bytes.length < MIN_SECRET_BYTES) {
    if (!memory.isWarned) console.warn("TG3007 TIDEGATE_JWT_SECRET is missing or shorter than 32 bytes");
    memory.isWarned = true;
    return undefined;
  }
  const usages = ["verify"];
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  memory.secretKey = await crypto.subtle.importKey("raw", bytes, algorithm, false, usages);
  return memory.secretKey;
}

async function verifyWithAny(
  token: string,
  header: TokenHeader,
  keys: readonly (VerificationKey | CryptoKey)[],
  { claim, issuer, audience }: JwtRules,
): Promise<Verified | undefined> {
  const claims = await verifiedClaims(token, header, keys, { issuer, audience }, reject);
  const named = claims === undefined ? undefined : namedUser(claims, claim);
  if (claims !== undefined && named === undefined) reject("claims");
  return named === undefined ? undefined : { key: jwtKey(issuer, named.user), endsAtMs: named.endsAtMs };
}
