/** Parts that pages share: a sentence with its value, a time, the word that nothing was taken. */
import type { Child } from "hono/jsx";
import { type Language, WORDS } from "./languages.ts";
import type { Reader } from "./reader.ts";

/** Names no address, so it leads to the page's own: nothing of the request stands in the link. */
export const HERE = "";

/** A sentence with `{time}`, `{count}` or `{id}`, and what stands there. */
export function Sentence({ of, children }: { of: string; children?: Child }) {
  const [before = "", after = ""] = of.split(/\{(?:time|count|id)\}/);
  return (
    <>
      {before}
      {children}
      {after}
    </>
  );
}

/** The edge does not know the reader's zone, so UTC is written with its name; a script tells it by the reader's clock. */
export function Time({ atMs, language }: { atMs: number; language: Language }) {
  return <time datetime={new Date(atMs).toISOString()}>{utcText(atMs, language)}</time>;
}

function utcText(atMs: number, language: Language): string {
  const form: Intl.DateTimeFormatOptions = { dateStyle: "long", timeStyle: "short", timeZone: "UTC" };
  return `${new Intl.DateTimeFormat(language, form).format(atMs)} UTC`;
}

export function NothingTaken({ language }: { language: Language }) {
  const { notTaken, nothingTaken } = WORDS[language];
  return (
    <section class="card calm mark">
      <Shield />
      <div>
        <h2>{notTaken}</h2>
        <p>{nothingTaken}</p>
      </div>
    </section>
  );
}

function Shield() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" aria-hidden="true">
      <path d="M12 3l7 3v5c0 4.6-3 8.2-7 10-4-1.8-7-5.4-7-10V6z" />
      <path d="M9 12l2.2 2.2L15.5 10" />
    </svg>
  );
}

/** How “system busy” differs from “transaction failed”. */
export function Difference({ language }: { language: Language }) {
  const { difference } = WORDS[language];
  return (
    <details>
      <summary>{difference.title}</summary>
      <p>{difference.busy}</p>
      <p>{difference.failed}</p>
    </details>
  );
}

/** The way on: a link that asks again, or, for whoever submitted something, the way back to the form. */
export function WayOn({ id, label, reader }: { id?: string; label?: string; reader: Reader }) {
  const { link, back } = WORDS[reader.language].again;
  return (
    <div class="acts">
      {reader.again === "link" ? (
        <a id={id} class="act main" href={HERE}>
          {label ?? link}
        </a>
      ) : (
        // Only a script can go back; words say it without one.
        <button id="back" class="act main" type="button" hidden>
          {back}
        </button>
      )}
    </div>
  );
}
