/** Renders a page as an answer: what it may load, who may frame it, and that nobody may keep it. Decides nothing. */
import type { Page } from "../pages/layout.tsx";
import type { Reader } from "../pages/reader.ts";
import { NEGOTIATED_VARY, takesGzip } from "./negotiate.ts";
import { randomHex } from "./random.ts";
import { type PageKind, type Reading, readerOf } from "./reader.ts";

export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly kind: PageKind;
  readonly render: (reader: Reader) => Page;
}

export function pageResponse(visit: Reading, { status, headers, kind, render }: PageAnswer): Response {
  const nonce = randomHex(16);
  const page = render(readerOf(visit, kind, nonce, Date.now()));
  const isHead = visit.request.method === "HEAD";
  return new Response(isHead ? null : page.html, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-language": page.language,
      // A page about one moment must not be served to another.
      "cache-control": "no-store",
      "content-security-policy": policyOf(page, nonce),
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      // The runtime packs what says so. Cloudflare would pack 200, 403 and 404 alone, and most of these are none of them.
      ...(isHead || !takesGzip(visit) ? {} : { "content-encoding": "gzip" }),
      ...headers,
      vary: `${NEGOTIATED_VARY}, Accept-Encoding, Cookie`,
    },
  });
}

/** The page's own style and script, and what else it has, and nothing more; no frame around it (OWASP ASVS 3.4.3). */
function policyOf(page: Page, nonce: string): string {
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    ...(page.hasScript ? [`script-src 'nonce-${nonce}'`] : []),
    ...(page.polls ? ["connect-src 'self'"] : []),
    "img-src data:",
    "base-uri 'none'",
    `form-action ${page.hasForm ? "'self'" : "'none'"}`,
    "frame-ancestors 'none'",
  ].join("; ");
}
