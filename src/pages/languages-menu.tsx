/** The way to the page in another language, without a script. */
import { directionOf, type Language, WORDS } from "./languages.ts";
import type { Reader } from "./reader.ts";
import type { Words } from "./words/words.ts";

/** Where the edge keeps a reader's choice and sends the reader back. */
export const LANGUAGE_PATH = "/.tidegate/language";

const LANGUAGES = Object.keys(WORDS) as Language[];

interface Given {
  readonly reader: Reader;
  readonly essence: (words: Words) => readonly string[];
}

export function Languages({ reader, essence }: Given) {
  const { language, again } = reader;
  return (
    <details class="langs">
      <summary>
        <span lang={language}>{WORDS[language].name}</span>
        {language === "en" ? null : " · Language"}
      </summary>
      {again === "link" ? <Links reader={reader} /> : <Essences language={language} essence={essence} />}
    </details>
  );
}

/** The way back is told by the browser, to this very host only: nothing of the request stands in the page. */
function Links({ reader: { language } }: { reader: Reader }) {
  return (
    <nav aria-label={WORDS[language].languages}>
      <ul>
        {LANGUAGES.filter((other) => other !== language).map((other) => (
          <li>
            <a
              lang={other}
              hreflang={other}
              href={`${LANGUAGE_PATH}?to=${other}`}
              referrerpolicy="same-origin"
            >
              {WORDS[other].name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** What was submitted must not be asked for again for the sake of words: what matters is here in every language. */
function Essences({ language, essence }: { language: Language; essence: Given["essence"] }) {
  return (
    <>
      {LANGUAGES.filter((other) => other !== language).map((other) => (
        <details lang={other} dir={directionOf(other)}>
          <summary>{WORDS[other].name}</summary>
          {essence(WORDS[other]).map((sentence) => (
            <p>{sentence}</p>
          ))}
        </details>
      ))}
    </>
  );
}
