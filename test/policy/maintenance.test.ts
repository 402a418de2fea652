import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  instantOf,
  type MaintenanceWindow,
  type WindowState,
  windowState,
} from "../../src/policy/maintenance.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
const at = (text: string) => Date.parse(text);
const iso = (ms: number) => new Date(ms).toISOString();

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** `Sun 02:00`, as the configuration writes it. */
const weekly = (every: string, zone: string, durationMs = 2 * HOUR_MS, drainMs = 0): MaintenanceWindow => {
  const [day = "", hour, minute] = every.split(/[ :]/);
  const start = { weekday: WEEKDAYS.indexOf(day), hour: Number(hour), minute: Number(minute) };
  return { kind: "weekly", start, zone, durationMs, drainMs };
};
/** When the next occurrence begins, as seen from a moment outside of the window. */
const nextStart = (window: MaintenanceWindow, now: string) => iso(windowState(window, at(now)).nextChangeMs);

describe("a window that is once", () => {
  const window: MaintenanceWindow = {
    kind: "once",
    startMs: at("2026-12-01T02:00:00+08:00"),
    endMs: at("2026-12-01T04:00:00+08:00"),
    drainMs: 600_000,
  };
  const { startMs, endMs } = window;

  it.each<[string, number, WindowState]>([
    ["before its drain", startMs - 600_001, { kind: "none", nextChangeMs: startMs - 600_000 }],
    [
      "from its drain on",
      startMs - 600_000,
      { kind: "draining", startsAtMs: startMs, nextChangeMs: startMs },
    ],
    ["just before its start", startMs - 1, { kind: "draining", startsAtMs: startMs, nextChangeMs: startMs }],
    ["from its start on", startMs, { kind: "active", endsAtMs: endMs, nextChangeMs: endMs }],
    ["just before its end", endMs - 1, { kind: "active", endsAtMs: endMs, nextChangeMs: endMs }],
    ["from its end on", endMs, { kind: "none", nextChangeMs: Number.POSITIVE_INFINITY }],
  ])("is right %s", (_when, nowMs, expected) => {
    expect(windowState(window, nowMs)).toEqual(expected);
  });

  it("has no drain when none is asked for", () => {
    expect(windowState({ ...window, drainMs: 0 }, startMs - 1).kind).toBe("none");
    expect(windowState({ ...window, drainMs: 0 }, startMs).kind).toBe("active");
  });
});

describe("a weekly window", () => {
  const window = weekly("Sun 02:00", "Asia/Hong_Kong", 2 * HOUR_MS, 600_000);
  const startMs = at("2026-11-29T02:00:00+08:00");

  it("stands as a window that is once would, in its week", () => {
    expect(windowState(window, startMs - 600_001)).toEqual({ kind: "none", nextChangeMs: startMs - 600_000 });
    expect(windowState(window, startMs - 1).kind).toBe("draining");
    expect(windowState(window, startMs)).toEqual({
      kind: "active",
      endsAtMs: startMs + 2 * HOUR_MS,
      nextChangeMs: startMs + 2 * HOUR_MS,
    });
    expect(windowState(window, startMs + 2 * HOUR_MS)).toEqual({
      kind: "none",
      nextChangeMs: startMs + WEEK_MS - 600_000,
    });
  });

  it("runs over midnight", () => {
    const late = weekly("Sat 23:30", "Europe/Berlin", HOUR_MS);
    expect(windowState(late, at("2026-11-29T00:15:00+01:00")).kind).toBe("active");
    expect(windowState(late, at("2026-11-29T00:30:00+01:00")).kind).toBe("none");
  });

  it("runs over the end of the week, of the month and of the year", () => {
    const newYear = weekly("Thu 23:00", "America/New_York", 3 * HOUR_MS, 2 * HOUR_MS);
    expect(windowState(newYear, at("2026-12-31T21:30:00-05:00")).kind).toBe("draining");
    expect(windowState(newYear, at("2027-01-01T01:59:00-05:00")).kind).toBe("active");
    const threeDays = weekly("Fri 20:00", "Asia/Hong_Kong", 3 * DAY_MS);
    expect(windowState(threeDays, at("2026-11-30T19:59:00+08:00")).kind).toBe("active");
    expect(windowState(threeDays, at("2026-11-30T20:00:00+08:00")).kind).toBe("none");
  });

  it("drains before midnight for a start after it", () => {
    const early = weekly("Mon 00:05", "Europe/Berlin", HOUR_MS, 600_000);
    expect(windowState(early, at("2026-11-29T23:55:00+01:00")).kind).toBe("draining");
  });
});

