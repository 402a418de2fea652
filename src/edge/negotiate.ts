/** Decides from the request's Accept fields whether the edge's own answer is a page, and in which language. */
import { parseAccept } from "hono/utils/accept";
import { chooseLanguage, isLanguage, type Language } from "../pages/languages.ts";
import { cookieValue } from "../policy/cookie.ts";
import { OWN_COOKIE_PREFIX } from "../policy/own-cookies.ts";
import type { Visit } from "./visit.ts";

/** What an answer that was negotiated here varies by. */
export const NEGOTIATED_VARY = "Accept, Accept-Language";

/** Holds the language that a reader has chosen on a page. */
export const LANGUAGE_COOKIE = `${OWN_COOKIE_PREFIX}lang`;

/** A browser names HTML; a program that takes anything gets what programs read. */
export function wantsPage({ request }: Pick<Visit, "request">): boolean {
  const accepted = parseAccept(request.headers.get("accept") ?? "");
  const qualityOf = (...types: string[]) =>
    Math.max(0, ...accepted.filter(({ type }) => types.includes(type.toLowerCase())).map(({ q }) => q));
  const quality = qualityOf("text/html", "application/xhtml+xml");
  return quality > 0 && quality >= qualityOf("application/json", "application/problem+json");
}

/** Whether the client reads gzip (RFC 9110 §12.5.3). On Cloudflare every client does: it unpacks for those that do not. */
export function takesGzip({ request }: Pick<Visit, "request">): boolean {
  const accepted = parseAccept(request.headers.get("accept-encoding") ?? "");
  const told = (name: string) => accepted.find(({ type }) => type.toLowerCase() === name);
  return ((told("gzip") ?? told("*"))?.q ?? 0) > 0;
}

/** The reader's languages, the most wanted first; `*` among them stands for any. */
export function languagesOf({ request }: Pick<Visit, "request">): string[] {
  return parseAccept(request.headers.get("accept-language") ?? "")
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
    .map(({ type }) => type);
}

/** The language of the page that the reader gets: the one chosen on a page, else the browser's. */
export function pageLanguage({ request }: Pick<Visit, "request">): Language {
  const chosen = cookieValue(request.headers.get("cookie") ?? undefined, LANGUAGE_COOKIE);
  return isLanguage(chosen) ? chosen : chooseLanguage(languagesOf({ request }));
}
