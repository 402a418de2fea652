/** Finds out for whom a page is rendered: language, way to ask again, own address, and what operators say there. */
import type { Page } from "../config/load.ts";
import { PLAIN_SITE, type Reader } from "../pages/reader.ts";
import { type PageKind, siteFor } from "../pages/site.ts";
import { languagesOf, pageLanguage } from "./negotiate.ts";
import type { Visit } from "./visit.ts";

export type { PageKind } from "../pages/site.ts";

/** What of a visit a page needs; without a snapshot it is the edge's plain one. */
export type Reading = Pick<Visit, "request"> & { readonly snapshot?: { readonly page: Page } };

export function readerOf(
  { request, snapshot }: Reading,
  kind: PageKind,
  nonce: string,
  nowMs: number,
): Reader {
  const language = pageLanguage({ request });
  const page = snapshot?.page;
  const versionField = page?.app_version_header;
  return {
    language,
    // A link asks by GET: whatever else was asked, the reader has to submit anew.
    again: request.method === "GET" || request.method === "HEAD" ? "link" : "submit",
    site:
      page === undefined
        ? PLAIN_SITE
        : siteFor(page, {
            kind,
            wanted: [language, ...languagesOf({ request })],
            appVersion:
              versionField === undefined ? undefined : (request.headers.get(versionField) ?? undefined),
            nowMs,
          }),
    nonce,
  };
}
