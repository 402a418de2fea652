/** Which of an origin's header fields stay behind, and which fields the edge adds about itself. */
import { rememberedTest } from "./remembered-name.ts";

type Fields = Iterable<readonly [name: string, value: string]>;

const SWITCHING_PROTOCOLS = 101;
// RFC 9110 §5.6.2, lower case.
const TOKEN = /^[a-z0-9!#$%&'*+\-.^_`|~]+$/;
const NONE: readonly string[] = Object.freeze([]);

// RFC 9110 §7.6.1 with the fields it names, Proxy-Authenticate and its like (§11.7: for the next inbound client only),
// and what an origin tells this edge (capacity, session), which is nobody else's business. Names are lower case.
const staysBehindByName = rememberedTest(
  /^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*|(?:x-)?tidegate-.*)$/,
);

// An origin's Connection field may nominate what it likes, and part of it can be under an attacker's hand. These
// fields stay whatever it says: without them the client would read another body (framing, coding, type), lose a session,
// lose a redirect, or a shared cache would keep one user's answer for all. RFC 9110 §7.6.1: a sender must not nominate
// a field that is meant for all recipients.
const NEVER_NOMINATED: ReadonlySet<string> = new Set([
  "cache-control",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "location",
  "set-cookie",
]);

/** Whether a field of this name never goes on by itself; the others do unless Connection names them. */
export function staysBehind(name: string): boolean {
  return staysBehindByName(name);
}

/**
 * The names to delete from an origin's response; usually none, and then always the same array. Takes lower-case names,
 * as Headers gives them; those that {@link staysBehind} are enough. With status 101 the two fields that carry the upgrade stay (RFC 9110 §15.2.2).
 */
export function responseHeaderChanges(headers: Fields, status = 200): readonly string[] {
  let deleted: string[] | undefined;
  let nominated: string | undefined;
  for (const [name, value] of headers) {
    if (!staysBehindByName(name)) continue;
    if (name === "connection") nominated = nominated === undefined ? value : `${nominated},${value}`;
    if (status === SWITCHING_PROTOCOLS && (name === "connection" || name === "upgrade")) continue;
    deleted ??= [];
    deleted.push(name);
  }
  if (nominated !== undefined) {
    for (const name of nominatedNames(nominated)) {
      if (NEVER_NOMINATED.has(name) || (status === SWITCHING_PROTOCOLS && name === "upgrade")) continue;
      deleted ??= [];
      deleted.push(name);
    }
  }
  return deleted ?? NONE;
}

/**
 * The fields that a Connection value nominates, lower case. `close` names none; nor does what is no token: deleting such
 * a name from Headers would throw.
 */
export function nominatedNames(connection: string): readonly string[] {
  const options = connection.toLowerCase();
  if (options === "close" || options === "keep-alive" || options === "") return NONE;
  return options
    .split(",")
    .map((option) => option.trim())
    .filter((option) => option !== "close" && TOKEN.test(option));
}

/**
 * The value of Server-Timing (W3C Server Timing §4): what the origin told, then the edge's own time and the origin's as
 * the edge saw it. Durations in milliseconds.
 */
export function serverTiming(edgeMs: number, originMs: number | undefined, existing?: string | null): string {
  const edge = `edge;dur=${durationText(edgeMs)}`;
  const own = originMs === undefined ? edge : `${edge}, origin;dur=${durationText(originMs)}`;
  return existing ? `${existing}, ${own}` : own;
}

/** The value of Via with this edge at its end (RFC 9110 §7.6.3), for requests and for responses. */
export function viaValue(existing: string | null | undefined, edgeName: string, version = "1.1"): string {
  return existing ? `${existing}, ${version} ${edgeName}` : `${version} ${edgeName}`;
}

function durationText(ms: number): string {
  return ms > 0 ? String(Math.round(ms * 10) / 10) : "0";
}
