// An issuer of tokens for tests: keys of each kind, tokens signed with them, and tokens as forgers make them.
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from "jose";

export const ISSUER = "https://id.wallet.example/";
export const AUDIENCE = "wallet";
export const SHARED_SECRET = "shared-secret-of-the-tests-0123456789abcdef";

export type PublicAlgorithm = "RS256" | "ES256" | "EdDSA";

export interface SigningKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey | Uint8Array;
  /** As it stands in a key set. */
  readonly jwk: JWK;
}

export async function newKey(alg: PublicAlgorithm, kid: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

/** The key of a shared secret. */
export function secretKey(secret = SHARED_SECRET): SigningKey {
  return { alg: "HS256", kid: "shared", privateKey: new TextEncoder().encode(secret), jwk: { kty: "oct" } };
}

export type Claims = Readonly<Record<string, unknown>>;

/** Seconds of this machine's clock. */
export const nowSeconds = () => Math.floor(Date.now() / 1000);

/** Claims that the tests' configuration accepts, for `sub`. */
export function claimsOf(sub: unknown, more: Claims = {}): Claims {
  return { iss: ISSUER, aud: AUDIENCE, exp: nowSeconds() + 600, sub, ...more };
}

/** A token; a member of `header` that is undefined is left out. */
export function sign(key: SigningKey, claims: Claims, header: Record<string, unknown> = {}): Promise<string> {
  const fields: Record<string, unknown> = { alg: key.alg, kid: key.kid, ...header };
  for (const [name, value] of Object.entries(fields)) if (value === undefined) delete fields[name];
  const jwt = new SignJWT(claims as JWTPayload).setProtectedHeader(fields as JWTHeaderParameters);
  return jwt.sign(key.privateKey);
}

export function base64url(text: string): string {
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** A token whose header and claims nobody signed. */
export function unsigned(header: unknown, claims: unknown, signature = ""): string {
  return `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}.${signature}`;
}

/** The bytes of a member of a public key. */
export function bytesOf(member: string | undefined): Uint8Array<ArrayBuffer> {
  const binary = atob((member ?? "").replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** HMAC-SHA-256 with any bytes as the key: what a forger does with a public key. */
export async function signedWithBytes(bytes: Uint8Array, header: unknown, claims: unknown): Promise<string> {
  const text = unsigned(header, claims).slice(0, -1);
  const key = await crypto.subtle.importKey(
    "raw",
    new Uint8Array(bytes),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text)));
  return `${text}.${base64url(String.fromCharCode(...mac))}`;
}

/** RSASSA-PKCS1-v1_5 with a key shorter than libraries sign with. */
export async function newWeakRsaKey(kid: string) {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const pair = (await crypto.subtle.generateKey(
    { ...algorithm, modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ["sign", "verify"],
  )) as { privateKey: CryptoKey; publicKey: CryptoKey };
  const jwk = { ...(await exportJWK(pair.publicKey)), kid, alg: "RS256", use: "sig" };
  return {
    jwk,
    async sign(claims: Claims): Promise<string> {
      const text = unsigned({ alg: "RS256", kid }, claims).slice(0, -1);
      const made = await crypto.subtle.sign(algorithm.name, pair.privateKey, new TextEncoder().encode(text));
      return `${text}.${base64url(String.fromCharCode(...new Uint8Array(made)))}`;
    },
  };
}

/** The token with one character of its signature changed. */
export function withOtherSignature(token: string, at: number): string {
  const start = token.lastIndexOf(".") + 1;
  const index = start + (at % (token.length - start));
  return `${token.slice(0, index)}${token[index] === "A" ? "B" : "A"}${token.slice(index + 1)}`;
}
