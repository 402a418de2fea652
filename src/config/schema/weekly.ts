/** Decides what a time that comes every week looks like in the file: a weekday, a time of day and a time zone. */
import * as v from "valibot";
import { about, says } from "./words.ts";

const WEEKDAYS: readonly string[] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const WEEKLY_PATTERN = /^(Sun|Mon|Tue|Wed|Thu|Fri|Sat) ([01]\d|2[0-3]):([0-5]\d)$/;

/** Names as in the IANA database. Offsets such as `+08:00`, which some runtimes take too, know no daylight saving. */
const ZONE_PATTERN = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;
const MAX_ZONE_LENGTH = 64;

/** As `Date.prototype.getDay` counts: 0 is Sunday. */
export type Weekday = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/** A time of every week on a clock somewhere. */
export interface WeeklyTime {
  weekday: Weekday;
  /** 0 to 1,439. */
  minuteOfDay: number;
}

/** The time, or undefined when the text is not a weekday and a time of day. */
export function parseWeekly(text: string): WeeklyTime | undefined {
  const match = WEEKLY_PATTERN.exec(text);
  if (match === null) return undefined;
  const weekday = WEEKDAYS.indexOf(match[1] ?? "") as Weekday;
  return { weekday, minuteOfDay: Number(match[2]) * 60 + Number(match[3]) };
}

/** Whether this runtime knows the zone; which are known is up to its time zone data. */
export function isTimeZone(text: string): boolean {
  if (text.length > MAX_ZONE_LENGTH || !ZONE_PATTERN.test(text)) return false;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

/** A weekday and a time of day. */
export function weekly(description: string) {
  const form = 'a weekday and a time, such as "Sun 02:00"';
  return v.pipe(
    v.string(says("TG1103", form)),
    v.regex(WEEKLY_PATTERN, says("TG1807", form)),
    about(form, description),
    v.transform((text): WeeklyTime => parseWeekly(text) ?? { weekday: 0, minuteOfDay: 0 }),
  );
}

/** An IANA time zone, as written. */
export function timeZone(description: string) {
  const form = 'a time zone by its IANA name, such as "Asia/Hong_Kong" or "UTC"';
  return v.pipe(
    v.string(says("TG1103", form)),
    v.check(isTimeZone, says("TG1808", form)),
    about("a time zone by its IANA name", description),
  );
}
