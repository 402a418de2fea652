/** The page of a request that waits in a room's line: the place, how long it takes, and that nothing was taken. */
import { html } from "hono/html";
import { estimateText } from "./estimate-text.ts";
import { type Language, WORDS } from "./languages.ts";
import { layout, type Markup, type Notice, type Page, withTime } from "./layout.ts";
import { POLL_SCRIPT } from "./poll-script.ts";
import { utcText } from "./utc-text.ts";
import type { WithCount, Words } from "./words/words.ts";

export interface QueuedPage {
  readonly standing: Place;
  readonly language: Language;
  /** How the reader asks again: by a link, or by submitting a form once more. */
  readonly again: "link" | "submit";
  readonly notices?: readonly Notice[];
  readonly nonce: string;
}

/** What of a ticket's standing the page tells. */
interface Place {
  readonly room: string;
  readonly state: "waiting" | "paused";
  /** Null before an event starts. */
  readonly position: number | null;
  readonly ahead: number | null;
  readonly startsAt?: string;
  readonly estimatedWaitSeconds: { readonly low: number; readonly high: number } | null;
  readonly pollAfterSeconds: number;
}

export function queuedPage({ standing, language, again, notices, nonce }: QueuedPage): Page {
  const { queued, nothingTaken, again: asking } = WORDS[language];
  return layout({
    language,
    title: queued.title,
    body: [
      place(standing, language),
      html`<p>${nothingTaken}</p>`,
      html`<p id="kept">${queued.kept}</p>`,
      html`<p id="news" role="status"></p>`,
      ...(again === "link" ? byLink(queued) : bySubmitting(queued, asking.back)),
      settings(standing, queued, again),
    ],
    script: POLL_SCRIPT,
    notices,
    nonce,
  });
}

/** The script shows one of the sentences about time, as here, and the place or when there will be one. */
function place(standing: Place, language: Language): Markup {
  const { state, position, ahead, estimatedWaitSeconds, startsAt } = standing;
  const { queued } = WORDS[language];
  const isPaused = state === "paused";
  const estimate =
    estimatedWaitSeconds === null
      ? ""
      : estimateText(estimatedWaitSeconds.low, estimatedWaitSeconds.high, language);
  const count = new Intl.NumberFormat(language);
  const isPlaced = position !== null && ahead !== null;
  const start = startsAt === undefined ? "" : utcText(Date.parse(startsAt), language);
  const number = (value: number | null) => (value === null ? "" : count.format(value));
  const hiddenUnless = (isShown: boolean) => (isShown ? "" : html` hidden`);
  return html`<div id="line" role="status">
<p id="placed"${hiddenUnless(isPlaced)}>${withCount(queued.position, html`<b id="position">${number(position)}</b>`)}</p>
<p id="before"${hiddenUnless(isPlaced)}>${withCount(queued.ahead, html`<b id="ahead">${number(ahead)}</b>`)}</p>
${start === "" ? "" : html`<p id="starts">${withTime(queued.starts, html`<b>${start}</b>`)}</p>`}
<p id="wait"${hiddenUnless(!isPaused && estimate !== "")}>${withTime(queued.wait, html`<b id="time">${estimate}</b>`)}</p>
<p id="unknown"${hiddenUnless(!isPaused && estimate === "" && start === "")}>${queued.unknown}</p>
<p id="paused"${hiddenUnless(isPaused)}>${queued.paused}</p>
</div>`;
}

/** The link names no address, so it leads to the page's own: nothing of the request stands in the page. */
function byLink({ next, check }: Words["queued"]): Markup[] {
  return [html`<p id="next" hidden>${next}</p>`, html`<p><a class="act" href="">${check}</a></p>`];
}

function bySubmitting({ submit }: Words["queued"], back: string): Markup[] {
  return [
    html`<p id="next">${submit}</p>`,
    html`<p><button id="back" class="act" type="button" hidden>${back}</button></p>`,
  ];
}

/** What the script has to know. */
function settings(
  { room, pollAfterSeconds }: Place,
  { turn, submitNow, stale, lostTitle, lost }: Words["queued"],
  again: QueuedPage["again"],
): Markup {
  const submit = again === "submit" ? html` data-submit="${submitNow}"` : "";
  return html`<div id="queue" data-room="${room}" data-poll="${pollAfterSeconds}" data-turn="${turn}" data-stale="${stale}" data-gone="${lostTitle}" data-lost="${lost}"${submit} hidden></div>`;
}

/** A sentence with its number, which is marked up. */
function withCount(sentence: WithCount, count: Markup): Markup {
  const at = sentence.indexOf("{count}");
  return html`${sentence.slice(0, at)}${count}${sentence.slice(at + "{count}".length)}`;
}
