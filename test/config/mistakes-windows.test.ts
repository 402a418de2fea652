/** Mistakes in maintenance windows: what they are for, when they are, and overlaps. */
import { describe } from "vitest";
import { checkMistakes, mistake } from "./support.ts";

const window = (lines: string) => `[[maintenance]]\npool = "wallet"\n${lines}\n`;
const once = (from: string, to: string, more = "") => window(`start = ${from}\nend = ${to}\n${more}`);
const weekly = (every: string, zone: string, duration: string, more = "") =>
  window(`every = ${every}\nzone = ${zone}\nduration = ${duration}\n${more}`);

describe("forms of a window", () => {
  const EVERY = "maintenance[0].every";
  const day = 'start = "2026-12-01T00:00:00Z"\nend = "2026-12-02T00:00:00Z"';
  const place = (what: string, lines: string, rest: readonly [string, string, string, string]) =>
    mistake(what, { end: window(lines).replace("[[", "¦[[") }, rest);
  checkMistakes([
    place("neither form", 'drain = "5m"', [
      "TG1102",
      "maintenance[0].start",
      "nothing",
      "start, end, or the keys every",
    ]),
    place("a start without an end", 'start = "2026-12-01T00:00:00Z"', [
      "TG1102",
      "maintenance[0].end",
      "nothing",
      '"end"',
    ]),
    place("an end without a start", 'end = "2026-12-01T00:00:00Z"', [
      "TG1102",
      "maintenance[0].start",
      "nothing",
      '"start"',
    ]),
    place("a week without a zone", 'every = "Sun 02:00"\nduration = "1h"', [
      "TG1102",
      "maintenance[0].zone",
      "nothing",
      '"zone"',
    ]),
    place("a week without a duration", 'every = "Sun 02:00"\nzone = "UTC"', [
      "TG1102",
      "maintenance[0].duration",
      "nothing",
      '"duration"',
    ]),
    mistake("both forms", { end: window(`${day}\n¦every = "Sun 02:00"\nzone = "UTC"\nduration = "1h"`) }, [
      "TG1806",
      EVERY,
      "every beside start",
      "start, end, or the keys every, zone, duration",
    ]),
    mistake(
      "a duration in place of an end",
      { end: window('start = "2026-12-01T00:00:00Z"\n¦duration = "1h"') },
      ["TG1806", "maintenance[0].duration", "duration beside start", "start, end"],
    ),
    mistake("a whole name of a day", { end: weekly('¦"Sunday 02:00"', '"UTC"', '"1h"') }, [
      "TG1807",
      EVERY,
      "Sunday",
      '"Sun 02:00"',
    ]),
    mistake("a day in small letters", { end: weekly('¦"sun 02:00"', '"UTC"', '"1h"') }, [
      "TG1807",
      EVERY,
      "sun",
      '"Sun 02:00"',
    ]),
    mistake("a time by the 12-hour clock", { end: weekly('¦"Sun 2:00 am"', '"UTC"', '"1h"') }, [
      "TG1807",
      EVERY,
      "2:00 am",
      '"Sun 02:00"',
    ]),
    mistake("midnight at the end of the day", { end: weekly('¦"Sun 24:00"', '"UTC"', '"1h"') }, [
      "TG1807",
      EVERY,
      "24:00",
      '"Sun 02:00"',
    ]),
    mistake("a time without quotes", { end: weekly("¦02:00:00", '"UTC"', '"1h"') }, [
      "TG1807",
      EVERY,
      "02:00:00",
      "a weekday",
    ]),
    mistake("a zone that is none", { end: weekly('"Sun 02:00"', '¦"Asia/Hongkong"', '"1h"') }, [
      "TG1808",
      "maintenance[0].zone",
      "Asia/Hongkong",
      '"Asia/Hong_Kong"',
    ]),
    mistake("an offset as zone", { end: weekly('"Sun 02:00"', '¦"+08:00"', '"1h"') }, [
      "TG1808",
      "maintenance[0].zone",
      "+08:00",
      "IANA",
    ]),
    mistake("an empty zone", { end: weekly('"Sun 02:00"', '¦""', '"1h"') }, [
      "TG1808",
      "maintenance[0].zone",
      '""',
      "IANA",
    ]),
    mistake("a weekly window of more than a day", { end: weekly('"Sun 02:00"', '"UTC"', '¦"25h"') }, [
      "TG1303",
      "maintenance[0].duration",
      "25h",
      "1s to 24h",
    ]),
    mistake(
      "a weekly drain of more than a day",
      { end: weekly('"Sun 02:00"', '"UTC"', '"1h"', 'drain = ¦"25h"') },
      ["TG1802", "maintenance[0].drain", "25h", "0s to 24h"],
    ),
    mistake("a weekly window for nobody", { end: weekly('"Sun 02:00"', '"UTC"', '"1h"', 'origin = ¦"sg"') }, [
      "TG1804",
      "maintenance[0].origin",
      "sg",
      "exists: hk",
    ]),
  ]);
});

