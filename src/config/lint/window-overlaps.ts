/** Decides whether two maintenance windows of one target are at the same time, also when they come every week. */
import { formatPath } from "../paths.ts";
import type { Finding } from "../problem.ts";
import { parseDuration, parseInstant } from "../schema/units.ts";
import { isTimeZone, parseWeekly } from "../schema/weekly.ts";
import type { Table } from "./view.ts";
import { shiftsBetween, type ZoneClock, zoneClock } from "./zone-clock.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const WEEK = 7 * DAY;

/** 1970-01-01 was a Thursday. */
const FIRST_SUNDAY = 3 * DAY;

type Once = { kind: "once"; start: number; end: number };

/** `from` is counted from Sunday 00:00 by the zone's clocks. */
type Weekly = { kind: "weekly"; from: number; length: number; clock: ZoneClock };

interface Timed {
  window: Table;
  time: Once | Weekly;
}

/** A window of a whole pool and one of its origins are different targets: the two may overlap. */
export function overlapFindings(root: Table): Finding[] {
  const clocks = new Map<string, ZoneClock>();
  const timed = root.tables("maintenance").flatMap((window): Timed[] => {
    const time = window.text("pool") === undefined ? undefined : (once(window) ?? weekly(window, clocks));
    return time === undefined ? [] : [{ window, time }];
  });
  const byTarget = Map.groupBy(timed, ({ window }) =>
    JSON.stringify([window.text("pool"), window.get("origin")]),
  );
  return [...byTarget.values()].flatMap(overlapsOf);
}

/** Of two windows the later one in the file is the one to be changed: the earlier was there first. */
function overlapsOf(windows: readonly Timed[]): Finding[] {
  return windows.flatMap(({ window, time }, index) => {
    const earlier = windows.find((other, place) => place < index && overlap(other.time, time));
    if (earlier === undefined) return [];
    const key = time.kind === "once" ? "start" : "every";
    const expected = `a time outside ${formatPath(earlier.window.path)}: ${describe(earlier)}`;
    return [{ code: "TG1805", path: [...window.path, key], at: "value", value: window.text(key), expected }];
  });
}

function overlap(left: Once | Weekly, right: Once | Weekly): boolean {
  if (left.kind === "once" && right.kind === "once") return left.start < right.end && right.start < left.end;
  if (left.kind === "once") return meets(left, right as Weekly);
  return right.kind === "once" ? meets(right, left) : meetEveryWeek(left, right);
}

/** Compared by the weekly window's clocks, so daylight saving is right but for windows during which it changes. */
function meets({ start, end }: Once, weekly: Weekly): boolean {
  const local = weekly.clock.local(start);
  // Where the clocks turn back meanwhile they show less than the time that passed.
  const length = Math.max(weekly.clock.local(end) - local, end - start);
  return sameTimeOfWeek(local - FIRST_SUNDAY, length, weekly.from, weekly.length);
}

/** In two zones the windows move against each other when one of them changes its clocks. */
function meetEveryWeek(left: Weekly, right: Weekly): boolean {
  const shifts = left.clock === right.clock ? [0] : [...shiftsBetween(left.clock, right.clock)];
  return shifts.some((shift) => sameTimeOfWeek(left.from + shift, left.length, right.from, right.length));
}

function sameTimeOfWeek(from: number, length: number, otherFrom: number, otherLength: number): boolean {
  const later = (((otherFrom - from) % WEEK) + WEEK) % WEEK;
  return later < length || WEEK - later < otherLength;
}

function once(window: Table): Once | undefined {
  const start = parseInstant(window.text("start") ?? "");
  const end = parseInstant(window.text("end") ?? "");
  if (start === undefined || end === undefined || end <= start) return undefined;
  return { kind: "once", start, end };
}

function weekly(window: Table, clocks: Map<string, ZoneClock>): Weekly | undefined {
  const every = parseWeekly(window.text("every") ?? "");
  const length = parseDuration(window.text("duration") ?? "");
  const zone = window.text("zone") ?? "";
  if (every === undefined || length === undefined || length === 0) return undefined;
  const known = clocks.get(zone);
  if (known === undefined && !isTimeZone(zone)) return undefined;
  const clock = known ?? zoneClock(zone);
  clocks.set(zone, clock);
  return { kind: "weekly", from: every.weekday * DAY + every.minuteOfDay * MINUTE, length, clock };
}

function describe({ window, time }: Timed): string {
  return time.kind === "once"
    ? `${window.text("start")} to ${window.text("end")}`
    : `${window.text("every")} ${window.text("zone")} for ${window.text("duration")}`;
}