describe("daylight saving", () => {
  it.each([
    // Europe/Berlin: 29 March 2026 02:00 → 03:00 and 25 October 03:00 → 02:00, both at 01:00 UTC.
    [
      "Sun 02:00",
      "Europe/Berlin",
      "2026-03-22T12:00Z",
      "2026-03-29T01:00:00.000Z",
      "does not exist: from 03:00 on",
    ],
    [
      "Sun 02:30",
      "Europe/Berlin",
      "2026-03-22T12:00Z",
      "2026-03-29T01:00:00.000Z",
      "does not exist: from 03:00 on",
    ],
    ["Sun 03:00", "Europe/Berlin", "2026-03-22T12:00Z", "2026-03-29T01:00:00.000Z", "is the end of the gap"],
    ["Sun 01:59", "Europe/Berlin", "2026-03-22T12:00Z", "2026-03-29T00:59:00.000Z", "is before the gap"],
    [
      "Sun 02:30",
      "Europe/Berlin",
      "2026-10-18T12:00Z",
      "2026-10-25T00:30:00.000Z",
      "exists twice: the first",
    ],
    [
      "Sun 03:00",
      "Europe/Berlin",
      "2026-10-18T12:00Z",
      "2026-10-25T02:00:00.000Z",
      "is after the hour that repeats",
    ],
    ["Sun 02:30", "Europe/Berlin", "2026-10-25T12:00Z", "2026-11-01T01:30:00.000Z", "is in winter"],
    // America/New_York: 8 March 2026 02:00 → 03:00 at 07:00 UTC, 1 November 02:00 → 01:00 at 06:00 UTC.
    ["Sun 02:00", "America/New_York", "2026-03-02T12:00Z", "2026-03-08T07:00:00.000Z", "does not exist"],
    ["Sun 02:59", "America/New_York", "2026-03-02T12:00Z", "2026-03-08T07:00:00.000Z", "does not exist"],
    [
      "Sun 01:30",
      "America/New_York",
      "2026-10-26T12:00Z",
      "2026-11-01T05:30:00.000Z",
      "exists twice: the first",
    ],
    [
      "Sun 02:00",
      "America/New_York",
      "2026-10-26T12:00Z",
      "2026-11-01T07:00:00.000Z",
      "is after the hour that repeats",
    ],
    // Asia/Hong_Kong has none.
    ["Sun 02:00", "Asia/Hong_Kong", "2026-03-23T12:00Z", "2026-03-28T18:00:00.000Z", "is plain"],
    ["Sun 02:00", "Asia/Hong_Kong", "2026-10-19T12:00Z", "2026-10-24T18:00:00.000Z", "is plain"],
    // Australia/Lord_Howe shifts by half an hour: 4 October 2026 02:00 → 02:30 at 15:30 UTC of the 3rd,
    // 5 April 02:00 → 01:30 at 15:00 UTC of the 4th.
    ["Sun 02:15", "Australia/Lord_Howe", "2026-09-28T12:00Z", "2026-10-03T15:30:00.000Z", "does not exist"],
    [
      "Sun 02:30",
      "Australia/Lord_Howe",
      "2026-09-28T12:00Z",
      "2026-10-03T15:30:00.000Z",
      "is the end of the gap",
    ],
    [
      "Sun 01:45",
      "Australia/Lord_Howe",
      "2026-03-30T12:00Z",
      "2026-04-04T14:45:00.000Z",
      "exists twice: the first",
    ],
    [
      "Sun 02:00",
      "Australia/Lord_Howe",
      "2026-03-30T12:00Z",
      "2026-04-04T15:30:00.000Z",
      "is after the half hour that repeats",
    ],
  ])("%s in %s, after %s, begins at %s: the time %s", (every, zone, now, expected) => {
    expect(nextStart(weekly(every, zone), now)).toBe(expected);
  });

  it("does not begin a window a second time when its local time comes again", () => {
    const window = weekly("Sun 02:15", "Europe/Berlin", 1_800_000);
    expect(windowState(window, at("2026-10-25T00:15:00Z")).kind).toBe("active");
    expect(windowState(window, at("2026-10-25T00:45:00Z")).kind).toBe("none");
    expect(windowState(window, at("2026-10-25T01:15:00Z")).kind).toBe("none");
  });

  it("does not change how long a window lasts", () => {
    const over = weekly("Sun 01:00", "Europe/Berlin", 4 * HOUR_MS);
    expect(windowState(over, at("2026-03-29T00:00:00Z"))).toMatchObject({
      endsAtMs: at("2026-03-29T04:00:00Z"),
    });
    expect(windowState(over, at("2026-10-24T23:00:00Z"))).toMatchObject({
      endsAtMs: at("2026-10-25T03:00:00Z"),
    });
  });

  it("drains by elapsed time before a start in a gap", () => {
    const window = weekly("Sun 02:30", "Europe/Berlin", HOUR_MS, 1_800_000);
    expect(windowState(window, at("2026-03-29T00:30:00Z")).kind).toBe("draining");
    expect(windowState(window, at("2026-03-29T00:29:59Z")).kind).toBe("none");
  });

  it("finds the first instant after a day that a zone left out (Apia, 30 December 2011)", () => {
    expect(iso(instantOf("Pacific/Apia", Date.UTC(2011, 11, 30, 2)))).toBe("2011-12-30T10:00:00.000Z");
  });
});

