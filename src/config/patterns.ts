/** Decides which host, path and method patterns a route may have, and which mistake each other one is. */
import type { ProblemCode } from "./codes.ts";
import { normalizeHost } from "./hosts.ts";

export interface PatternMistake {
  code: ProblemCode;
  expected: string;
}

const MAX_PATH_LENGTH = 1_024;
const MAX_SEGMENTS = 64;
/** `pchar` of RFC 3986 §3.3 without parentheses, which other routers read as groups; `%` is checked apart. */
const PATH_CHARACTERS = /^[A-Za-z0-9\-._~!$&'*+,;=:@%/]*$/;
const UNRESERVED = /^[A-Za-z0-9\-._~]$/;
const PARAMETER = /^:[A-Za-z_][A-Za-z0-9_]{0,31}$/;
const HOST_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * The first mistake in a path pattern, or undefined. Patterns are compared with normalised paths, so whatever
 * normalisation removes (dot segments, `//`, needless percent-encoding) could never match and is refused.
 */
export function pathPatternMistake(pattern: string): PatternMistake | undefined {
  if (!pattern.startsWith("/")) return { code: "TG1507", expected: "a path that begins with /" };
  const segments = pattern.slice(1).split("/");
  if (pattern.length > MAX_PATH_LENGTH || segments.length > MAX_SEGMENTS) {
    const expected = `a path of at most ${MAX_PATH_LENGTH} characters and ${MAX_SEGMENTS} segments`;
    return { code: "TG1306", expected };
  }
  if (!PATH_CHARACTERS.test(pattern)) {
    const expected = "letters, digits and - . _ ~ ! $ & ' + , ; = @ only; others percent-encoded";
    return { code: "TG1508", expected };
  }
  return (
    emptySegmentMistake(segments) ??
    reservedMistake(segments) ??
    segments.map(segmentMistake).find((mistake) => mistake !== undefined) ??
    repeatedParameterMistake(segments)
  );
}

function emptySegmentMistake(segments: readonly string[]): PatternMistake | undefined {
  const inside = segments.slice(0, -1);
  return inside.includes("") ? { code: "TG1509", expected: "single slashes" } : undefined;
}

function reservedMistake(segments: readonly string[]): PatternMistake | undefined {
  return segments[0] === ".tidegate"
    ? { code: "TG1510", expected: "a path outside /.tidegate/, which the edge itself answers" }
    : undefined;
}

function segmentMistake(segment: string): PatternMistake | undefined {
  if (segment === "." || segment === "..") return { code: "TG1511", expected: "no segment . or .." };
  if (segment === "*") return undefined;
  if (segment.startsWith(":")) {
    return PARAMETER.test(segment)
      ? undefined
      : {
          code: "TG1513",
          expected: "a parameter :name of 1 to 32 letters, digits and _ as the whole segment",
        };
  }
  if (/[*:]/.test(segment)) {
    return { code: "TG1512", expected: "* or :name as a whole segment, or literal text without * and :" };
  }
  return encodingMistake(segment);
}

/** RFC 3986 §6.2.2: capital hex digits, and no encoding of what needs none. */
function encodingMistake(segment: string): PatternMistake | undefined {
  for (const [triplet, hex] of segment.matchAll(/%(.{0,2})/g)) {
    if (hex === undefined || !/^[0-9A-Fa-f]{2}$/.test(hex)) {
      return { code: "TG1514", expected: "% followed by two hexadecimal digits" };
    }
    const byte = Number.parseInt(hex, 16);
    const character = String.fromCharCode(byte);
    if (byte < 0x20 || byte === 0x7f || character === "/" || character === "\\") {
      return { code: "TG1514", expected: `no ${triplet}: such requests are answered 400` };
    }
    if (UNRESERVED.test(character)) return { code: "TG1514", expected: `${character} instead of ${triplet}` };
    if (hex !== hex.toUpperCase()) {
      return { code: "TG1514", expected: `${triplet.toUpperCase()} instead of ${triplet}` };
    }
  }
  return undefined;
}

function repeatedParameterMistake(segments: readonly string[]): PatternMistake | undefined {
  const parameters = segments.filter((segment) => segment.startsWith(":"));
  return new Set(parameters).size === parameters.length
    ? undefined
    : { code: "TG1515", expected: "each parameter name once" };
}

/** The mistake in a host pattern, or undefined. */
export function hostPatternMistake(pattern: string): PatternMistake | undefined {
  const expected =
    'a host such as "wallet.example" or "*.wallet.example", without scheme, port and path (international names as xn--…)';
  const host = normalizeHost(pattern);
  if (/^\[[0-9a-f:.]{2,45}\]$/.test(host)) return undefined;
  const labels = (host.startsWith("*.") ? host.slice(2) : host).split(".");
  const good = host.length <= 253 && labels.every((label) => HOST_LABEL.test(label));
  return good ? undefined : { code: "TG1516", expected };
}

/** The mistake in a method, or undefined. Methods are case-sensitive (RFC 9110 §9.1): `get` would match nothing. */
export function methodMistake(method: string): PatternMistake | undefined {
  if (!/^[A-Z][A-Z0-9-]{0,31}$/.test(method)) {
    return { code: "TG1517", expected: 'a method in capital letters, such as "GET" or "POST"' };
  }
  return method === "TRACE" || method === "CONNECT"
    ? { code: "TG1518", expected: "a method that the edge forwards; TRACE and CONNECT are answered 405" }
    : undefined;
}
