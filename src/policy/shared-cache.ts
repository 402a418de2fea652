/** Whether a cache that serves many users may keep an answer: then nothing of one user's may be added to it. */
import { readCacheControl } from "./stale-cache.ts";

export interface Exchange {
  readonly method: string;
  readonly hasAuthorization: boolean;
  readonly status: number;
  readonly hasSetCookie: boolean;
  readonly cacheControl: string | undefined;
  readonly hasExpires: boolean;
  /** A field that speaks to some caches alone, and over Cache-Control: see {@link TARGETED_FIELDS}. */
  readonly hasTargetedControl: boolean;
}

/** RFC 9213, and what came before it: a CDN takes their word where Cache-Control says `no-store` to browsers. */
export const TARGETED_FIELDS = [
  "cdn-cache-control",
  "cloudflare-cdn-cache-control",
  "surrogate-control",
  "x-accel-expires",
] as const;

/**
 * RFC 9110 §15.1: what a cache may keep without a word about it, for as long as it thinks right (RFC 9111 §4.2.2). And 304,
 * whose fields are taken over into what is kept (RFC 9111 §3.2).
 */
const KEPT_UNASKED: ReadonlySet<number> = new Set([
  200, 203, 204, 206, 300, 301, 304, 308, 404, 405, 410, 414, 501,
]);

/**
 * RFC 9111 §3, and in doubt yes: where fields contradict each other, where they cannot be read, and for `no-cache`, which
 * may be kept and used again for another user once the origin has answered 304.
 *
 * One step from the RFC: an answer that sets a cookie and says nothing for caches counts as not kept (§7.3 would
 * allow it). A cache that kept it would hand one user's session to all, so none does by default.
 */
export function sharedCacheMayKeep(exchange: Exchange): boolean {
  const directives = readCacheControl(exchange.cacheControl);
  if (directives === undefined || exchange.hasTargetedControl) return true;
  if (directives.has("public") || directives.has("s-maxage")) return true;
  // With field names, `private` is about those fields only.
  if (directives.has("no-store") || directives.get("private") === "") return false;
  if (directives.has("max-age") || exchange.hasExpires) return true;
  if (exchange.hasSetCookie) return false;
  if (exchange.hasAuthorization && !directives.has("must-revalidate")) return false;
  return (exchange.method === "GET" || exchange.method === "HEAD") && KEPT_UNASKED.has(exchange.status);
}
