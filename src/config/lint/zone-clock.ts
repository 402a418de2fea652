/** Decides what the clocks of a time zone show, and how far apart those of two zones are in the course of a year. */

const DAY = 86_400_000;
const DAYS = 366;

/**
 * A year in which every zone with daylight saving changes its clocks both ways. Not the present one: a stored
 * version must stay as good as it was, and a Worker has no clock while it starts.
 */
const YEAR_START = Date.UTC(2026, 0, 1);

/** The offset as `longOffset` writes it: `GMT`, `GMT+08:00`, and with seconds in the time before zones. */
const OFFSET_PATTERN = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/;

/** The clocks of a zone. Instants and what clocks show are in milliseconds, the latter as if they showed UTC. */
export interface ZoneClock {
  local(instant: number): number;
  /** How far the clocks are ahead of UTC on each day of the year. */
  offsets(): readonly number[];
}

/** The clocks of a zone that the runtime knows. */
export function zoneClock(zone: string): ZoneClock {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  let ofYear: number[] | undefined;
  const offset = (instant: number): number => {
    const [, sign, hours = 0, minutes = 0, seconds = 0] = OFFSET_PATTERN.exec(format.format(instant)) ?? [];
    const ahead = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
    return sign === "-" ? -ahead : ahead;
  };
  return {
    local: (instant) => instant + offset(instant),
    offsets: () => {
      ofYear ??= Array.from({ length: DAYS }, (_, day) => offset(YEAR_START + day * DAY));
      return ofYear;
    },
  };
}

/** What must be added to the time of one zone to have that of another: each amount that occurs in the year. */
export function shiftsBetween(from: ZoneClock, to: ZoneClock): Set<number> {
  const target = to.offsets();
  return new Set(from.offsets().map((offset, day) => (target[day] ?? 0) - offset));
}
