/** Decides whether maintenance windows are for something that exists, in the right order of time, and apart. */
import { formatPath } from "../paths.ts";
import type { Finding } from "../problem.ts";
import { parseInstant } from "../schema/units.ts";
import { missing, names } from "./references.ts";
import type { Table } from "./view.ts";

interface Span {
  window: Table;
  start: number;
  end: number;
}

/** Unknown pools and origins, windows that end before they start, and overlaps of the same target. */
export function windowFindings(root: Table): Finding[] {
  const windows = root.tables("maintenance");
  return [
    ...windows.flatMap((window) => targetFindings(window, root)),
    ...windows.flatMap(order),
    ...overlaps(windows),
  ];
}

function targetFindings(window: Table, root: Table): Finding[] {
  const pools = root.tables("pools");
  const name = window.text("pool");
  const unknown = missing(name, names(pools), [...window.path, "pool"], "TG1803", "pool");
  const same = pools.filter((pool) => pool.text("name") === name);
  if (same.length === 0) return unknown;
  const origins = same.flatMap((pool) => names(pool.tables("origins")));
  return missing(window.text("origin"), origins, [...window.path, "origin"], "TG1804", "origin of the pool");
}

function order(window: Table): Finding[] {
  const { start, end } = times(window);
  if (start === undefined || end === undefined || end > start) return [];
  const expected = `a time after the start, ${window.text("start")}`;
  return [
    { code: "TG1801", path: [...window.path, "end"], at: "value", value: window.text("end"), expected },
  ];
}

/** A window of a whole pool and one of its origins are different targets: the two may overlap. */
function overlaps(windows: readonly Table[]): Finding[] {
  const byTarget = Map.groupBy(windows.flatMap(toSpan), ({ window }) =>
    JSON.stringify([window.text("pool"), window.get("origin")]),
  );
  return [...byTarget.values()].flatMap((spans) => overlapsOf(spans));
}

/** Each window that begins before an earlier one (by start, then by place in the file) has ended. */
function overlapsOf(spans: readonly Span[]): Finding[] {
  const found: Finding[] = [];
  let longest: Span | undefined;
  for (const span of [...spans].sort((left, right) => left.start - right.start)) {
    if (longest !== undefined && span.start < longest.end) found.push(overlap(span, longest));
    if (longest === undefined || span.end > longest.end) longest = span;
  }
  return found;
}

/** The later one in the file is the one to be changed: the earlier was there first. */
function overlap(left: Span, right: Span): Finding {
  const [earlier, later] = indexOf(left) < indexOf(right) ? [left, right] : [right, left];
  const { path } = later.window;
  const other = earlier.window;
  const expected = `a time outside ${formatPath(other.path)}: ${other.text("start")} to ${other.text("end")}`;
  return {
    code: "TG1805",
    path: [...path, "start"],
    at: "value",
    value: later.window.text("start"),
    expected,
  };
}

function indexOf(span: Span): number {
  return Number(span.window.path.at(-1));
}

function toSpan(window: Table): Span[] {
  const { start, end } = times(window);
  const comparable =
    start !== undefined && end !== undefined && end > start && window.text("pool") !== undefined;
  return comparable ? [{ window, start, end }] : [];
}

function times(window: Table): { start: number | undefined; end: number | undefined } {
  return { start: parseInstant(window.text("start") ?? ""), end: parseInstant(window.text("end") ?? "") };
}