describe("overlaps of weekly windows", () => {
  const sunday = weekly('"Sun 02:00"', '"UTC"', '"2h"');
  const berlin = weekly('"Sun 02:00"', '"Europe/Berlin"', '"1h"');
  const tuesday = once('"2026-12-01T00:00:00Z"', '"2026-12-01T01:00:00Z"');
  const overlap = (what: string, first: string, second: string, key: string, expected: string) =>
    mistake(what, { end: first + second }, ["TG1805", `maintenance[1].${key}`, "", expected]);
  checkMistakes([
    overlap(
      "two at the same time",
      sunday,
      weekly('¦"Sun 03:00"', '"UTC"', '"1h"'),
      "every",
      "maintenance[0]: Sun 02:00 UTC for 2h",
    ),
    overlap(
      "the second begins earlier",
      sunday,
      weekly('¦"Sun 01:00"', '"UTC"', '"61m"'),
      "every",
      "Sun 02:00",
    ),
    overlap(
      "two over the end of the week",
      weekly('"Sat 23:00"', '"UTC"', '"2h"'),
      weekly('¦"Sun 00:30"', '"UTC"', '"1h"'),
      "every",
      "Sat 23:00",
    ),
    overlap(
      "two by the clocks of two zones",
      sunday,
      weekly('¦"Sun 11:30"', '"Asia/Tokyo"', '"1h"'),
      "every",
      "Sun 02:00 UTC",
    ),
    overlap("two in winter only", berlin, weekly('¦"Sun 01:00"', '"UTC"', '"1h"'), "every", "Europe/Berlin"),
    overlap("two in summer only", berlin, weekly('¦"Sun 00:00"', '"UTC"', '"1h"'), "every", "Europe/Berlin"),
    overlap(
      "two in the weeks between America's change of clocks and Europe's",
      weekly('"Sun 20:00"', '"Europe/London"', '"1h"'),
      weekly('¦"Sun 16:00"', '"America/New_York"', '"1h"'),
      "every",
      "Europe/London",
    ),
    overlap(
      "one that happens once and a later weekly one",
      tuesday,
      weekly('¦"Tue 09:30"', '"Asia/Tokyo"', '"1h"'),
      "every",
      "maintenance[0]: 2026-12-01T00:00:00Z to 2026-12-01T01:00:00Z",
    ),
    overlap(
      "a weekly one and a later one that happens once",
      weekly('"Mon 23:00"', '"UTC"', '"2h"'),
      tuesday.replace("start = ", "start = ¦"),
      "start",
      "Mon 23:00 UTC for 2h",
    ),
    overlap(
      "one that lasts for weeks",
      once('"2026-12-01T00:00:00Z"', '"2026-12-20T00:00:00Z"'),
      weekly('¦"Thu 12:00"', '"America/Sao_Paulo"', '"1m"'),
      "every",
      "2026-12-20",
    ),
    overlap(
      "in summer, by the clocks of summer",
      berlin,
      once('¦"2026-07-05T00:00:00Z"', '"2026-07-05T01:00:00Z"'),
      "start",
      "Europe/Berlin",
    ),
  ]);
});
