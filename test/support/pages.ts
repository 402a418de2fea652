/** Readers, for tests of pages. */
import { type Language, WORDS } from "../../src/pages/languages.ts";
import { PLAIN_SITE, type Reader } from "../../src/pages/reader.ts";

export const LANGUAGES = Object.keys(WORDS) as Language[];
export const NONCE = "0123456789abcdef0123456789abcdef";

export function reader(change: Partial<Reader> = {}): Reader {
  return { language: "en", again: "link", site: PLAIN_SITE, nonce: NONCE, ...change };
}

/** As a page shows it to whoever reads its source. */
export function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
