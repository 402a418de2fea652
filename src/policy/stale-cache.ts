/** Which answers may be kept for `stale_if_error`, for how long, and when a kept one may answer: never another user's. */

export interface StaleRequest {
  readonly method: string;
  readonly hasAuthorization: boolean;
  readonly hasCookie: boolean;
  /** Another credential that this edge knows of: an API key, a token in a header of the configuration. */
  readonly hasCredential: boolean;
  readonly hasRange: boolean;
  readonly cacheControl: string | undefined;
}

export interface StaleResponse {
  readonly status: number;
  readonly hasSetCookie: boolean;
  readonly cacheControl: string | undefined;
  readonly vary: string | undefined;
  /** Seconds, as text. */
  readonly age: string | undefined;
  readonly expires: string | undefined;
  readonly date: string | undefined;
}

export interface StaleRoute {
  /** `stale_if_error` of the route; 0 for a route that did not opt in. */
  readonly staleIfErrorMs: number;
  /** Request fields, in lower case, whose values are part of the key. */
  readonly keyFields: readonly string[];
}

export type StoreRefusal =
  | "not-opted-in"
  | "method"
  | "credentials"
  | "range"
  | "status"
  | "set-cookie"
  | "no-store"
  | "private"
  | "must-revalidate"
  | "vary"
  | "not-public"
  | "too-old";

export type StoreDecision =
  | {
      readonly kind: "store";
      /** Keep it so long. */
      readonly keepMs: number;
      /** The part of that time in which it is fresh; negative when it came stale. */
      readonly freshMs: number;
      /** The origin says that it is for everybody, whoever asks. */
      readonly isPublic: boolean;
    }
  | { readonly kind: "no"; readonly reason: StoreRefusal };

/** However long an origin calls it fresh, here it is not fresh for longer. */
export const LONGEST_FRESH_MS = 86_400_000;

/** Fields that name a user: an answer that varies by one is never kept, whatever the key has. */
const PERSONAL_FIELDS: ReadonlySet<string> = new Set(["authorization", "cookie", "proxy-authorization"]);

/**
 * Whether a shared cache may keep this answer (RFC 9111 §3) to use it on errors (RFC 5861 §4). Stricter than the RFC: only
 * GET and 200, never with Authorization or Set-Cookie, and a request that carried a cookie or a key is only answered
 * for others when the origin wrote `public`. Directives with field names (`private="x"`) count as if they had none.
 */
export function mayStore(request: StaleRequest, response: StaleResponse, route: StaleRoute): StoreDecision {
  const directives = parseCacheControl(response.cacheControl);
  const refusal = refusalOf(request, response, route, directives);
  if (refusal !== undefined) return { kind: "no", reason: refusal };
  const own = directives.get("stale-if-error");
  const ownMs = own === undefined ? route.staleIfErrorMs : (secondsOf(own) ?? 0) * 1000;
  const staleMs = Math.min(route.staleIfErrorMs, ownMs);
  const ageMs = (secondsOf(response.age ?? "0") ?? 0) * 1000;
  const freshMs = Math.min(LONGEST_FRESH_MS, freshForMs(directives, response)) - ageMs;
  const keepMs = freshMs + staleMs;
  if (keepMs <= 0) return { kind: "no", reason: "too-old" };
  return { kind: "store", keepMs, freshMs, isPublic: directives.has("public") };
}

function refusalOf(
  request: StaleRequest,
  response: StaleResponse,
  route: StaleRoute,
  directives: Directives,
): StoreRefusal | undefined {
  if (route.staleIfErrorMs <= 0) return "not-opted-in";
  if (request.method !== "GET") return "method";
  if (request.hasAuthorization) return "credentials";
  if (request.hasRange) return "range";
  if (response.status !== 200) return "status";
  if (response.hasSetCookie) return "set-cookie";
  if (directives.has("no-store") || parseCacheControl(request.cacheControl).has("no-store"))
    return "no-store";
  if (directives.has("private")) return "private";
  if (forbidsStale(directives)) return "must-revalidate";
  if (!isKeyed(response.vary, route.keyFields)) return "vary";
  if ((request.hasCookie || request.hasCredential) && !directives.has("public")) return "not-public";
  return undefined;
}

/**
 * RFC 9111 §4.2.4: these directives forbid to answer stale. `s-maxage` does as well (§5.2.2.10), unless the origin itself
 * allows it with `stale-if-error`.
 */
