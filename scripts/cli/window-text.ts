/** Renders maintenance windows, for people. */
import type { WindowStatus } from "../../src/config/window-list.ts";
import { table } from "./table.ts";
import { lengthText, localText, timeText, utcText } from "./times.ts";

type Planned = Pick<WindowStatus, "pool" | "origin" | "startMs" | "endMs" | "drainMs" | "message">;

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** What a window will do, in the order in which it happens. */
export function windowText(window: Planned): string[] {
  const { startMs, endMs, drainMs, message = {} } = window;
  const drain = drainMs === 0 ? [] : [`  no new users from  ${timeText(startMs - drainMs)}`];
  const texts = Object.entries(message).map(([language, text]) => `  message ${language}: ${text}`);
  return [
    `maintenance: ${targetText(window)}`,
    ...drain,
    `  no users from      ${timeText(startMs)}`,
    `  users return from  ${timeText(endMs)}`,
    ...texts,
  ];
}

export function targetText({ pool, origin }: Pick<WindowStatus, "pool" | "origin">): string {
  return origin === undefined ? `the whole pool ${pool}` : `${origin} of pool ${pool}`;
}

export function windowsTable(windows: readonly WindowStatus[]): string {
  if (windows.length === 0) return "no maintenance is on or to come";
  return table([
    ["ID", "POOL", "ORIGIN", "STATE", "START", "END", "START (UTC)", "END (UTC)", "DRAIN", "FROM"],
    ...windows.map((window) => [
      window.id === undefined ? "-" : String(window.id),
      window.pool,
      window.origin ?? "(all)",
      window.state,
      localText(window.startMs),
      localText(window.endMs),
      utcText(window.startMs),
      utcText(window.endMs),
      window.drainMs === 0 ? "-" : lengthText(window.drainMs),
      window.source === "command" ? "command" : `file${everyText(window)}`,
    ]),
  ]);
}

function everyText({ weekly }: WindowStatus): string {
  if (weekly === undefined) return "";
  const { minuteOfWeek, zone } = weekly;
  const time = new Date(minuteOfWeek * 60_000).toISOString().slice(11, 16);
  return `, every ${WEEKDAYS[Math.floor(minuteOfWeek / 1440)]} ${time} ${zone}`;
}
