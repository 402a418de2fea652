/** Where a maintenance window stands at a moment, and when that changes: once or weekly, right over daylight saving. */

export type MaintenanceWindow =
  | {
      readonly kind: "once";
      readonly startMs: number;
      /** After `startMs`. */
      readonly endMs: number;
      readonly drainMs: number;
    }
  | {
      readonly kind: "weekly";
      readonly start: WeeklyStart;
      /** An IANA name that the runtime knows. */
      readonly zone: string;
      /** Elapsed time, whatever local clocks do meanwhile. With `drainMs` together at most a week. */
      readonly durationMs: number;
      readonly drainMs: number;
    };

/** A local time of the week. */
export interface WeeklyStart {
  /** 0 is Sunday, 6 is Saturday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

/** `nextChangeMs` is when to look again: an edge acts at that moment without asking anybody. Infinity for never. */
export type WindowState =
  | { readonly kind: "none"; readonly nextChangeMs: number }
  | { readonly kind: "draining"; readonly startsAtMs: number; readonly nextChangeMs: number }
  | { readonly kind: "active"; readonly endsAtMs: number; readonly nextChangeMs: number };

/** Where the window stands at `nowMs` (epoch milliseconds). The start belongs to it, the end does not. */
export function windowState(window: MaintenanceWindow, nowMs: number): WindowState {
  let nextChangeMs = Number.POSITIVE_INFINITY;
  for (const { startMs, endMs } of occurrences(window, nowMs)) {
    if (nowMs >= endMs) continue;
    if (nowMs >= startMs) return { kind: "active", endsAtMs: endMs, nextChangeMs: endMs };
    if (nowMs >= startMs - window.drainMs)
      return { kind: "draining", startsAtMs: startMs, nextChangeMs: startMs };
    nextChangeMs = Math.min(nextChangeMs, startMs - window.drainMs);
  }
  return { kind: "none", nextChangeMs };
}

interface Occurrence {
  readonly startMs: number;
  readonly endMs: number;
}

const DAY_MS = 86_400_000;

/** The occurrences that can matter at `nowMs`, earliest first. */
function occurrences(window: MaintenanceWindow, nowMs: number): Occurrence[] {
  if (window.kind === "once") return [{ startMs: window.startMs, endMs: window.endMs }];
  const { start, zone, durationMs } = window;
  const today = Math.floor(wallClockMs(zone, nowMs) / DAY_MS);
  // 1 January 1970 was a Thursday.
  const sinceThatDay = (((today + 4 - start.weekday) % 7) + 7) % 7;
  const latestDay = today - sinceThatDay;
  return [latestDay - 7, latestDay, latestDay + 7].map((day) => {
    const startMs = instantOf(zone, day * DAY_MS + start.hour * 3_600_000 + start.minute * 60_000);
    return { startMs, endMs: startMs + durationMs };
  });
}

/**
 * The instant at which clocks in `zone` first show a local time, or a later one where they never show it: a time that
 * exists twice is the first of the two, a time in a gap is the first instant after the gap.
 *
 * @param wallMs the local time as if it were UTC, in epoch milliseconds
 */
export function instantOf(zone: string, wallMs: number): number {
  // Offsets are within ± 14 h and changes are weeks apart, so a day before and a day after see at most one change.
  const before = wallMs - offsetMs(zone, wallMs - DAY_MS);
  const after = wallMs - offsetMs(zone, wallMs + DAY_MS);
  const found = [Math.min(before, after), Math.max(before, after)].find(
    (instant) => wallClockMs(zone, instant) === wallMs,
  );
  return found ?? endOfGap(zone, Math.min(before, after), Math.max(before, after), wallMs);
}

/** The first whole second after `earlyMs` and up to `lateMs` whose local time is past `wallMs`. */
function endOfGap(zone: string, earlyMs: number, lateMs: number, wallMs: number): number {
  let early = Math.floor(earlyMs / 1000);
  let late = Math.ceil(lateMs / 1000);
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (wallClockMs(zone, middle * 1000) > wallMs) late = middle;
    else early = middle;
  }
  return late * 1000;
}

function offsetMs(zone: string, instantMs: number): number {
  return wallClockMs(zone, instantMs) - instantMs;
}

/** What clocks in `zone` show at an instant, as if it were UTC, to the second. */
function wallClockMs(zone: string, instantMs: number): number {
  const read: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(instantMs)) read[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = read;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((instantMs % 1000) + 1000) % 1000);
}

/** Filled on first use: making a formatter costs ten times as much as using it. Zones come from the configuration only. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const formatter = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "iso8601",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formatters.set(zone, formatter);
  return formatter;
}
