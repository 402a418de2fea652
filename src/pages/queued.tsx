/** The page of a request that waits in a room's line: the place, how long it takes, and that nothing was taken. */
import { TICKET_FORM_FIELD } from "../policy/queue-cookie.ts";
import type { HourlyMost } from "../policy/waiting-history.ts";
import { estimateText } from "./estimate-text.ts";
import { Help } from "./help.tsx";
import { type Language, WORDS } from "./languages.ts";
import { layout, type Page } from "./layout.tsx";
import { Difference, HERE, NothingTaken, Sentence, Time, WayOn } from "./parts.tsx";
import { QUEUED_SCRIPT } from "./queued-script.ts";
import { Quiet } from "./quiet.tsx";
import type { Reader } from "./reader.ts";

export interface QueuedPage {
  readonly standing: Place;
  readonly reader: Reader;
  /** See {@link Quiet}. */
  readonly history?: HourlyMost | undefined;
  readonly nowMs: number;
}

/** What of a ticket's standing the page tells. What is left out is not known, and nothing is said about it. */
export interface Place {
  readonly room: string;
  readonly state: "waiting" | "paused";
  /** Null before an event has placed its people. */
  readonly position: number | null;
  readonly ahead: number | null;
  readonly estimatedWaitSeconds: { readonly low: number; readonly high: number } | null;
  readonly pollAfterSeconds: number;
  /** Everybody in line. */
  readonly waiting?: number | undefined;
  /** RFC 3339, as in the poll's answer: until when the place is kept. */
  readonly keptUntil?: string | undefined;
  /** When an event begins to let people in. */
  readonly startsAt?: string | undefined;
  /** When the place was taken: tells a new place from one that moved. */
  readonly joinedAt?: string | undefined;
  /** Proof that it is this page whose form gives the place up. */
  readonly ticketId?: string | undefined;
}

export function queuedPage({ standing, reader, history, nowMs }: QueuedPage): Page {
  const { language, again } = reader;
  const words = WORDS[language];
  const { queued } = words;
  return layout({
    reader,
    title: queued.title,
    essence: (other) => [other.queued.title, other.nothingTaken, other.queued.submit],
    body: (
      <>
        <section class="card">
          <h1>{queued.title}</h1>
          <div id="waiting">
            <Standing standing={standing} language={language} nowMs={nowMs} />
            <p id="stale" hidden>
              {queued.stale}
            </p>
            <div class="acts">
              <button id="tell" class="act main" type="button" aria-pressed="false" hidden>
                {words.tell.button}
              </button>
              {again === "link" ? (
                <a class="act" href={HERE}>
                  {queued.check}
                </a>
              ) : null}
            </div>
            <p id="told" class="soft" hidden />
          </div>
          <div id="over" hidden>
            <p id="overText" />
            <WayOn id="go" label={queued.goOn} reader={reader} />
          </div>
          <p id="say" class="say" role="status" />
        </section>
        <NothingTaken language={language} />
        <section class="card">
          <div id="kept">
            <Kept standing={standing} language={language} />
          </div>
          <div id="next">
            <h2>{queued.nextTitle}</h2>
            {again === "submit" ? (
              <p>{queued.submit}</p>
            ) : (
              <>
                <p data-script="with" hidden>
                  {queued.next}
                </p>
                <p data-script="without">{queued.nextPlain}</p>
              </>
            )}
          </div>
          <Help language={language} waiting={standing.waiting} />
          <Quiet language={language} history={history} nowMs={nowMs} />
          <Difference language={language} />
          <Leave standing={standing} language={language} />
        </section>
        <div id="queue" data-settings={settings(standing, reader)} hidden />
      </>
    ),
    script: QUEUED_SCRIPT,
    polls: true,
    hasForm: true,
  });
}

