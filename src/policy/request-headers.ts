/** Which of a client's header fields an origin sees, and what the edge says about itself and the client. */
import { type ClientSide, forwardableHost, forwardedValue } from "./forwarded.ts";
import { OWN_COOKIE_PREFIX, withoutOwnCookies } from "./own-cookies.ts";
import { rememberedName, rememberedTest } from "./remembered-name.ts";
import { nominatedNames } from "./response-headers.ts";
import { METHOD_OVERRIDE_HEADERS } from "./retry.ts";

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
const isRemovedName = rememberedTest(REMOVED);
const SUSPECT = new RegExp(`${REMOVED.source}|_|^cf-`);
// CGI, WSGI, Rack and PHP read `X_User_Id` and `X-User-Id` as one. These twins would stand for a field that decides.
const DECIDES = /^(?:x-.*|content-(?:length|type|encoding)|cf-.*)$/;

// The client may nominate any field of its own away, except what tells where its body ends and what it is.
const NEVER_NOMINATED: ReadonlySet<string> = new Set(["content-encoding", "content-length", "content-type"]);

// Lists (RFC 9110 §5.3) and a text that decides nothing: as several lines they say what they say as one.
const MAY_REPEAT = /^(?:accept(?:-.*)?|cache-control|cookie|if-(?:none-)?match|sec-ch-.*|user-agent)$/;

/** What a field's name tells, whatever its value is. */
export interface FieldName {
  /** In lower case, and one text for all requests: see `rememberedName`. */
  readonly name: string;
  /** The field may have to change on its way. */
  readonly isSuspect: boolean;
  /** In several lines it says what it says in one. */
  readonly mayRepeat: boolean;
  /** One of `METHOD_OVERRIDE_HEADERS`. */
  readonly isMethodOverride: boolean;
  /** An object can have a member of this name. */
  readonly isMember: boolean;
}

/** @param name as Headers gives it, in lower case */
export const fieldName: (name: string) => FieldName = rememberedName((name) => ({
  name,
  isSuspect: SUSPECT.test(name),
  mayRepeat: MAY_REPEAT.test(name),
  isMethodOverride: METHOD_OVERRIDE_HEADERS.has(name),
  // This one means something else to an object.
  isMember: name !== "__proto__",
}));

type Fields = Iterable<readonly [name: string, value: string]>;

/** Fields that can be changed: the runtime's Headers, a Map, or {@link PlainFields}. */
export interface FieldSet {
  set(name: string, value: string): unknown;
  delete(name: string): unknown;
}

/** Fields as a plain object, which costs the runtime less to take than a `Headers` costs to change (decision 28). */
export class PlainFields implements FieldSet {
  readonly record: Record<string, string>;

  constructor(fields: Readonly<Record<string, string>>) {
    this.record = { ...fields };
  }

  set(name: string, value: string): void {
    this.record[name] = value;
  }

  delete(name: string): void {
    // What is not there is most of it, and taking a member away makes every later look at the object slower.
    if (this.record[name] !== undefined) delete this.record[name];
  }
}

/**
 * Whether a field of the client's may have to change on its way. All others go on as they came.
 */
export function isSuspect(field: FieldName, value: string): boolean {
  return field.isSuspect || (!field.mayRepeat && value.includes(","));
}

/** What stands in the place of bytes that are no UTF-8: the text does not say any more what they were. */
const REPLACEMENT = "\uFFFD";

/**
 * Whether the text of a field says all of it, so that it can go on as text. The others have to stay where the runtime has
 * them.
 */
export function isPlain(field: FieldName, value: string): boolean {
  return field.isMember && !value.includes(REPLACEMENT);
}

/**
 * Makes the client's fields those that the origin gets, in place.
 *
 * What the client may not say goes first: hop-by-hop fields and those that Connection nominates (RFC 9110 §7.6.1), then
 * everything that could pass for the edge's own. The edge's fields are set last, so no nomination takes them away
 * (CVE-2024-45410, CVE-2022-31813). A field that came in several lines becomes one, so that the origin reads no other of
 * them than the edge did.
 *
 * @param fields the client's; those that are {@link isSuspect} may be missing in it
 * @param suspects the client's fields that are {@link isSuspect} (lower-case names, as Headers gives them)
 * @param cookie the client's Cookie field
 */
export function changeRequestFields(
  fields: FieldSet,
  suspects: Fields,
  cookie: string | undefined,
  context: RequestContext,
): void {
  let connection: string | undefined;
  for (const [name, value] of suspects) {
    if (name === "connection") connection = connection === undefined ? value : `${connection},${value}`;
    if (isRemoved(name, context.clientAddressHeader)) fields.delete(name);
    else fields.set(name, value);
  }
  if (cookie?.includes(OWN_COOKIE_PREFIX)) setOrDelete(fields, "cookie", withoutOwnCookies(cookie));
  if (connection !== undefined) {
    for (const name of nominatedNames(connection)) {
      if (!NEVER_NOMINATED.has(name)) fields.delete(name);
    }
  }
  setOwnFields(fields, context);
}

/** `websocket` when that is exactly what an Upgrade field asks for (RFC 6455 §4.2.1); no other protocol is tunnelled. */
export function upgradeOf(upgrade: string | null | undefined): "websocket" | undefined {
  return upgrade?.toLowerCase() === "websocket" ? "websocket" : undefined;
}

function isRemoved(name: string, trusted: string): boolean {
  if (!fieldName(name).isSuspect) return false;
  if (name.includes("_")) {
    const twin = name.replaceAll("_", "-");
    return twin === trusted || isRemovedName(twin) || DECIDES.test(twin);
  }
  // The platform's other fields (country, ray, visitor) are true only where the platform also gives the address.
  return isRemovedName(name) || !trusted.startsWith("cf-");
}

function setOwnFields(fields: FieldSet, context: RequestContext): void {
  const { clientAddress, clientAddressHeader, host } = context;
  setOrDelete(fields, clientAddressHeader, clientAddress);
  if (clientAddress !== undefined) fields.set("x-forwarded-for", clientAddress);
  fields.set("forwarded", forwardedValue(context));
  fields.set("x-forwarded-proto", context.scheme);
  const forwardable = forwardableHost(host);
  if (forwardable !== undefined) fields.set("x-forwarded-host", forwardable);
  fields.set("via", context.via);
  fields.set("cdn-loop", context.cdnLoop);
  fields.set("traceparent", context.traceparent);
  if (context.tracestate !== undefined) fields.set("tracestate", context.tracestate);
  if (context.upgrade !== undefined) {
    fields.set("connection", "Upgrade");
    fields.set("upgrade", context.upgrade);
  }
}

function setOrDelete(fields: FieldSet, name: string, value: string | undefined): void {
  if (value === undefined) fields.delete(name);
  else fields.set(name, value);
}