/** An oracle of its own: the offset in words from another part of Intl, every half hour and minute looked at. */
function wallByOffset(formatter: Intl.DateTimeFormat, ms: number): number {
  const name = formatter.formatToParts(ms).find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
  const [, sign = "+", hours = "0", minutes = "0"] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  return ms + (sign === "-" ? -1 : 1) * (Number(hours) * HOUR_MS + Number(minutes) * 60_000);
}

describe("a local time", () => {
  const zones = ["Europe/Berlin", "America/New_York", "Asia/Hong_Kong", "Australia/Lord_Howe"] as const;
  const changes = [
    "2026-03-08T07:00Z",
    "2026-03-29T01:00Z",
    "2026-04-04T15:00Z",
    "2026-10-03T15:30Z",
    "2026-10-25T01:00Z",
    "2026-11-01T06:00Z",
  ];

  it.each(zones)(
    "in %s begins when a search through all minutes says, around every change of 2026",
    (zone) => {
      const formatter = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
      for (const change of changes) {
        const fromMs = at(change) - 4 * HOUR_MS;
        const walls = Array.from({ length: 8 * 60 }, (_, minute) =>
          wallByOffset(formatter, fromMs + minute * 60_000),
        );
        const first = (walls[0] ?? 0) + 30 * 60_000;
        for (let wallMs = first; wallMs < first + 6 * HOUR_MS; wallMs += 5 * 60_000) {
          const exact = walls.indexOf(wallMs);
          const minute = exact >= 0 ? exact : walls.findIndex((wall) => wall > wallMs);
          if (minute < 0) continue;
          expect(iso(instantOf(zone, wallMs))).toBe(iso(fromMs + minute * 60_000));
        }
      }
    },
  );
});

describe("a window's states over time", () => {
  const anyWindow: fc.Arbitrary<MaintenanceWindow> = fc.record({
    kind: fc.constant("weekly" as const),
    start: fc.record({
      weekday: fc.nat(6),
      hour: fc.nat(23),
      minute: fc.nat(59),
    }),
    zone: fc.constantFrom(
      "Europe/Berlin",
      "America/New_York",
      "Asia/Hong_Kong",
      "Australia/Lord_Howe",
      "UTC",
    ),
    durationMs: fc.integer({ min: 60_000, max: 5 * DAY_MS }),
    drainMs: fc.integer({ min: 0, max: DAY_MS }),
  });

  it("change at nextChangeMs and at no moment before", () => {
    const when = fc.integer({ min: at("2026-01-01T00:00Z"), max: at("2027-12-31T00:00Z") });
    fc.assert(
      fc.property(
        anyWindow,
        when,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (window, nowMs, share) => {
          const now = windowState(window, nowMs);
          expect(now.nextChangeMs).toBeGreaterThan(nowMs);
          expect(now.nextChangeMs).toBeLessThanOrEqual(nowMs + WEEK_MS + HOUR_MS);
          const between = nowMs + Math.floor((now.nextChangeMs - nowMs - 1) * share);
          expect(windowState(window, between)).toEqual(now);
          expect(windowState(window, now.nextChangeMs - 1)).toEqual(now);
          expect(windowState(window, now.nextChangeMs)).not.toEqual(now);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("are active for the whole duration, once a week", () => {
    fc.assert(
      fc.property(anyWindow, (window) => {
        let nowMs = at("2026-01-01T00:00Z");
        const endMs = at("2026-12-31T00:00Z");
        let state = windowState(window, nowMs);
        let starts = 0;
        while (state.nextChangeMs < endMs) {
          nowMs = state.nextChangeMs;
          const next = windowState(window, nowMs);
          if (next.kind === "active" && window.kind === "weekly") {
            expect(next.endsAtMs - nowMs).toBe(window.durationMs);
            starts += 1;
          }
          state = next;
        }
        expect(starts).toBeGreaterThanOrEqual(51);
        expect(starts).toBeLessThanOrEqual(53);
      }),
      { numRuns: 15 },
    );
  });
});
