/** When there are fewer people: bars of the last 24 hours, as they were measured. Promises nothing. */
import { HISTORY_HOURS, type HourlyMost } from "../policy/waiting-history.ts";
import { type Language, WORDS } from "./languages.ts";
import { Sentence } from "./parts.tsx";

export interface QuietGiven {
  readonly language: Language;
  /** The most who waited at once in each of the last 24 hours; undefined: nothing was heard. */
  readonly history: HourlyMost | undefined;
  readonly nowMs: number;
}

const HOUR_MS = 3_600_000;
/** Long enough to come in, short enough to be told apart. */
const QUIET_HOURS = 3;
/** With fewer hours that are over, the quietest of them says little. */
const FEW_HOURS = 6;
const [BAR_WIDTH, GAP, HEIGHT] = [10, 2, 60];

/** Nothing until a few hours are known, or when nobody waited in them: then every hour was quiet. */
export function Quiet({ language, history = [], nowMs }: QuietGiven) {
  const from = quietestHour(history);
  if (from === undefined || history.length !== HISTORY_HOURS) return null;
  const { quiet } = WORDS[language];
  const lastHourMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  const fromMs = lastHourMs - (HISTORY_HOURS - 1 - from) * HOUR_MS;
  const toMs = fromMs + QUIET_HOURS * HOUR_MS;
  const count = new Intl.NumberFormat(language);
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
        viewBox={`0 0 ${HISTORY_HOURS * (BAR_WIDTH + GAP)} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${quiet.label}: ${history.map((people) => (people === null ? "–" : count.format(people))).join(", ")}`}
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
        <span>{relative.format(-HISTORY_HOURS, "hour")}</span>
        <span>{relative.format(0, "second")}</span>
      </p>
    </details>
  );
}

function bars(history: HourlyMost, from: number) {
  const most = Math.max(...history.map(Number));
  return history.map((people, hour) => {
    if (people === null) return null;
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

/**
 * The first of the three hours in a row in which fewest people waited; the latest such, which is likest to come again.
 * All three are known and over: of the present hour the rest is to come. Undefined while too little is known to say.
 */
function quietestHour(history: HourlyMost): number | undefined {
  const over = history.slice(0, -1);
  if (over.filter((people) => people !== null).length < FEW_HOURS) return undefined;
  if (!history.some((people) => people !== null && people > 0)) return undefined;
  let [best, fewest]: [number | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  for (let from = 0; from + QUIET_HOURS <= over.length; from += 1) {
    const people = over
      .slice(from, from + QUIET_HOURS)
      .reduce((sum: number, hour) => sum + (hour ?? Number.NaN), 0);
    if (people <= fewest) [best, fewest] = [from, people];
  }
  return best;
}

function utcHours(fromMs: number, toMs: number, language: Language): string {
  const format = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit", timeZone: "UTC" });
  return `${format.formatRange(fromMs, toMs)} UTC`;
}
