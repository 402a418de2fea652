/** When there are fewer people: bars of the last 24 hours, as they were measured. Promises nothing. */
import { type Language, WORDS } from "./languages.ts";
import { Sentence } from "./parts.tsx";

export interface QuietGiven {
  readonly language: Language;
  /** People that waited at the same time at most in each of the last 24 hours, the oldest first; the last is the present hour. */
  readonly history: readonly number[] | undefined;
  readonly nowMs: number;
}

const HOURS = 24;
const HOUR_MS = 3_600_000;
/** Long enough to come in, short enough to be told apart. */
const QUIET_HOURS = 3;
const [BAR_WIDTH, GAP, HEIGHT] = [10, 2, 60];

/** Nothing until there is a whole day, or when nobody waited in it: then every hour was quiet. */
export function Quiet({ language, history, nowMs }: QuietGiven) {
  if (history === undefined || history.length !== HOURS || !history.some((people) => people > 0)) return null;
  const { quiet } = WORDS[language];
  const from = quietestHour(history);
  const lastHourMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  const fromMs = lastHourMs - (HOURS - 1 - from) * HOUR_MS;
  const toMs = fromMs + QUIET_HOURS * HOUR_MS;
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  return (
    <details>
      <summary>{quiet.title}</summary>
      <p>
        <Sentence of={quiet.fewest}>
          <b data-from={fromMs} data-to={toMs}>
            {utcHours(fromMs, toMs, language)}
          </b>
        </Sentence>
      </p>
      <svg
        class="bars"
        viewBox={`0 0 ${HOURS * (BAR_WIDTH + GAP)} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${quiet.label}: ${history.map((people) => new Intl.NumberFormat(language).format(people)).join(", ")}`}
      >
        <rect
          class="band"
          x={from * (BAR_WIDTH + GAP)}
          y={0}
          width={QUIET_HOURS * (BAR_WIDTH + GAP)}
          height={HEIGHT}
        />
        {bars(history, from)}
      </svg>
      <p class="axis soft">
        <span>{relative.format(-HOURS, "hour")}</span>
        <span>{relative.format(0, "second")}</span>
      </p>
    </details>
  );
}

function bars(history: readonly number[], from: number) {
  const most = Math.max(...history);
  return history.map((people, hour) => {
    // An hour without anybody is a line, so that it is seen to have been measured.
    const height = Math.max(1, Math.round((people / most) * HEIGHT));
    const isLeast = hour >= from && hour < from + QUIET_HOURS;
    return (
      <rect
        x={hour * (BAR_WIDTH + GAP)}
        y={HEIGHT - height}
        width={BAR_WIDTH}
        height={height}
        {...(isLeast ? { class: "least" } : {})}
      />
    );
  });
}

/** The first of the three hours in a row in which fewest people waited; the latest such, which is likest to come again. */
function quietestHour(history: readonly number[]): number {
  let [best, fewest] = [0, Number.POSITIVE_INFINITY];
  for (let from = 0; from + QUIET_HOURS <= history.length; from += 1) {
    const people = history.slice(from, from + QUIET_HOURS).reduce((sum, hour) => sum + hour, 0);
    if (people <= fewest) [best, fewest] = [from, people];
  }
  return best;
}

function utcHours(fromMs: number, toMs: number, language: Language): string {
  const format = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit", timeZone: "UTC" });
  return `${format.formatRange(fromMs, toMs)} UTC`;
}
