/** Who a client is on the network: one spelling for each address, and the part of it that counts as one user. */

const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
// Four decimal octets without leading zeros: octal, hexadecimal and short forms mean different hosts to different
// parsers (RFC 6943 §3.1.1), so they are no address here.
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const GROUP = /^[0-9a-f]{1,4}$/i;
const PORT = /^\d{1,5}$/;
const MAX_PORT = 65_535;

/** The longest text of one address: six groups, a dotted quad, brackets and a port, with some space around. */
const MAX_ADDRESS_TEXT = 64;
const GROUPS = 8;
const GROUPS_OF_PREFIX = 4;

/**
 * The one spelling of an address, or undefined when the text is none: IPv4 as it is, IPv6 as RFC 5952 §4 writes it, with
 * or without brackets (RFC 4291 §2.2 forms). IPv4-mapped IPv6 is IPv4 (RFC 4291 §2.5.5.2), so that
 * `::ffff:1.2.3.4` and `1.2.3.4` are one client. A zone id means something on one machine only and is refused.
 */
export function canonicalAddress(text: string): string | undefined {
  if (IPV4.test(text)) return text;
  const groups = parseIpv6(withoutBrackets(text));
  if (groups === undefined) return undefined;
  return mappedIpv4(groups) ?? formatIpv6(groups);
}

/**
 * What an address counts as for limits: IPv4 itself; IPv6 by its /64, because one subscriber holds at least that much
 * (RFC 6177 §2) and could use a new address for each request. Takes what {@link canonicalAddress} gives.
 */
export function addressKey(address: string): string {
  if (!address.includes(":")) return address;
  const groups = parseIpv6(address);
  if (groups === undefined) return address;
  return `${formatIpv6(groups.fill(0, GROUPS_OF_PREFIX))}/64`;
}

/**
 * The client's address from the value of the one trusted header. Of a list the last element counts: the nearest proxy
 * appended it, what stands before came from outside. A port is taken off; anything that is no address is nobody's.
 */
export function clientAddress(headerValue: string | undefined): string | undefined {
  if (headerValue === undefined) return undefined;
  if (IPV4.test(headerValue)) return headerValue;
  const last = headerValue.slice(headerValue.lastIndexOf(",") + 1).trim();
  if (last.length > MAX_ADDRESS_TEXT) return undefined;
  const host = withoutPort(last);
  return host === undefined ? undefined : canonicalAddress(host);
}

function withoutPort(text: string): string | undefined {
  const colon = text.lastIndexOf(":");
  const hasPort = colon > 0 && (text[colon - 1] === "]" || text.indexOf(":") === colon);
  if (!hasPort) return text;
  const port = text.slice(colon + 1);
  return PORT.test(port) && Number(port) <= MAX_PORT ? text.slice(0, colon) : undefined;
}

function withoutBrackets(text: string): string {
  return text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
}

/** Eight 16-bit groups, or undefined. RFC 4291 §2.2: full, with one `::`, or ending in a dotted quad. */
function parseIpv6(text: string): number[] | undefined {
  if (text.length > MAX_ADDRESS_TEXT || !text.includes(":")) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [headText = "", tailText] = halves;
  const head = parseGroups(headText, tailText === undefined);
  if (tailText === undefined) return head?.length === GROUPS ? head : undefined;
  const tail = parseGroups(tailText, true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = GROUPS - head.length - tail.length;
  return missing < 1 ? undefined : [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (GROUP.test(part)) groups.push(Number.parseInt(part, 16));
    else if (mayEndInIpv4 && index === parts.length - 1 && IPV4.test(part)) groups.push(...pairsOf(part));
    else return undefined;
  }
  return groups;
}

function pairsOf(ipv4: string): [number, number] {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split(".").map(Number);
  return [a * 256 + b, c * 256 + d];
}

function mappedIpv4(groups: readonly number[]): string | undefined {
  const [a, b, c, d, e, mark, high = 0, low = 0] = groups;
  if (a !== 0 || b !== 0 || c !== 0 || d !== 0 || e !== 0 || mark !== 0xffff) return undefined;
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** RFC 5952 §4: no leading zeros, lower case, the first longest run of two or more zero groups as `::`. */
function formatIpv6(groups: readonly number[]): string {
  let runStart = 0;
  let runLength = 0;
  for (let start = 0; start < GROUPS; start++) {
    let end = start;
    while (end < GROUPS && groups[end] === 0) end++;
    if (end - start > runLength) [runStart, runLength] = [start, end - start];
    start = Math.max(start, end - 1);
  }
  const text = groups.map((group) => group.toString(16));
  if (runLength < 2) return text.join(":");
  return `${text.slice(0, runStart).join(":")}::${text.slice(runStart + runLength).join(":")}`;
}
