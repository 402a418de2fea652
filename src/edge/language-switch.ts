/** Keeps the language that a reader chose on a page, and sends the reader back to where it was chosen. */
import { isLanguage } from "../pages/languages.ts";
import { LANGUAGE_PATH } from "../pages/languages-menu.tsx";
import { returnPath } from "../policy/return-path.ts";
import { LANGUAGE_COOKIE } from "./negotiate.ts";
import type { Visit } from "./visit.ts";

/** A year: as long as a browser's own setting would hold. */
const MAX_AGE_SECONDS = 31_536_000;

/**
 * Undefined for every other path. A GET, so that it works without a script; all it can change is the language, and a page
 * of another site does not even change that: `Sec-Fetch-Site` tells it, in every browser since 2023.
 */
export function switchLanguage({ request, path }: Pick<Visit, "request" | "path">): Response | undefined {
  if (path !== LANGUAGE_PATH || (request.method !== "GET" && request.method !== "HEAD")) return undefined;
  const to = new URL(request.url).searchParams.get("to");
  const isForeign = request.headers.get("sec-fetch-site") === "cross-site";
  const headers = new Headers({
    // Relative to this host, whatever stands before the edge.
    location: pathOf(request),
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
  });
  if (isLanguage(to) && !isForeign) {
    headers.append(
      "set-cookie",
      `${LANGUAGE_COOKIE}=${to}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${MAX_AGE_SECONDS}`,
    );
  }
  return new Response(null, { status: 303, headers });
}

/** The page that the link stood on, if it is one of this host; the scheme may be another before the edge. */
function pathOf(request: Request): string {
  const referrer = request.headers.get("referer") ?? "";
  if (!URL.canParse(referrer)) return "/";
  const { host, pathname, search } = new URL(referrer);
  return host === new URL(request.url).host ? returnPath(pathname + search) : "/";
}
