/** Decides whether maintenance windows are for something that exists and end after they start. */
import type { Finding } from "../problem.ts";
import { parseInstant } from "../schema/units.ts";
import { missing, names } from "./references.ts";
import type { Table } from "./view.ts";

/** Unknown pools and origins, and windows that end before they start. */
export function windowFindings(root: Table): Finding[] {
  const windows = root.tables("maintenance");
  return [...windows.flatMap((window) => targetFindings(window, root)), ...windows.flatMap(order)];
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
  const start = parseInstant(window.text("start") ?? "");
  const end = parseInstant(window.text("end") ?? "");
  if (start === undefined || end === undefined || end > start) return [];
  const expected = `a time after the start, ${window.text("start")}`;
  return [
    { code: "TG1801", path: [...window.path, "end"], at: "value", value: window.text("end"), expected },
  ];
}
