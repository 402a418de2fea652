/** Maintenance: what is on and what comes, and a form for one more. */
import { useState } from "hono/jsx/dom";
import type { Status } from "./api.ts";
import { type Act, ChangeButton, ChangeDialog } from "./change-dialog.tsx";
import { field, LANGUAGES, localInput } from "./fields.ts";
import { dateTime } from "./words.ts";

export function Calendar({ status, act }: { status: Status; act: Act }) {
  return (
    <section id="maintenance" aria-labelledby="maintenance-title">
      <div class="bar">
        <h2 id="maintenance-title">Maintenance</h2>
        {act.mayWrite && (
          <button
            type="button"
            onClick={() => act.open(<MaintenanceDialog act={act} pools={status.pools} />)}
          >
            Plan maintenance…
          </button>
        )}
      </div>
      {status.windows.length === 0 && <p class="quiet">Nothing is planned.</p>}
      <ul class="rows">
        {status.windows.map((window) => (
          <li
            key={`${window.source} ${window.id ?? ""} ${window.pool} ${window.origin ?? ""} ${window.startMs}`}
          >
            <span class={`state ${window.state === "active" ? "maintenance" : window.state}`}>
              {window.state}
            </span>
            <span>
              <b>
                {window.pool}
                {window.origin === undefined ? ", the whole pool" : ` / ${window.origin}`}
              </b>{" "}
              {dateTime(window.startMs)} – {dateTime(window.endMs)}
              {window.drainMs > 0 ? `, drains ${Math.round(window.drainMs / 60_000)} min before` : ""}
              {window.weekly === undefined ? "" : `, every week (${window.weekly.zone})`}
              <span class="quiet"> by {window.source}</span>
            </span>
            {window.id !== undefined && (
              <ChangeButton
                act={act}
                label="Cancel…"
                title={`Cancel maintenance ${window.id} of ${window.pool}`}
                edit={{ kind: "maintenance-cancel", id: window.id }}
              />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

const HOUR_MS = 3_600_000;
const WHOLE_POOL = "";

function MaintenanceDialog({ act, pools }: { act: Act; pools: Status["pools"] }) {
  const [pool, setPool] = useState(pools[0]?.name ?? "");
  const [origin, setOrigin] = useState(WHOLE_POOL);
  const [start, setStart] = useState(localInput(Date.now() + HOUR_MS));
  const [end, setEnd] = useState(localInput(Date.now() + 2 * HOUR_MS));
  const [drainMinutes, setDrain] = useState("10");
  const [messages, setMessages] = useState<Record<string, string>>({});
  const message = Object.fromEntries(Object.entries(messages).filter(([, said]) => said.trim() !== ""));
  const [startMs, endMs] = [new Date(start).getTime(), new Date(end).getTime()];
  const choosePool = (name: string) => {
    setPool(name);
    setOrigin(WHOLE_POOL);
  };
  const origins = pools.find(({ name }) => name === pool)?.origins ?? [];
  const isFilled = endMs > startMs;
  return (
    <ChangeDialog
      act={act}
      title="Plan maintenance"
      edit={
        isFilled
          ? {
              kind: "maintenance-add",
              pool,
              ...(origin === WHOLE_POOL ? {} : { origin }),
              startMs,
              endMs,
              drainMs: Math.round(Number(drainMinutes) * 60_000),
              ...(Object.keys(message).length === 0 ? {} : { message }),
              force: false,
            }
          : undefined
      }
    >
      <label for="m-pool">Pool</label>
      <select id="m-pool" onChange={field(choosePool)}>
        {pools.map(({ name }) => (
          <option key={name} value={name} selected={name === pool}>
            {name}
          </option>
        ))}
      </select>
      <label for="m-origin">Region</label>
      <select id="m-origin" onChange={field(setOrigin)}>
        <option value={WHOLE_POOL} selected={origin === WHOLE_POOL}>
          the whole pool
        </option>
        {origins.map(({ name }) => (
          <option key={name} value={name} selected={name === origin}>
            {name}
          </option>
        ))}
      </select>
      <label for="m-start">Start, your time</label>
      <input id="m-start" type="datetime-local" value={start} onInput={field(setStart)} />
      <label for="m-end">End, your time</label>
      <input id="m-end" type="datetime-local" value={end} onInput={field(setEnd)} />
      <label for="m-drain">No new users this many minutes before</label>
      <input id="m-drain" type="number" min={0} max={1440} value={drainMinutes} onInput={field(setDrain)} />
      {LANGUAGES.map(([tag, name]) => (
        <div key={tag}>
          <label for={`m-${tag}`}>Message to users, {name} (optional)</label>
          <input
            id={`m-${tag}`}
            lang={tag}
            type="text"
            maxlength={1000}
            onInput={field((said) => setMessages({ ...messages, [tag]: said }))}
          />
        </div>
      ))}
    </ChangeDialog>
  );
}
