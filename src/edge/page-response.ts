/** Renders a page as an answer: what it may load, who may frame it, and that nobody may keep it. Decides nothing. */
import { announcementsAt } from "../config/announcements.ts";
import type { Notice, Page } from "../pages/layout.ts";
import { messageFor } from "./message-for.ts";
import { languagesOf, NEGOTIATED_VARY } from "./negotiate.ts";
import { randomHex } from "./random.ts";
import type { Visit } from "./visit.ts";

/** Answers to requests that no snapshot is known for have no announcements. */
type PageVisit = Pick<Visit, "request"> & { readonly snapshot?: Pick<Visit["snapshot"], "announcements"> };

export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly render: (nonce: string, notices: readonly Notice[]) => Page;
}

export function pageResponse(visit: PageVisit, answer: PageAnswer): Response {
  const { request } = visit;
  const nonce = randomHex(16);
  const page = answer.render(nonce, noticesFor(visit));
  return new Response(request.method === "HEAD" ? null : page.html, {
    status: answer.status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-language": page.language,
      // A page about one moment must not be served to another.
      "cache-control": "no-store",
      "content-security-policy": policyOf(page, nonce),
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      vary: NEGOTIATED_VARY,
      ...answer.headers,
    },
  });
}

/** What operators tell users now, each in the reader's language as far as there is one. */
function noticesFor(visit: PageVisit): Notice[] {
  const current = announcementsAt(visit.snapshot?.announcements ?? [], Date.now());
  return current.flatMap(({ text }) => messageFor(text, languagesOf(visit)) ?? []);
}

/** The page's own style and script and nothing else; no form, no frame around it (OWASP ASVS 3.4.3). */
function policyOf({ hasScript }: Page, nonce: string): string {
  const script = hasScript ? ` script-src 'nonce-${nonce}';` : "";
  return `default-src 'none'; style-src 'nonce-${nonce}';${script} base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}
