/** How the edge tells an origin who asked, for which host and by which scheme. */
import { isWellFormedHost } from "./path.ts";
import { rememberedTest } from "./remembered-name.ts";

/** The client's side of the request, from trusted sources only. */
export interface ClientSide {
  /** As `canonicalAddress` gives it; undefined when the trusted header held none. */
  readonly clientAddress?: string | undefined;
  /** The host that the client asked for, with its port. */
  readonly host: string;
  readonly scheme: string;
}

// RFC 9110 §5.6.2.
const isToken = rememberedTest(/^[\w!#$%&'*+\-.^`|~]+$/);

/**
 * The value of Forwarded (RFC 7239 §4): this hop alone. What came from outside is never continued, because nobody can
 * tell its true part from its invented part. IPv6 in brackets and quotes (§6), `unknown` (§6.2) without an address.
 */
export function forwardedValue({ clientAddress, host, scheme }: ClientSide): string {
  const node = forwardedNode(clientAddress);
  const forwardable = forwardableHost(host);
  if (forwardable === undefined) return `for=${node};proto=${scheme}`;
  return `for=${node};host=${isToken(host) ? host : `"${host}"`};proto=${scheme}`;
}

/** The host as it may be written into a field (X-Forwarded-Host), or undefined when it is malformed. */
export function forwardableHost(host: string): string | undefined {
  return isWellFormedHost(host) ? host : undefined;
}

function forwardedNode(address: string | undefined): string {
  if (address === undefined) return "unknown";
  return address.includes(":") ? `"[${address}]"` : address;
}
