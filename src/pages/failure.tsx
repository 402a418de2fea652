/** The pages of requests that got no answer: too busy, out of reach, too late, or a payment that nobody can tell of. */
import { BASE_SCRIPT, script } from "./base-script.ts";
import { type Language, WORDS } from "./languages.ts";
import { layout, type Page } from "./layout.tsx";
import { Difference, NothingTaken, Sentence, Time, WayOn } from "./parts.tsx";
import type { Reader } from "./reader.ts";
import type { Words } from "./words/words.ts";

export type Failure =
  /** Nothing was sent: too few origins can take it. */
  | "busy"
  /** No origin could be reached; what was asked may be asked again. */
  | "unreachable"
  /** No answer in time; what was asked may be asked again. */
  | "timeout"
  /** The edge itself failed, on what may be asked again. */
  | "error"
  /** It was sent, and must not be sent again. */
  | "outcome-unknown";

/** What support asks for. */
export interface Reference {
  /** The request's, by which the operators find its line in the log. */
  readonly id: string;
  readonly atMs: number;
}

export interface FailurePage {
  readonly failure: Failure;
  readonly reader: Reader;
  readonly reference: Reference;
}

const SCRIPT = script(BASE_SCRIPT, "offerBack();\n");

export function failurePage({ failure, reader, reference }: FailurePage): Page {
  return failure === "outcome-unknown"
    ? unknownPage(reader, reference)
    : againPage(failure, reader, reference);
}

function againPage(failure: Exclude<Failure, "outcome-unknown">, reader: Reader, reference: Reference): Page {
  const { language } = reader;
  const [title, why] = wordsOf(failure, WORDS[language]);
  return layout({
    reader,
    title,
    essence: (other) => wordsOf(failure, other),
    body: (
      <>
        <section class="card">
          <h1>{title}</h1>
          <p>{why}</p>
          <WayOn reader={reader} />
          <Reference of={reference} language={language} />
        </section>
        {failure === "busy" ? <NotSent language={language} /> : null}
      </>
    ),
    script: SCRIPT,
  });
}

function wordsOf(failure: Exclude<Failure, "outcome-unknown">, { failure: words }: Words) {
  switch (failure) {
    case "busy":
      return [words.busyTitle, words.busy] as const;
    case "unreachable":
      return [words.downTitle, words.down] as const;
    case "timeout":
      return [words.lateTitle, words.late] as const;
    case "error":
      return [words.errorTitle, words.error] as const;
  }
}

/** Only where nothing was sent: elsewhere these words would be read as this page's own. */
function NotSent({ language }: { language: Language }) {
  return (
    <>
      <NothingTaken language={language} />
      <section class="card">
        <Difference language={language} />
      </section>
    </>
  );
}

/** Neither a button to try again nor one to go back: both would lead to paying twice. */
function unknownPage(reader: Reader, reference: Reference): Page {
  const { failure } = WORDS[reader.language];
  return layout({
    reader,
    title: failure.unknownTitle,
    essence: ({ failure }) => [failure.unknownTitle, failure.unknown, failure.look, failure.ask],
    body: (
      <section class="card warn">
        <h1>{failure.unknownTitle}</h1>
        <p>{failure.unknown}</p>
        <ol class="steps">
          <li>{failure.stay}</li>
          <li>{failure.look}</li>
          <li>{failure.ask}</li>
        </ol>
        <div class="acts">
          <a class="act main" href={reader.site.accountPath}>
            {failure.account}
          </a>
        </div>
        <Reference of={reference} language={reader.language} />
      </section>
    ),
    script: SCRIPT,
  });
}

function Reference({ of: { id, atMs }, language }: { of: Reference; language: Language }) {
  return (
    <p class="soft">
      <Time atMs={atMs} language={language} />
      <br />
      <Sentence of={WORDS[language].failure.reference}>
        <bdi>{id}</bdi>
      </Sentence>
    </p>
  );
}
