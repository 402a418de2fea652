/** Which of a client's header fields an origin sees, and what the edge says about itself and the client. */
import { type ClientSide, forwardableHost, forwardedValue } from "./forwarded.ts";
import { OWN_COOKIE_PREFIX, withoutOwnCookies } from "./own-cookies.ts";
import { nominatedNames } from "./response-headers.ts";

/** What the edge itself sends with a request. */
export interface RequestContext extends ClientSide {
  /** Lower-case name of the one header that is trusted for the client's address. */
  readonly clientAddressHeader: string;
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
  /** The whole value, with this edge's name: see `appendCdnLoop`. */
  readonly cdnLoop: string;
  /** The whole value, with this edge's name: see `viaValue`. */
  readonly via: string;
  readonly upgrade?: "websocket" | undefined;
}

// RFC 9110 §7.6.1, Proxy-Connection and its like, `Proxy` (read as HTTP_PROXY by CGI programs, CVE-2016-5385), and
// HTTP2-Settings (RFC 7540 §3.2.1).
const HOP_BY_HOP = "connection|keep-alive|te|trailer|transfer-encoding|upgrade|http2-settings|proxy(?:-.*)?";
// What only the edge may say.
const OWN =
  "host|via|cdn-loop|traceparent|tracestate|(?:x-)?forward(?:ed)?(?:-.*)?|http-x-forwarded(?:-.*)?|(?:x-)?tidegate(?:-.*)?";
// Where programs look for the client's address.
const CLIENT_ADDRESS = [
  "true-client-ip|(?:x-|http-|wl-proxy-|x-cluster-|fastly-|fly-|do-)?(?:client|connecting)-?ip",
  "(?:x-|ali-cdn-)?real-ip|cdn-src-ip|x-azure-(?:clientip|socketip)|x-appengine-user-ip|x-envoy-external-address",
  "x-nf-client-connection-ip|x-original-forwarded-for|x-originating-ip|x-source-ip|(?:x-)?remote-(?:ip|addr)",
  "cf-connecting-ip(?:v6)?|cf-pseudo-ipv4",
].join("|");
// Names that make some origins serve another host or path than the one that the edge matched.
const OVERRIDE = "x-host|x-original-(?:host|ur[li])|x-rewrite-url";

const REMOVED = new RegExp(`^(?:${HOP_BY_HOP}|${OWN}|${CLIENT_ADDRESS}|${OVERRIDE})$`);
// The one test that most names meet.
const SUSPECT = new RegExp(`${REMOVED.source}|_|^cf-`);
// CGI, WSGI, Rack and PHP read `X_User_Id` and `X-User-Id` as one. These twins would stand for a field that decides.
const DECIDES = /^(?:x-.*|content-(?:length|type|encoding)|cf-.*)$/;

// The client may nominate any field of its own away, except what tells where its body ends and what it is.
const NEVER_NOMINATED: ReadonlySet<string> = new Set(["content-encoding", "content-length", "content-type"]);

/**
 * The header fields for the origin, in one pass over the client's (lower-case names, as Headers gives them).
 *
 * What the client may not say goes first: hop-by-hop fields and those that Connection nominates (RFC 9110 §7.6.1), then
 * everything that could pass for the edge's own. The edge's fields are set last, so no nomination takes them away
 * (CVE-2024-45410, CVE-2022-31813).
 *
 * The record has no prototype: a field named `__proto__` is a field like any other.
 */
export function forwardedRequestHeaders(
  headers: Iterable<readonly [name: string, value: string]>,
  context: RequestContext,
): Record<string, string> {
  const fields: Record<string, string> = Object.create(null);
  let connection: string | undefined;
  for (const [name, value] of headers) {
    if (!SUSPECT.test(name)) fields[name] = value;
    else if (name === "connection") connection = connection === undefined ? value : `${connection},${value}`;
    else if (!isRemoved(name, context.clientAddressHeader)) fields[name] = value;
  }
  if (connection !== undefined) {
    for (const name of nominatedNames(connection)) if (!NEVER_NOMINATED.has(name)) delete fields[name];
  }
  if (fields.cookie?.includes(OWN_COOKIE_PREFIX)) {
    const cookie = withoutOwnCookies(fields.cookie);
    if (cookie === undefined) delete fields.cookie;
    else fields.cookie = cookie;
  }
  setOwnFields(fields, context);
  return fields;
}

/** `websocket` when that is exactly what an Upgrade field asks for (RFC 6455 §4.2.1); no other protocol is tunnelled. */
export function upgradeOf(upgrade: string | null | undefined): "websocket" | undefined {
  return upgrade?.toLowerCase() === "websocket" ? "websocket" : undefined;
}

function isRemoved(name: string, trusted: string): boolean {
  if (name.includes("_")) {
    const twin = name.replaceAll("_", "-");
    return twin === trusted || REMOVED.test(twin) || DECIDES.test(twin);
  }
  // The platform's other fields (country, ray, visitor) are true only where the platform also gives the address.
  return REMOVED.test(name) || !trusted.startsWith("cf-");
}

function setOwnFields(fields: Record<string, string>, context: RequestContext): void {
  const { clientAddress, clientAddressHeader } = context;
  if (clientAddress === undefined) delete fields[clientAddressHeader];
  else {
    fields[clientAddressHeader] = clientAddress;
    fields["x-forwarded-for"] = clientAddress;
  }
  fields.forwarded = forwardedValue(context);
  fields["x-forwarded-proto"] = context.scheme;
  const host = forwardableHost(context.host);
  if (host !== undefined) fields["x-forwarded-host"] = host;
  fields.via = context.via;
  fields["cdn-loop"] = context.cdnLoop;
  fields.traceparent = context.traceparent;
  if (context.tracestate !== undefined) fields.tracestate = context.tracestate;
  if (context.upgrade !== undefined) {
    fields.connection = "Upgrade";
    fields.upgrade = context.upgrade;
  }
}
