/** Decides whether two things that must be told apart have the same name or value. */
import type { ProblemCode } from "../codes.ts";
import { normalizeHost } from "../hosts.ts";
import { formatPath } from "../paths.ts";
import type { Finding } from "../problem.ts";
import type { Entry, Table } from "./view.ts";

/** Names that must be unique: pools, origins in their pool, routes, limits, rooms and what they have; and entries of a list. */
export function duplicateFindings(root: Table): Finding[] {
  const pools = root.tables("pools");
  const healths = pools.flatMap((pool) => pool.table("health") ?? []);
  const routes = root.tables("routes");
  const rooms = root.tables("rooms");
  return [
    ...duplicateNames(pools, "TG1401"),
    ...pools.flatMap((pool) => duplicateNames(pool.tables("origins"), "TG1402")),
    ...duplicateNames(routes, "TG1501"),
    ...duplicateNames(root.tables("limits"), "TG1602"),
    ...duplicateNames(rooms, "TG1701"),
    ...rooms.flatMap((room) => duplicateNames(room.tables("lanes"), "TG1702")),
    ...rooms.flatMap((room) => duplicateNames(room.tables("events"), "TG1705")),
    ...healths.flatMap((health) => repeats(health.texts("expect_status"))),
    ...healths.flatMap((health) => repeats(health.texts("vantages"))),
    ...routes.flatMap((route) => repeats(route.texts("hosts"), normalizeHost)),
    ...routes.flatMap((route) => repeats(route.texts("methods"))),
    ...routes.flatMap((route) => repeats(route.texts("limits"))),
  ];
}

/** Each entry whose key an earlier entry has; an undefined key is equal to nothing. */
export function duplicates(
  entries: readonly Entry[],
  keyOf: (text: string) => string | undefined,
  code: ProblemCode,
  what: string,
): Finding[] {
  const first = new Map<string, Entry>();
  return entries.flatMap(({ path, text }): Finding[] => {
    const key = keyOf(text);
    if (key === undefined) return [];
    const earlier = first.get(key);
    if (earlier !== undefined) {
      const expected = `${what} other than that of ${formatPath(earlier.path)}`;
      return [{ code, path, at: "value", value: text, expected }];
    }
    first.set(key, { path, text });
    return [];
  });
}

function duplicateNames(tables: readonly Table[], code: ProblemCode): Finding[] {
  const names = tables.flatMap((table): Entry[] => {
    const text = table.text("name");
    return text === undefined ? [] : [{ path: [...table.path, "name"], text }];
  });
  return duplicates(names, (text) => text, code, "a name");
}

function repeats(entries: readonly Entry[], normalize = (text: string) => text): Finding[] {
  return duplicates(entries, normalize, "TG1519", "an entry");
}