function forbidsStale(directives: Directives): boolean {
  if (["no-cache", "must-revalidate", "proxy-revalidate"].some((name) => directives.has(name))) return true;
  return directives.has("s-maxage") && secondsOf(directives.get("stale-if-error")) === undefined;
}

/** `Vary: *` never; others when every field is part of the key and none is personal. */
function isKeyed(vary: string | undefined, keyFields: readonly string[]): boolean {
  const fields = (vary ?? "").split(",").map((field) => field.trim().toLowerCase());
  return fields.every((field) => field === "" || (keyFields.includes(field) && !PERSONAL_FIELDS.has(field)));
}

/** The lifetime for shared caches (RFC 9111 §4.2.1): s-maxage, max-age, Expires; without one 0, and never a guess. */
function freshForMs(directives: Directives, { expires, date }: StaleResponse): number {
  const named = directives.get("s-maxage") ?? directives.get("max-age");
  if (named !== undefined) return (secondsOf(named) ?? 0) * 1000;
  const lifetimeMs = Date.parse(expires ?? "") - Date.parse(date ?? "");
  return Number.isNaN(lifetimeMs) ? 0 : Math.max(0, lifetimeMs);
}

/** One answer that is kept. */
export interface KeptAnswer {
  readonly isPublic: boolean;
  readonly storedAtMs: number;
  readonly keepMs: number;
}

/** How the origins failed: no answer at all, or a status. */
export type StaleCause =
  | { readonly kind: "no-answer" }
  | { readonly kind: "status"; readonly status: number };

/** RFC 5861 §4: "an error is any situation that would result in a 500, 502, 503, or 504". */
const ERROR_STATUSES: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/**
 * Whether a kept answer may answer this request, after its origins failed. To somebody known only a public one: the
 * anonymous version of a page is not theirs. A request that asks for a fresh answer (`no-cache`) gets the error.
 */
export function mayAnswerStale(
  kept: KeptAnswer,
  request: StaleRequest,
  cause: StaleCause,
  nowMs: number,
): boolean {
  if (cause.kind === "status" && !ERROR_STATUSES.has(cause.status)) return false;
  if (request.method !== "GET" || request.hasAuthorization || request.hasRange) return false;
  if ((request.hasCookie || request.hasCredential) && !kept.isPublic) return false;
  const wishes = parseCacheControl(request.cacheControl);
  if (wishes.has("no-cache") || wishes.has("no-store")) return false;
  const ageMs = nowMs - kept.storedAtMs;
  return ageMs >= 0 && ageMs < kept.keepMs;
}

/** Directives by name in lower case; the argument is empty where there is none. */
type Directives = ReadonlyMap<string, string>;

/** A token, then perhaps a token or a quoted string. */
const DIRECTIVE = /^\s*([!#$%&'*+.^_`|~\w-]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?\s*(?:,|$)/;

/** Reads Cache-Control (RFC 9111 §5.2). What cannot be read is `no-store`. */
export function parseCacheControl(value: string | undefined): Directives {
  return readCacheControl(value) ?? UNREADABLE;
}

/** Undefined when it cannot be read; of a name that stands twice the smaller counts. */
export function readCacheControl(value: string | undefined): Directives | undefined {
  const directives = new Map<string, string>();
  let rest = value ?? "";
  while (rest.trim() !== "") {
    const [whole, name, quoted, plain] = DIRECTIVE.exec(rest) ?? EMPTY_ELEMENT.exec(rest) ?? [];
    if (whole === undefined) return undefined;
    rest = rest.slice(whole.length);
    if (name === undefined) continue;
    const argument = quoted ?? plain ?? "";
    const key = name.toLowerCase();
    const known = directives.get(key);
    directives.set(key, known === undefined ? argument : smaller(known, argument));
  }
  return directives;
}

const EMPTY_ELEMENT = /^\s*,/;
const UNREADABLE: Directives = new Map([["no-store", ""]]);

function smaller(first: string, second: string): string {
  return (secondsOf(first) ?? 0) <= (secondsOf(second) ?? 0) ? first : second;
}

/** RFC 9111 §1.2.2: digits; undefined for anything else. Beyond 2^31 counts as 2^31. */
function secondsOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Math.min(Number(text), 2 ** 31) : undefined;
}
