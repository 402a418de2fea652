/** The frame of every page that people see: language, direction, one style, and at most one script. */
import { html, raw } from "hono/html";
import { directionOf, type Language } from "./languages.ts";
import type { WithTime } from "./words/words.ts";

export interface Page {
  readonly html: string;
  readonly language: Language;
  readonly hasScript: boolean;
}

/** Something that hono/html made, so that it is escaped already. */
export type Markup = ReturnType<typeof html>;

/** What operators tell users for a time, in a language of theirs. */
export interface Notice {
  readonly language: string;
  readonly text: string;
}

export interface Frame {
  readonly language: Language;
  readonly title: string;
  readonly body: readonly Markup[];
  /** Shown below the page's own words. */
  readonly notices?: readonly Notice[] | undefined;
  /** Source without `</script`; undefined: the page needs none. */
  readonly script: string | undefined;
  /** Allows the page's own style and script and nothing else. */
  readonly nonce: string;
}

// Nothing moves, so there is nothing to stop for readers who want less motion.
const STYLE = `:root{color-scheme:light dark;--ink:#1b1b1f;--paper:#fff;--quiet:#5a5d66;--dim:#e6e7eb;--act:#0b57d0;--on-act:#fff;font:1.125rem/1.6 system-ui,sans-serif}
@media(prefers-color-scheme:dark){:root{--ink:#e6e6ea;--paper:#131316;--quiet:#a4a7b0;--dim:#2a2b30;--act:#a8c7fa;--on-act:#062e6f}}
body{max-width:32rem;margin:0 auto;padding:12vh 1.25rem 2rem;color:var(--ink);background:var(--paper);overflow-wrap:break-word}:lang(ko){word-break:keep-all}
h1{font-size:1.5rem;line-height:1.35;margin:0 0 1rem;text-wrap:balance}p{margin:.75rem 0}
[role=timer]{white-space:nowrap}time,[role=timer]{font-weight:600;font-variant-numeric:tabular-nums}
.act{display:inline-block;box-sizing:border-box;min-height:3rem;margin-top:1rem;padding:.6rem 1.5rem;border:1px solid var(--act);border-radius:.75rem;background:var(--act);color:var(--on-act);font:inherit;font-weight:600;text-decoration:none;cursor:pointer}
.act[aria-disabled=true]{background:var(--dim);border-color:transparent;color:var(--quiet);cursor:default}
.act:focus-visible{outline:3px solid var(--ink);outline-offset:2px}[hidden]{display:none}`;

export function layout({ language, title, body, notices = [], script, nonce }: Frame): Page {
  const markup = html`<!doctype html>
<html lang="${language}"${directionOf(language) === "rtl" ? raw(' dir="rtl"') : ""}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title}</title>
<style nonce="${nonce}">${raw(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body.map((part) => html`${part}\n`)}${notices.map(noticeMarkup)}</main>
${script === undefined ? "" : html`<script nonce="${nonce}">${raw(script)}</script>\n`}</body>
</html>
`;
  return { html: String(markup), language, hasScript: script !== undefined };
}

function noticeMarkup({ language, text }: Notice): Markup {
  return html`<p role="note" lang="${language}" dir="auto">${text}</p>\n`;
}

/** A sentence with its time, which is marked up. */
export function withTime(sentence: WithTime, time: Markup): Markup {
  const at = sentence.indexOf("{time}");
  return html`${sentence.slice(0, at)}${time}${sentence.slice(at + "{time}".length)}`;
}