/** One of four sentences tells about time; show-script.ts chooses as it is done here. */
function Standing({ standing, language, nowMs }: { standing: Place; language: Language; nowMs: number }) {
  const { state, position, ahead, estimatedWaitSeconds: estimate, startsAt } = standing;
  const { queued } = WORDS[language];
  const count = new Intl.NumberFormat(language);
  const startsAtMs = Date.parse(startsAt ?? "");
  const isBefore = startsAtMs > nowMs;
  const isPaused = state === "paused" && !isBefore;
  const isTold = !isBefore && !isPaused && estimate !== null;
  const isPlaced = position !== null && ahead !== null;
  const [before, after] = queued.ahead.split("{count}");
  return (
    <>
      <div id="place" hidden={!isPlaced}>
        <p id="ahead" class="big" hidden={!isPlaced || ahead === 0}>
          <span class="lead">{before}</span>
          <b id="count">{count.format(ahead ?? 0)}</b>
          {after}
        </p>
        <p id="first" class="big" hidden={!isPlaced || ahead > 0}>
          {queued.first}
        </p>
        <progress id="bar" aria-label={queued.progress} max={1} value={0} hidden />
        <p class="soft">
          <Sentence of={queued.position}>
            <span id="position">{count.format(position ?? 0)}</span>
          </Sentence>
        </p>
      </div>
      <div class="time">
        <span id="wait" hidden={!isTold}>
          <Sentence of={queued.wait}>
            <b id="time">{estimate === null ? "" : estimateText(estimate.low, estimate.high, language)}</b>
          </Sentence>
        </span>
        <span id="clock" class="soft" hidden />
        <span id="unknown" hidden={isBefore || isPaused || isTold}>
          {queued.unknown}
        </span>
        <span id="paused" hidden={!isPaused}>
          {queued.paused}
        </span>
        <span id="before" hidden={!isBefore}>
          <Sentence of={queued.starts}>
            <span id="startTime">{isBefore ? <Time atMs={startsAtMs} language={language} /> : ""}</span>
          </Sentence>
        </span>
      </div>
    </>
  );
}

function Kept({ standing: { keptUntil }, language }: { standing: Place; language: Language }) {
  const { queued } = WORDS[language];
  const untilMs = Date.parse(keptUntil ?? "");
  const isTold = !Number.isNaN(untilMs);
  return (
    <>
      <h2>{queued.keptTitle}</h2>
      <p id="keptUntil" hidden={!isTold}>
        <Sentence of={queued.keptUntil}>
          <span id="keptTime">{isTold ? <Time atMs={untilMs} language={language} /> : ""}</span>
        </Sentence>
      </p>
      <p>{queued.kept}</p>
    </>
  );
}

/** Opened first, so that nobody gives a place up by a slip of the finger. */
function Leave({ standing: { room, ticketId }, language }: { standing: Place; language: Language }) {
  const { leave } = WORDS[language];
  return (
    <details id="leaving">
      <summary>{leave.title}</summary>
      <p>{leave.text}</p>
      <form id="leave" method="post" action={`/.tidegate/queue/${encodeURIComponent(room)}/leave`}>
        {ticketId === undefined ? null : <input type="hidden" name={TICKET_FORM_FIELD} value={ticketId} />}
        <button class="act" type="submit">
          {leave.button}
        </button>
      </form>
    </details>
  );
}

/** What the script has to know. */
function settings(standing: Place, { language, again, site }: Reader): string {
  const { queued, help, tell } = WORDS[language];
  const { title, ahead, first, wait, clock, turn, submitNow, stale, lostTitle, lost, askAgain } = queued;
  const words = { title, ahead, first, wait, clock, turn, stale, lostTitle, lost, askAgain };
  const { loaded, fine, slow, offline, busy, busyCount } = help;
  const { on, denied, near } = tell;
  return JSON.stringify({
    room: standing.room,
    poll: standing.pollAfterSeconds,
    brand: site.brand,
    waiting: standing.waiting,
    standing: {
      state: standing.state,
      position: standing.position,
      ahead: standing.ahead,
      estimatedWaitSeconds: standing.estimatedWaitSeconds,
      keptUntil: standing.keptUntil,
      startsAt: standing.startsAt,
      joinedAt: standing.joinedAt,
    },
    words: {
      ...words,
      ...(again === "submit" ? { submitNow } : {}),
      help: { loaded, fine, slow, offline, busy, busyCount },
      tell: { on, denied, near },
    },
  });
}
