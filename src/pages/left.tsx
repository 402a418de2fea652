/** The page of somebody who has left a line: that the place is given up, and the way on. */
import { WORDS } from "./languages.ts";
import { layout, type Page } from "./layout.tsx";
import { NothingTaken } from "./parts.tsx";
import type { Reader } from "./reader.ts";

export function leftPage(reader: Reader): Page {
  const { leave, links } = WORDS[reader.language];
  return layout({
    reader,
    title: leave.doneTitle,
    essence: (other) => [other.leave.doneTitle, other.leave.done],
    body: (
      <>
        <section class="card">
          <h1>{leave.doneTitle}</h1>
          <p>{leave.done}</p>
          <div class="acts">
            <a class="act main" href="/">
              {links.home}
            </a>
          </div>
        </section>
        <NothingTaken language={reader.language} />
      </>
    ),
  });
}
