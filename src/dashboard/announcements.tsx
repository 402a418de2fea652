/** Announcements: what users are shown now or will be, and a form for one more. */
import { useState } from "hono/jsx/dom";
import type { Status } from "./api.ts";
import { type Act, ChangeButton, ChangeDialog } from "./change-dialog.tsx";
import { field, LANGUAGES, localInput } from "./fields.ts";
import { dateTime } from "./words.ts";

export function Announcements({ status, act }: { status: Status; act: Act }) {
  return (
    <section id="announcements" aria-labelledby="announcements-title">
      <div class="bar">
        <h2 id="announcements-title">Announcements</h2>
        {act.mayWrite && (
          <button type="button" onClick={() => act.open(<AnnounceDialog act={act} />)}>
            Announce…
          </button>
        )}
      </div>
      {status.announcements.length === 0 && <p class="quiet">None.</p>}
      <ul class="rows">
        {status.announcements.map(({ id, text, startMs, endMs }) => (
          <li key={id}>
            <span>
              {Object.entries(text).map(([language, said]) => (
                <p key={language} lang={language}>
                  <b>{language}</b> {said}
                </p>
              ))}
              <span class="quiet">
                {dateTime(startMs)} – {dateTime(endMs)}
              </span>
            </span>
            <ChangeButton
              act={act}
              label="Cancel…"
              title={`Cancel announcement ${id}`}
              edit={{ kind: "announce-cancel", id }}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

const HOUR_MS = 3_600_000;
function AnnounceDialog({ act }: { act: Act }) {
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [start, setStart] = useState(localInput(Date.now()));
  const [end, setEnd] = useState(localInput(Date.now() + 2 * HOUR_MS));
  const [startMs, endMs] = [new Date(start).getTime(), new Date(end).getTime()];
  const text = Object.fromEntries(Object.entries(texts).filter(([, said]) => said.trim() !== ""));
  const isFilled = Object.keys(text).length > 0 && endMs > startMs;
  return (
    <ChangeDialog
      act={act}
      title="Announce to users"
      edit={isFilled ? { kind: "announce", text, startMs, endMs } : undefined}
    >
      {LANGUAGES.map(([tag, name]) => (
        <div key={tag}>
          <label for={`a-${tag}`}>{name}</label>
          <textarea
            id={`a-${tag}`}
            lang={tag}
            rows={2}
            maxlength={1000}
            onInput={field((said) => setTexts({ ...texts, [tag]: said }))}
          />
        </div>
      ))}
      <label for="a-start">From, your time</label>
      <input id="a-start" type="datetime-local" value={start} onInput={field(setStart)} />
      <label for="a-end">Until, your time</label>
      <input id="a-end" type="datetime-local" value={end} onInput={field(setEnd)} />
    </ChangeDialog>
  );
}
