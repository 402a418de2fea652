/** How each region's state went, as a strip, and the changes in words. */
import type { Pool, Series } from "./api.ts";
import { reasonText, time } from "./words.ts";

const SHOWN_MS = { hour: 3_600_000, day: 86_400_000 } as const;
/** The newest changes, in words. */
const MOST_TOLD = 8;
const DAY_STEP_MS = 60_000;

interface Span {
  readonly state: string;
  readonly from: number;
  readonly to: number;
}

export function HealthTimeline({ pool, series }: { pool: Pool; series: Series }) {
  const lengthMs = series.stepMs > DAY_STEP_MS ? SHOWN_MS.day : SHOWN_MS.hour;
  const startMs = series.nowMs - lengthMs;
  const events = series.events.filter((event) => event.pool === pool.name);
  const told = events.filter(({ atMs }) => atMs > startMs).slice(-MOST_TOLD);
  return (
    <div class="timeline">
      <h4>Health, last {lengthMs === SHOWN_MS.day ? "day" : "hour"}</h4>
      {pool.origins.map(({ name }) => (
        <div class="strip" key={name}>
          <span>{name}</span>
          <svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
            {spansOf(
              events.filter(({ origin }) => origin === name),
              startMs,
              series.nowMs,
            ).map(({ state, from, to }) => (
              <rect
                key={from}
                class={`fill ${state}`}
                x={from * 1000}
                y={0}
                width={(to - from) * 1000}
                height={10}
              />
            ))}
          </svg>
        </div>
      ))}
      <ol class="events">
        {told.toReversed().map(({ atMs, origin, state, reason }) => (
          <li key={`${atMs} ${origin}`}>
            <time>{time(atMs)}</time> {origin} <span class={`state ${state}`}>{state}</span>{" "}
            {reasonText(reason)}
          </li>
        ))}
      </ol>
      {told.length === 0 && <p class="quiet">No change in this time.</p>}
    </div>
  );
}

/** From 0 to 1 of the time shown. */
function spansOf(events: Series["events"], startMs: number, endMs: number): Span[] {
  const place = (atMs: number) => Math.max(0, (atMs - startMs) / (endMs - startMs));
  return events
    .map(({ atMs, state }, index) => ({
      state,
      from: place(atMs),
      to: place(events[index + 1]?.atMs ?? endMs),
    }))
    .filter(({ from, to }) => to > from);
}
