/** Is it me or the bank? Without a script only what is certain: the page has arrived, and others wait too. */
import { type Language, WORDS } from "./languages.ts";

export function Help({ language, waiting }: { language: Language; waiting: number | undefined }) {
  const { help } = WORDS[language];
  const count = new Intl.NumberFormat(language);
  return (
    <details id="help" open>
      <summary>{help.title}</summary>
      <p id="net" class="dot">
        <span>{help.loaded}</span>
      </p>
      <p id="busy">
        {waiting === undefined || waiting === 0
          ? help.busy
          : help.busyCount.replace("{count}", count.format(waiting))}
      </p>
    </details>
  );
}
