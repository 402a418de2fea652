/** The page that people see when a limit holds a request back: what happened, how long to wait, and the way on. */
import { BASE_SCRIPT, script } from "./base-script.ts";
import { COUNTDOWN_SCRIPT } from "./countdown-script.ts";
import { durationText } from "./duration-text.ts";
import { WORDS } from "./languages.ts";
import { layout, type Page } from "./layout.tsx";
import { Difference, NothingTaken, Sentence, WayOn } from "./parts.tsx";
import type { Reader } from "./reader.ts";
import type { Words } from "./words/words.ts";

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
  readonly reader: Reader;
}

const SCRIPT = script(BASE_SCRIPT, COUNTDOWN_SCRIPT);

export function heldBackPage({ held, reader }: HeldBackPage): Page {
  const { language } = reader;
  const { title, why } = reason(held, WORDS[language]);
  return layout({
    reader,
    title,
    essence: (other) => {
      const { title, why } = reason(held, other);
      return [
        title,
        why,
        other.notTaken,
        other.nothingTaken,
        ...(held.kind === "used-up" ? [] : [other.again.submit]),
      ];
    },
    body: (
      <>
        <section class="card">
          <h1>{title}</h1>
          <p>{why}</p>
          {held.kind === "used-up" ? null : <Wait seconds={held.seconds} reader={reader} />}
        </section>
        <NothingTaken language={language} />
        <section class="card">
          <Difference language={language} />
        </section>
      </>
    ),
    script: held.kind === "used-up" ? undefined : SCRIPT,
  });
}

function reason(held: HeldBack, { limited, limiterDown, usedUp }: Words): { title: string; why: string } {
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
 * (`status`).
 */
function Wait({ seconds, reader }: { seconds: number; reader: Reader }) {
  const { language, again } = reader;
  const { again: words } = WORDS[language];
  return (
    <>
      <p id="wait">
        <Sentence of={words.wait}>
          <span id="timer" role="timer" data-seconds={seconds}>
            {durationText(seconds, language)}
          </span>
        </Sentence>
      </p>
      <p id="now" role="status" data-text={words.now} />
      {again === "submit" ? <p>{words.submit}</p> : null}
      <WayOn id="again" reader={reader} />
    </>
  );
}
