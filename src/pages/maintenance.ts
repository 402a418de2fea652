/** The page that people see while the whole wallet is in maintenance: the truth, the end, and nothing to click. */
import { html } from "hono/html";
import { type Language, WORDS } from "./languages.ts";
import { layout, type Notice, type Page, withTime } from "./layout.ts";
import { utcText } from "./utc-text.ts";

export interface MaintenancePage {
  readonly language: Language;
  /** The operators' words, in a language of theirs; undefined when they left none. */
  readonly message: { readonly language: string; readonly text: string } | undefined;
  /** Epoch milliseconds; undefined when the end is not known. */
  readonly endsAtMs: number | undefined;
  readonly notices?: readonly Notice[];
  readonly nonce: string;
}

export function maintenancePage({ language, message, endsAtMs, notices, nonce }: MaintenancePage): Page {
  const { maintenance, nothingTaken } = WORDS[language];
  const end =
    endsAtMs === undefined
      ? html`${maintenance.unknownEnd}`
      : withTime(
          maintenance.until,
          html`<time datetime="${new Date(endsAtMs).toISOString()}">${utcText(endsAtMs, language)}</time>`,
        );
  return layout({
    language,
    title: maintenance.title,
    body: [
      ...(message === undefined ? [] : [html`<p lang="${message.language}" dir="auto">${message.text}</p>`]),
      html`<p>${end}</p>`,
      html`<p>${nothingTaken}</p>`,
    ],
    script: undefined,
    notices,
    nonce,
  });
}
