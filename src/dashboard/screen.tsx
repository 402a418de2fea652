/** The screen of a signed-in operator. */
import type { Child } from "hono/jsx";
import { useEffect, useState } from "hono/jsx/dom";
import { Announcements } from "./announcements.tsx";
import type { Api, Me, Series } from "./api.ts";
import { AuditLog } from "./audit.tsx";
import { Calendar } from "./calendar.tsx";
import { type Act, ChangeDialog, type Undo } from "./change-dialog.tsx";
import { Limits } from "./limits.tsx";
import { useLive } from "./live.ts";
import { Regions } from "./regions.tsx";
import { Rooms } from "./rooms.tsx";
import { Alarms, alarmsOf, Tiles, Versions } from "./tiles.tsx";
import { Traffic } from "./traffic.tsx";
import { time } from "./words.ts";

const PARTS = [
  ["traffic", "Traffic"],
  ["regions", "Regions"],
  ["rooms", "Rooms"],
  ["limits", "Limits"],
  ["maintenance", "Maintenance"],
  ["announcements", "Announcements"],
  ["audit", "Audit"],
] as const;

interface Notice {
  readonly said: string;
  readonly undo: Undo | undefined;
}

export function Screen({ api, me, leave }: { api: Api; me: Me; leave: (why?: string) => void }) {
  const [window, setWindow] = useState<"hour" | "day">("hour");
  const [dialog, setDialog] = useState<{ readonly content: Child } | undefined>(undefined);
  const [notice, setNotice] = useState<Notice | undefined>(undefined);
  const { status, series, trouble, refresh } = useLive(api, window, leave);
  const wrong = status === undefined ? 0 : alarmsOf(status).length;
  useEffect(() => {
    // Seen in a tab that is not in front.
    const sign = trouble !== "" ? "(!) " : wrong === 0 ? "" : `(${wrong}) `;
    document.title = `${sign}Tidegate`;
  }, [wrong, trouble]);
  useEffect(
    () => () => {
      document.title = "Sign in";
    },
    [],
  );
  const act: Act = {
    api,
    tag: status?.tag ?? "",
    mayWrite: me.role === "operator" || me.role === "admin",
    open: (content) => setDialog({ content }),
    close: () => setDialog(undefined),
    async applied(said, undo) {
      setNotice({ said, undo });
      await refresh();
    },
  };
  const undo = (back: Undo) => {
    setNotice(undefined);
    act.open(<ChangeDialog act={act} title={back.title} edit={back.edit} />);
  };
  return (
    <>
      <a class="skip" href="#now">
        To the state now
      </a>
      <header>
        <div class="bar">
          <h1>Tidegate</h1>
          {status !== undefined && <Versions status={status} />}
          <span class={trouble === "" ? "live" : "live lost"} role="status">
            {trouble === "" ? "live" : `${trouble} ${shownOf(series)}`}
          </span>
          <span class="end">
            {me.name} ({me.role}
            {act.mayWrite ? "" : ": may look, not change"}){" "}
            <button type="button" onClick={() => leave()}>
              Sign out
            </button>
          </span>
        </div>
        <nav aria-label="Parts of this page">
          {PARTS.map(([id, name]) => (
            <a key={id} href={`#${id}`}>
              {name}
            </a>
          ))}
          <span class="switch">
            <label for="window">Show</label>
            <select
              id="window"
              onChange={(event: Event) =>
                setWindow((event.target as HTMLSelectElement).value as "hour" | "day")
              }
            >
              <option value="hour">the last hour</option>
              <option value="day">the last day</option>
            </select>
          </span>
        </nav>
      </header>
      <main id="now" tabindex={-1}>
        {notice !== undefined && (
          <div class="notice" role="status">
            {notice.said}
            {notice.undo !== undefined && (
              <button type="button" onClick={() => notice.undo && undo(notice.undo)}>
                Undo…
              </button>
            )}
            <button type="button" onClick={() => setNotice(undefined)} aria-label="Dismiss">
              ×
            </button>
          </div>
        )}
        {status === undefined || series === undefined ? (
          <p role="status">Loading…</p>
        ) : (
          <>
            <Alarms status={status} />
            <Tiles status={status} series={series} />
            <Traffic series={series} />
            <Regions status={status} series={series} act={act} />
            <Rooms status={status} series={series} act={act} />
            <Limits series={series} />
            <Calendar status={status} act={act} />
            <Announcements status={status} act={act} />
            <AuditLog api={api} status={status} act={act} />
          </>
        )}
      </main>
      {trouble !== "" && (
        <p class="not-live" aria-hidden="true">
          Not live. {shownOf(series)}
        </p>
      )}
      {dialog?.content}
    </>
  );
}

function shownOf(series: Series | undefined): string {
  return series === undefined ? "Nothing is known yet." : `These are the figures of ${time(series.nowMs)}.`;
}
