/** The page that people see when a limit holds a request back: what happened, how long to wait, and the way on. */
import { html } from "hono/html";
import { COUNTDOWN_SCRIPT } from "./countdown-script.ts";
import { durationText } from "./duration-text.ts";
import { type Language, WORDS } from "./languages.ts";
import { layout, type Markup, type Notice, type Page, withTime } from "./layout.ts";

/** Whose requests a limit counts: the reader's, or those of everybody together. */
export type Whose = "caller" | "everybody";

/** Why a request was held back, and the seconds until it may come again. */
export type HeldBack =
  | { readonly kind: "limited"; readonly whose: Whose; readonly seconds: number }
  /** The limit never fills again. */
  | { readonly kind: "used-up" }
  /** Nobody can tell whether the limit is used up. */
  | { readonly kind: "limiter-down"; readonly seconds: number };

export interface HeldBackPage {
  readonly held: HeldBack;
  readonly language: Language;
  /** How the reader asks again: by a link, or by submitting a form once more. */
  readonly again: "link" | "submit";
  readonly notices?: readonly Notice[];
  readonly nonce: string;
}

export function heldBackPage({ held, language, again, notices, nonce }: HeldBackPage): Page {
  const { title, why } = reason(held, language);
  return layout({
    language,
    title,
    body: [
      html`<p>${why}</p>`,
      html`<p>${WORDS[language].nothingTaken}</p>`,
      ...(held.kind === "used-up" ? [] : wayOn(language, held.seconds, again)),
    ],
    script: held.kind === "used-up" ? undefined : COUNTDOWN_SCRIPT,
    notices,
    nonce,
  });
}

function reason(held: HeldBack, language: Language): { title: string; why: string } {
  const { limited, limiterDown, usedUp } = WORDS[language];
  switch (held.kind) {
    case "used-up":
      return usedUp;
    case "limiter-down":
      return limiterDown;
    case "limited": {
      const why = held.whose === "everybody" ? limited.whyEverybody : limited.whyCaller;
      return { title: limited.title, why };
    }
  }
}

/**
 * The time with its count-down, which screen readers are not told of each second (`timer`), and its end, which they are
 * (`status`). The link names no address, so it leads to the page's own: nothing of the request stands in the page.
 */
function wayOn(language: Language, seconds: number, again: HeldBackPage["again"]): Markup[] {
  const { again: words } = WORDS[language];
  const timer = html`<span id="timer" role="timer" data-seconds="${seconds}">${durationText(seconds, language)}</span>`;
  const times = [
    html`<p id="wait">${withTime(words.wait, timer)}</p>`,
    html`<p id="now" role="status" data-text="${words.now}"></p>`,
  ];
  if (again === "link") return [...times, html`<p><a id="again" class="act" href="">${words.link}</a></p>`];
  return [
    ...times,
    html`<p>${words.submit}</p>`,
    html`<p><button id="back" class="act" type="button" hidden>${words.back}</button></p>`,
  ];
}
