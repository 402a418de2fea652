/** Mistakes in rooms' lanes and events, and in routes that name a lane. */
import { describe, expect, it } from "vitest";
import { checkMistakes, file, mistake, problemsOf } from "./support.ts";

const room = (lines: string, name = "main") => `[[rooms]]\nname = "${name}"\nactive_limit = 5\n${lines}\n`;
const lane = (name: string, share: string) => `[[rooms.lanes]]\nname = ${name}\nshare = ${share}\n`;
const event = (name: string, start: string, end: string, more = "") =>
  `[[rooms.events]]\nname = ${name}\nstart = ${start}\nend = ${end}\n${more}\n`;
const TEN = '"2026-12-01T10:00:00Z"';
const ELEVEN = '"2026-12-01T11:00:00Z"';
const NOON = '"2026-12-01T12:00:00Z"';
const ONE = '"2026-12-01T13:00:00Z"';

describe("values of a room", () => {
  const value = (
    what: string,
    line: string,
    [code, found, expected]: readonly [string, string, string],
    key = line.split(" ")[0],
  ) => mistake(what, { end: room(line) }, [code, `rooms[0].${key}`, found, expected]);
  checkMistakes([
    value("a renewal in words", 'renew = ¦"yes"', ["TG1103", '"yes"', "true or false"]),
    value("bound to a cookie", 'bind = ¦"cookie"', ["TG1301", "cookie", '"client", "address", "none"']),
    value("no claim window", 'claim_window = ¦"0s"', ["TG1303", "0s", "1s to 10m"]),
    value("a claim window of a day", 'claim_window = ¦"24h"', ["TG1303", "24h", "1s to 10m"]),
    value("a ticket of a second", 'ticket_life = ¦"1s"', ["TG1303", "1s", "1m to 168h"]),
    value("a ticket of a month", 'ticket_life = ¦"720h"', ["TG1303", "720h", "1m to 168h"]),
    value("fewer than no tickets", "tickets_per_address = ¦-1", ["TG1202", "-1", "0 to 1,000,000"]),
    value("a protection that is no flag", "protect = ¦1", ["TG1103", "1", "true or false"]),
  ]);
});

describe("lanes", () => {
  checkMistakes([
    mistake("a lane without a room", { match: 'lane = ¦"fast"' }, [
      "TG1522",
      "routes[0].lane",
      "fast",
      '"bypass", or a room too',
    ]),
    mistake("a lane of a room without lanes", { match: 'room = "main"\nlane = ¦"payments"', end: room("") }, [
      "TG1523",
      "routes[0].lane",
      "payments",
      "it has none",
    ]),
    mistake(
      "a lane of another room",
      {
        match: 'room = "main"\nlane = ¦"slow"',
        end: room(lane('"fast"', "20")) + room(lane('"slow"', "20"), "other"),
      },
      ["TG1523", "routes[0].lane", "slow", "a lane of room main: fast"],
    ),
    mistake("two lanes of one name", { end: room(lane('"a"', "20") + lane('¦"a"', "30")) }, [
      "TG1702",
      "rooms[0].lanes[1].name",
      '"a"',
      "rooms[0].lanes[0].name",
    ]),
    mistake("a lane called bypass", { end: room(lane('¦"bypass"', "20")) }, [
      "TG1703",
      "rooms[0].lanes[0].name",
      "bypass",
      "never to queue",
    ]),
    mistake("shares that leave nothing", { end: room(lane('"a"', "60") + lane('"b"', "¦40")) }, [
      "TG1704",
      "rooms[0].lanes[1].share",
      "40",
      "at most 39: the lanes before have 60 of 99",
    ]),
    mistake("a share of nothing", { end: room(lane('"a"', "¦0")) }, [
      "TG1202",
      "rooms[0].lanes[0].share",
      "0",
      "1 to 99",
    ]),
    mistake("half a percent", { end: room(lane('"a"', "¦0.5")) }, [
      "TG1203",
      "rooms[0].lanes[0].share",
      "0.5",
      "1 to 99",
    ]),
  ]);

  it("may have the same name in two rooms, and 99 % together", () => {
    const lanes = lane('"a"', "60") + lane('"b"', "39");
    const match = 'room = "other"\nlane = "a"';
    expect(problemsOf(file({ match, end: room(lanes) + room(lanes, "other") }))).toEqual([]);
  });
});

