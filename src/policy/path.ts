/** What a request's URL means: its parts, and the one spelling of its path that is both matched and forwarded. */
import { rememberedTest } from "./remembered-name.ts";

/** The parts of a URL that routing needs. `path + query` is what followed the authority. */
export interface UrlParts {
  /** Lower case, without the colon. */
  readonly scheme: string;
  /** Lower case, without a trailing dot, without the scheme's default port: `pay.example`, `[::1]:8787`. */
  readonly host: string;
  /** As sent, not normalised; `/` when the URL has none, `*` for `OPTIONS *` (RFC 9112 §3.2.4). */
  readonly path: string;
  /** As sent, with its question mark; empty when there is none, `?` for an empty query. */
  readonly query: string;
}

export type NormalizedPath =
  | { readonly kind: "ok"; readonly path: string }
  | { readonly kind: "rejected"; readonly reason: string };

/** Longer paths are refused: RFC 9110 §4.1 asks for 8,000 octets of URI at least, and this is the next power of two. */
export const MAX_PATH_LENGTH = 8192;

// A backslash ends the authority as well, as it does in the WHATWG URL parser that the origin request goes through; and
// so does an asterisk, because the runtime spells `OPTIONS *` as `http://host*`.
const URL_PARTS = /^([a-z][a-z0-9+.-]*):\/\/([^/?#\\*]*)([^?#]*)(\?[^#]*)?/i;
const DEFAULT_PORT: Readonly<Record<string, string>> = { http: "80", https: "443", ws: "80", wss: "443" };

// RFC 3986 §3.2.2 and §3.2.3 without userinfo: a bracketed IP literal or a reg-name (no asterisk), and a port.
const WELL_FORMED_HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9\-._~!$&'()+,;=%]+)(?::\d{1,5})?$/i;

/** Splits a raw absolute URL (RFC 3986 §3) without a URL object, which costs the hot path 5 to 8 µs. */
export function splitUrl(url: string): UrlParts {
  const parts = URL_PARTS.exec(url);
  if (parts === null) return { scheme: "", host: "", path: url, query: "" };
  const scheme = (parts[1] ?? "").toLowerCase();
  return {
    scheme,
    host: normalizeHost(parts[2] ?? "", DEFAULT_PORT[scheme]),
    path: parts[3] || "/",
    query: parts[4] ?? "",
  };
}

/**
 * One spelling for each host: lower case, no trailing dot, no empty or default port (RFC 3986 §6.2.2.1, §6.2.3).
 * It does not validate: see {@link isWellFormedHost}.
 */
export function normalizeHost(authority: string, defaultPort?: string): string {
  const host = authority.toLowerCase();
  const colon = host.lastIndexOf(":");
  if (colon === -1 || host.endsWith("]")) return withoutTrailingDot(host);
  const name = withoutTrailingDot(host.slice(0, colon));
  const port = host.slice(colon + 1);
  return port === "" || port === defaultPort ? name : `${name}:${port}`;
}

/** True when the host may stand in a Host field. RFC 9112 §3.2: anything else gets 400. */
export const isWellFormedHost: (host: string) => boolean = rememberedTest(WELL_FORMED_HOST);

function withoutTrailingDot(host: string): string {
  return host.endsWith(".") ? host.slice(0, -1) : host;
}

// Any sign that a path may not be in its one spelling: a segment that is empty or begins with a dot, or a character
// outside RFC 3986 §3.3 pchar. Escapes count as a sign; most paths of an API have none.
const UNUSUAL = /\/(?=[/.])|[^a-zA-Z0-9\-._~!$&'()*+,;=:@/]/;

const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/[^!-~]/, "a space, a control character or a character outside ASCII"],
  [/[?#]/, "a query or fragment mark"],
  [/%(?![0-9a-f]{2})/i, "a malformed percent escape"],
  [/%(?:[01][0-9a-f]|7f)/i, "an escaped control character"],
  [/\\|%5c/i, "a backslash"],
];

const ESCAPE = /%[0-9a-fA-F]{2}/g;
const UNRESERVED = /[a-zA-Z0-9\-._~]/;
// Visible ASCII that RFC 3986 allows nowhere in a path. Clients send it raw; origins read it as its escape.
const NEEDS_ESCAPE = /["<>[\]^`{|}]/g;
// A dot segment that only some origins see: behind an escaped slash, or with parameters (`..;x`, a Java servlet habit).
const HIDDEN_DOT_SEGMENT = /(?:^|%2F)\.\.?(?:%2F|;|$)/;

/**
 * The path in its one spelling (RFC 3986 §6.2.2: case of escapes, unreserved characters, dot segments; also duplicate
 * slashes), or why it must get 400. What the origin could read as another path than the edge is refused, not repaired.
 * Escapes are decoded once, never twice; `%2F` alone inside a segment stays. Idempotent.
 */
export function normalizePath(path: string): NormalizedPath {
  if (path.length > MAX_PATH_LENGTH) return rejected(`more than ${MAX_PATH_LENGTH} characters`);
  if (path === "") return { kind: "ok", path: "/" };
  if (path.charCodeAt(0) !== 0x2f) return rejected("no slash at the start");
  if (!UNUSUAL.test(path)) return { kind: "ok", path };

  for (const [form, what] of REFUSALS) if (form.test(path)) return rejected(what);
  const spelled = path.replace(ESCAPE, spellEscape).replace(NEEDS_ESCAPE, escapeCharacter);
  return removeDotSegments(spelled);
}

function spellEscape(octet: string): string {
  const character = String.fromCharCode(Number.parseInt(octet.slice(1), 16));
  return UNRESERVED.test(character) ? character : octet.toUpperCase();
}

function escapeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** RFC 3986 §5.2.4, after empty segments are gone. Dot segments that climb above the root stay at the root. */
function removeDotSegments(path: string): NormalizedPath {
  const kept: string[] = [];
  const segments = path.split("/");
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment === "" || segment === ".") continue;
    else if (HIDDEN_DOT_SEGMENT.test(segment)) return rejected("a hidden dot segment");
    else kept.push(segment);
  }
  if (kept.length === 0) return { kind: "ok", path: "/" };
  const last = segments[segments.length - 1];
  const isFolder = last === "" || last === "." || last === "..";
  return { kind: "ok", path: `/${kept.join("/")}${isFolder ? "/" : ""}` };
}

function rejected(what: string): NormalizedPath {
  return { kind: "rejected", reason: `The path has ${what}.` };
}
