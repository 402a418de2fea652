/** The page that people see while the whole wallet is in maintenance: the truth, the end, and what still works. */
import { BASE_SCRIPT, script } from "./base-script.ts";
import { WORDS } from "./languages.ts";
import { layout, OwnWords, type Page } from "./layout.tsx";
import { NothingTaken, Sentence, Time, WayOn } from "./parts.tsx";
import type { Reader, Said } from "./reader.ts";

export interface MaintenancePage {
  readonly reader: Reader;
  /** The operators' words, in a language of theirs; undefined when they left none. */
  readonly message: Said | undefined;
  /** What can be used meanwhile, by the operators' word. */
  readonly works: Said | undefined;
  /** Epoch milliseconds; undefined when the end is not known. */
  readonly endsAtMs: number | undefined;
}

/** Says when the time is over; it looks at the clock, since timers stop while a device sleeps. */
const SCRIPT = script(
  BASE_SCRIPT,
  `const over = part("over"), end = document.querySelector("time");
offerBack();
function look() {
  if (!end || Date.parse(end.dateTime) > Date.now()) return;
  set(over, over.dataset.text);
  clearInterval(looking);
}
const looking = setInterval(look, 5000);
document.addEventListener("visibilitychange", look);
look();
`,
);

export function maintenancePage({ reader, message, works, endsAtMs }: MaintenancePage): Page {
  const { language } = reader;
  const { maintenance } = WORDS[language];
  return layout({
    reader,
    title: maintenance.title,
    essence: (other) => [other.maintenance.title, other.notTaken, other.nothingTaken],
    body: (
      <>
        <section class="card">
          <h1>{maintenance.title}</h1>
          {message === undefined ? null : <OwnWords said={message} />}
          <p>
            {endsAtMs === undefined ? (
              maintenance.unknownEnd
            ) : (
              <Sentence of={maintenance.until}>
                <Time atMs={endsAtMs} language={language} />
              </Sentence>
            )}
          </p>
          <p id="over" role="status" data-text={maintenance.over} />
          <WayOn reader={reader} />
        </section>
        <NothingTaken language={language} />
        {works === undefined ? null : (
          <section class="card">
            <h2>{maintenance.worksTitle}</h2>
            <OwnWords said={works} />
          </section>
        )}
      </>
    ),
    script: SCRIPT,
  });
}
