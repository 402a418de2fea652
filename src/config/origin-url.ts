/** Decides which URLs may be an origin or a key set, and which mistake each other one is. */
import type { ProblemCode } from "./codes.ts";
import { normalizeHost } from "./hosts.ts";

export interface UrlMistake {
  code: ProblemCode;
  expected: string;
}

/** The parts of a well-formed origin URL that cross checks compare. */
export interface OriginAddress {
  secure: boolean;
  host: string;
  port: string;
}

const FORM = "https://host or https://host:port";

/** Taken apart by hand: the URL parser repairs what an operator should see (`https:\host`, blanks, an empty `?`). */
const PARTS = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#\\]*)([^?#]*)(\?[^#]*)?(#.*)?$/s;

/** The first mistake in an origin URL, or undefined. */
export function originUrlMistake(text: string): UrlMistake | undefined {
  const parts = PARTS.exec(text);
  if (parts === null || hasBlank(text)) return { code: "TG1406", expected: `a URL ${FORM}` };
  const [, scheme = "", authority = "", path = "", query, fragment] = parts;
  if (!isHttp(scheme)) return { code: "TG1407", expected: "a URL that begins with https:// or http://" };
  // A password may hold a slash that nobody encoded, so the `@` is looked for in the path too.
  if ((authority + path).includes("@")) {
    return { code: "TG1408", expected: `${FORM}, without user name and password` };
  }
  if (query !== undefined) return { code: "TG1409", expected: `${FORM}, without a query` };
  if (fragment !== undefined) return { code: "TG1410", expected: `${FORM}, without a fragment` };
  if (path !== "" && path !== "/") return { code: "TG1411", expected: `${FORM}, without a path` };
  return hasAddress(text) ? undefined : { code: "TG1406", expected: `a URL ${FORM}` };
}

/** The mistake in a key set's URL, or undefined; unlike an origin's it has a path and may have a query. */
export function jwksUrlMistake(text: string): UrlMistake | undefined {
  const parts = PARTS.exec(text);
  const expected = "a URL https://host/path without user name, password and fragment";
  if (parts === null || hasBlank(text) || !hasAddress(text)) return { code: "TG1903", expected };
  const [, scheme = "", authority = "", path = "", , fragment] = parts;
  const broken = !isHttp(scheme) || authority.includes("@") || fragment !== undefined || path.includes("\\");
  return broken ? { code: "TG1903", expected } : undefined;
}

/** The mistake in a webhook's URL, or undefined: the same form as a key set's. */
export function webhookUrlMistake(text: string): UrlMistake | undefined {
  return jwksUrlMistake(text) === undefined
    ? undefined
    : { code: "TG1905", expected: "a URL https://host/path without user name, password and fragment" };
}

/** Where a well-formed http(s) URL leads, for comparing; undefined for any other text. */
export function addressOf(text: string): OriginAddress | undefined {
  const url = parse(text);
  if (url === undefined || !isHttp(url.protocol.slice(0, -1))) return undefined;
  const secure = url.protocol === "https:";
  return { secure, host: normalizeHost(url.hostname), port: url.port || (secure ? "443" : "80") };
}

function isHttp(scheme: string): boolean {
  return /^https?$/i.test(scheme);
}

function hasBlank(text: string): boolean {
  return /[\s\p{Cc}]/u.test(text);
}

function hasAddress(text: string): boolean {
  const url = parse(text);
  return url !== undefined && url.hostname !== "" && normalizeHost(url.hostname) !== "" && url.port !== "0";
}

function parse(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
