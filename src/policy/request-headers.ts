/** Which of a client's header fields an origin sees, and what the edge says about itself and the client. */
import { type ClientSide, forwardableHost, forwardedValue } from "./forwarded.ts";
import { OWN_COOKIE_PREFIX, withoutOwnCookies } from "./own-cookies.ts";
import { rememberedTest } from "./remembered-test.ts";
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
const isSuspectName = rememberedTest(new RegExp(`${REMOVED.source}|_|^cf-`));
// CGI, WSGI, Rack and PHP read `X_User_Id` and `X-User-Id` as one. These twins would stand for a field that decides.
const DECIDES = /^(?:x-.*|content-(?:length|type|encoding)|cf-.*)$/;

// The client may nominate any field of its own away, except what tells where its body ends and what it is.
const NEVER_NOMINATED: ReadonlySet<string> = new Set(["content-encoding", "content-length", "content-type"]);

// Lists (RFC 9110 §5.3) and a text that decides nothing: as several lines they say what they say as one.
const mayRepeat = rememberedTest(
  /^(?:accept(?:-.*)?|cache-control|cookie|if-(?:none-)?match|sec-ch-.*|user-agent)$/,
);

type Fields = Iterable<readonly [name: string, value: string]>;

/**
 * Whether a field of the client's may have to change on its way. All others go on as the runtime holds them: what
 * JavaScript does not touch costs nothing (decision 28).
 */
export function isSuspect(name: string, value: string): boolean {
  return isSuspectName(name) || (value.includes(",") && !mayRepeat(name));
}

/**
 * What to change in the client's fields for the origin: by name, the value to set, or undefined for a field that goes.
 *
 * What the client may not say goes first: hop-by-hop fields and those that Connection nominates (RFC 9110 §7.6.1), then
 * everything that could pass for the edge's own. The edge's fields are set last, so no nomination takes them away
 * (CVE-2024-45410, CVE-2022-31813). A field that came in several lines becomes one, so that the origin reads no other of
 * them than the edge did.
 *
 * @param suspects the client's fields that are {@link isSuspect} (lower-case names, as Headers gives them)
 * @param cookie the client's Cookie field
 */
export function requestHeaderChanges(
  suspects: Fields,
  cookie: string | undefined,
  context: RequestContext,
): ReadonlyMap<string, string | undefined> {
  const changes = new Map<string, string | undefined>();
  let connection: string | undefined;
  for (const [name, value] of suspects) {
    if (name === "connection") {
      connection = connection === undefined ? value : `${connection},${value}`;
      changes.set(name, undefined);
    } else if (isRemoved(name, context.clientAddressHeader)) changes.set(name, undefined);
    else if (value.includes(",")) changes.set(name, value);
  }
  if (cookie?.includes(OWN_COOKIE_PREFIX)) changes.set("cookie", withoutOwnCookies(cookie));
  if (connection !== undefined) {
    for (const name of nominatedNames(connection)) {
      if (!NEVER_NOMINATED.has(name)) changes.set(name, undefined);
    }
  }
  setOwnFields(changes, context);
  return changes;
}

/** `websocket` when that is exactly what an Upgrade field asks for (RFC 6455 §4.2.1); no other protocol is tunnelled. */
export function upgradeOf(upgrade: string | null | undefined): "websocket" | undefined {
  return upgrade?.toLowerCase() === "websocket" ? "websocket" : undefined;
}

function isRemoved(name: string, trusted: string): boolean {
  if (!isSuspectName(name)) return false;
  if (name.includes("_")) {
    const twin = name.replaceAll("_", "-");
    return twin === trusted || REMOVED.test(twin) || DECIDES.test(twin);
  }
  // The platform's other fields (country, ray, visitor) are true only where the platform also gives the address.
  return REMOVED.test(name) || !trusted.startsWith("cf-");
}

function setOwnFields(changes: Map<string, string | undefined>, context: RequestContext): void {
  const { clientAddress, clientAddressHeader } = context;
  changes.set(clientAddressHeader, clientAddress);
  if (clientAddress !== undefined) changes.set("x-forwarded-for", clientAddress);
  changes.set("forwarded", forwardedValue(context));
  changes.set("x-forwarded-proto", context.scheme);
  const host = forwardableHost(context.host);
  if (host !== undefined) changes.set("x-forwarded-host", host);
  changes.set("via", context.via);
  changes.set("cdn-loop", context.cdnLoop);
  changes.set("traceparent", context.traceparent);
  if (context.tracestate !== undefined) changes.set("tracestate", context.tracestate);
  if (context.upgrade !== undefined) {
    changes.set("connection", "Upgrade");
    changes.set("upgrade", context.upgrade);
  }
}
