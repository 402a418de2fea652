/** Decides whether what routes refer to is there, and whether a route's settings go together. */

import type { ProblemCode } from "../codes.ts";
import { shorten } from "../found.ts";
import type { KeyPath } from "../paths.ts";
import type { Finding } from "../problem.ts";
import { grouped } from "../schema/words.ts";
import type { Table } from "./view.ts";

/** Routes to missing pools, limits and rooms; stale answers without GET; a cost too high for ever. */
export function referenceFindings(root: Table): Finding[] {
  const pools = names(root.tables("pools"));
  const limits = names(root.tables("limits"));
  const rooms = names(root.tables("rooms"));
  const ofPools = root
    .tables("pools")
    .flatMap((pool) =>
      pool.texts("limits").flatMap(({ path, text }) => missing(text, limits, path, "TG1503", "limit")),
    );
  const ofRoutes = root
    .tables("routes")
    .flatMap((route) => [
      ...missing(route.text("pool"), pools, [...route.path, "pool"], "TG1502", "pool"),
      ...route.texts("limits").flatMap(({ path, text }) => missing(text, limits, path, "TG1503", "limit")),
      ...missing(route.text("room"), rooms, [...route.path, "room"], "TG1504", "room"),
      ...staleWithoutGet(route),
      ...costAboveCapacity(route, root),
    ]);
  return [...ofPools, ...ofRoutes];
}

/** A finding when a name is not among those that exist; an undefined name is not checked. */
export function missing(
  name: string | undefined,
  known: readonly string[],
  path: KeyPath,
  code: ProblemCode,
  what: string,
): Finding[] {
  if (name === undefined || known.includes(name)) return [];
  const expected =
    known.length === 0
      ? `a ${what}, but there is none`
      : `a ${what} that exists: ${shorten(known.join(", "))}`;
  return [{ code, path, at: "value", value: name, expected }];
}

/** The names that tables have. */
export function names(tables: readonly Table[]): string[] {
  return tables.flatMap((table) => table.text("name") ?? []);
}

function staleWithoutGet(route: Table): Finding[] {
  if (!route.has("stale_if_error") || !Array.isArray(route.get("methods"))) return [];
  if (route.texts("methods").some((entry) => entry.text === "GET")) return [];
  const value = route.get("stale_if_error");
  const expected = '"GET" among the methods, or no stale_if_error';
  return [{ code: "TG1521", path: [...route.path, "stale_if_error"], at: "value", value, expected }];
}

function costAboveCapacity(route: Table, root: Table): Finding[] {
  const cost = route.get("cost") ?? 1;
  if (typeof cost !== "number") return [];
  const pool = root.tables("pools").find((one) => one.text("name") === route.text("pool"));
  const used = [route, ...(pool === undefined ? [] : [pool])]
    .flatMap((one) => one.texts("limits"))
    .map((entry) => entry.text);
  const tight = root.tables("limits").filter((limit) => {
    const capacity = limit.get("capacity");
    return (
      used.includes(limit.text("name") ?? "") &&
      typeof capacity === "number" &&
      capacity >= 1 &&
      cost > capacity
    );
  });
  return tight.slice(0, 1).map((limit) => {
    const expected = `at most ${grouped(Number(limit.get("capacity")))}, the capacity of limit ${limit.text("name")}`;
    return { code: "TG1520", path: [...route.path, "cost"], at: "value", value: cost, expected };
  });
}
