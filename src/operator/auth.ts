/** Who may use the admin API: the bearer of the operators' token. */
import type { Env } from "../config/env.ts";

export type Access =
  | { readonly kind: "granted"; readonly author: string }
  | { readonly kind: "denied" | "disabled" };

const BEARER = /^Bearer +([^\s]+)$/i;

/** Compares in constant time; without a token configured the API is disabled, never open. */
export async function authorize(authorization: string | undefined, env: Env): Promise<Access> {
  const secret = env.TIDEGATE_ADMIN_TOKEN;
  if (secret === undefined || secret === "") return { kind: "disabled" };
  const presented = BEARER.exec(authorization ?? "")?.[1] ?? "";
  // Hashes are equally long, and timingSafeEqual throws on unequal lengths.
  const [expected, given] = await Promise.all([sha256(secret), sha256(presented)]);
  return crypto.subtle.timingSafeEqual(expected, given)
    ? { kind: "granted", author: "token" }
    : { kind: "denied" };
}

function sha256(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
}
