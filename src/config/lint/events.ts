/** Decides whether rooms' events end after they start, keep clear of each other, and draw lots only where people gather. */
import { formatPath } from "../paths.ts";
import type { Finding } from "../problem.ts";
import { parseDuration, parseInstant } from "../schema/units.ts";
import type { Table } from "./view.ts";

interface Timed {
  readonly event: Table;
  /** When the pre-queue begins. */
  readonly fromMs: number;
  readonly endMs: number;
}

export function eventFindings(root: Table): Finding[] {
  return root.tables("rooms").flatMap((room) => {
    const events = room.tables("events");
    return [...events.flatMap(order), ...events.flatMap(lotteryAlone), ...overlaps(events.flatMap(timed))];
  });
}

function order(event: Table): Finding[] {
  const start = parseInstant(event.text("start") ?? "");
  const end = parseInstant(event.text("end") ?? "");
  if (start === undefined || end === undefined || end > start) return [];
  const expected = `a time after the start, ${event.text("start")}`;
  return [{ code: "TG1706", path: [...event.path, "end"], at: "value", value: event.text("end"), expected }];
}

function lotteryAlone(event: Table): Finding[] {
  if (event.get("lottery") !== true || prequeueOf(event) !== 0) return [];
  const expected = 'a prequeue beside it, such as "30m", or no lottery';
  return [{ code: "TG1708", path: [...event.path, "lottery"], at: "value", value: true, expected }];
}

/** Of two events the later one in the file is the one to be changed: the earlier was there first. */
function overlaps(events: readonly Timed[]): Finding[] {
  return events.flatMap(({ event, fromMs, endMs }, index): Finding[] => {
    const earlier = events.find(
      (other, place) => place < index && other.fromMs < endMs && fromMs < other.endMs,
    );
    if (earlier === undefined) return [];
    const from = new Date(earlier.fromMs).toISOString();
    const to = new Date(earlier.endMs).toISOString();
    const expected = `a time, pre-queue included, outside ${formatPath(earlier.event.path)}: ${from} to ${to}`;
    const value = event.text("start");
    return [{ code: "TG1707", path: [...event.path, "start"], at: "value", value, expected }];
  });
}

/** Undefined for an event that has a mistake in its times, which is told by itself. */
function timed(event: Table): Timed[] {
  const start = parseInstant(event.text("start") ?? "");
  const end = parseInstant(event.text("end") ?? "");
  const prequeue = prequeueOf(event);
  if (start === undefined || end === undefined || prequeue === undefined || end <= start) return [];
  return [{ event, fromMs: start - prequeue, endMs: end }];
}

function prequeueOf(event: Table): number | undefined {
  return event.has("prequeue") ? parseDuration(event.text("prequeue") ?? "") : 0;
}