describe("events", () => {
  const two = (first: string, second: string) => ({ end: room(first + second) });
  const noon = (start: string, end: string, more = "") => event('"b"', start, end, more);
  const morning = event('"a"', TEN, ELEVEN, 'prequeue = "1h"');
  const overlap = (what: string, first: string, second: string, expected: string) =>
    mistake(what, two(first, second), ["TG1707", "rooms[0].events[1].start", "2026-12-01", expected]);
  checkMistakes([
    mistake("two events of one name", two(event('"a"', TEN, ELEVEN), event('¦"a"', NOON, ONE)), [
      "TG1705",
      "rooms[0].events[1].name",
      '"a"',
      "rooms[0].events[0].name",
    ]),
    mistake("an end before the start", { end: room(event('"a"', ELEVEN, `¦${TEN}`)) }, [
      "TG1706",
      "rooms[0].events[0].end",
      "10:00",
      "a time after the start, 2026-12-01T11:00:00Z",
    ]),
    mistake("an end at the start", { end: room(event('"a"', TEN, `¦${TEN}`)) }, [
      "TG1706",
      "rooms[0].events[0].end",
      "10:00",
      "a time after the start",
    ]),
    mistake(
      "an end before the start by its offset",
      {
        end: room(event('"a"', TEN, '¦"2026-12-01T12:00:00+08:00"')),
      },
      ["TG1706", "rooms[0].events[0].end", "+08:00", "a time after the start"],
    ),
    overlap(
      "two at the same time",
      morning,
      noon('¦"2026-12-01T10:30:00Z"', NOON),
      "outside rooms[0].events[0]: 2026-12-01T09:00:00.000Z to 2026-12-01T11:00:00.000Z",
    ),
    overlap(
      "a pre-queue during an event",
      morning,
      noon(`¦${NOON}`, ONE, 'prequeue = "61m"'),
      "pre-queue included",
    ),
    overlap(
      "an event in the pre-queue of one before it in the file",
      morning,
      noon('¦"2026-12-01T09:00:00Z"', '"2026-12-01T09:30:00Z"'),
      "pre-queue included",
    ),
    mistake("a lottery without a pre-queue", { end: room(event('"a"', TEN, ELEVEN, "lottery = ¦true")) }, [
      "TG1708",
      "rooms[0].events[0].lottery",
      "true",
      "a prequeue beside it",
    ]),
    mistake(
      "a lottery in a pre-queue of no time",
      { end: room(event('"a"', TEN, ELEVEN, 'prequeue = "0s"\nlottery = ¦true')) },
      ["TG1708", "rooms[0].events[0].lottery", "true", "a prequeue beside it"],
    ),
    mistake("a pre-queue of days", { end: room(event('"a"', TEN, ELEVEN, 'prequeue = ¦"48h"')) }, [
      "TG1303",
      "rooms[0].events[0].prequeue",
      "48h",
      "0s to 24h",
    ]),
    mistake("a start without an offset", { end: room(event('"a"', '¦"2026-12-01T10:00:00"', ELEVEN)) }, [
      "TG1304",
      "rooms[0].events[0].start",
      "10:00:00",
      "offset",
    ]),
    mistake("an event for nobody", { end: room(event('"a"', TEN, ELEVEN, "active_limit = ¦0")) }, [
      "TG1202",
      "rooms[0].events[0].active_limit",
      "0",
      "1 to 10,000,000",
    ]),
    mistake(
      "fewer than nobody a minute",
      { end: room(event('"a"', TEN, ELEVEN, "admit_per_minute = ¦-1")) },
      ["TG1202", "rooms[0].events[0].admit_per_minute", "-1", "0 to 10,000,000"],
    ),
    mistake(
      "an event without an end",
      { end: room('¦[[rooms.events]]\nname = "a"\nstart = 2026-12-01T10:00:00Z') },
      ["TG1102", "rooms[0].events[0].end", "nothing", '"end"'],
    ),
    mistake(
      "too many events",
      {
        end: room("events = ¦[").replace(
          "events = ¦[\n",
          `events = ¦[${Array.from({ length: 101 }, (_, day) => {
            const date = new Date(Date.UTC(2027, 0, 1 + day)).toISOString();
            return `{ name = "e${day}", start = "${date}", end = "${date.replace("T00", "T01")}" }`;
          }).join(", ")}]\n`,
        ),
      },
      ["TG1104", "rooms[0].events", "", "at most 100 events"],
    ),
  ]);

  it("may follow each other at once, and be at the same time in two rooms", () => {
    const events = morning + noon(NOON, ONE, 'prequeue = "1h"\nlottery = true');
    expect(problemsOf(file({ end: room(events) + room(events, "other") }))).toEqual([]);
  });
});
