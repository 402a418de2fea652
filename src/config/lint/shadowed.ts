/** Decides whether a route can never match because an earlier one is the same. */
import { normalizeHost } from "../hosts.ts";
import { formatPath } from "../paths.ts";
import type { Finding } from "../problem.ts";
import type { Table } from "./view.ts";

/** Routes with the path pattern, hosts and methods of an earlier route. */
export function shadowedFindings(root: Table): Finding[] {
  const first = new Map<string, Table>();
  return root.tables("routes").flatMap((route): Finding[] => {
    const path = route.text("path");
    if (path === undefined || !isList(route, "hosts") || !isList(route, "methods")) return [];
    const key = JSON.stringify([
      shape(path),
      sorted(route, "hosts", normalizeHost),
      sorted(route, "methods"),
    ]);
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, route);
      return [];
    }
    const expected = `a path, hosts or methods other than those of ${formatPath(earlier.path)}, which matches first`;
    return [{ code: "TG1506", path: [...route.path, "path"], at: "value", value: path, expected }];
  });
}

/** Parameter names do not matter for matching: `/a/:id` and `/a/:user` match the same paths. */
function shape(path: string): string {
  const segments = path.split("/");
  return segments
    .map((segment, index) => {
      if (segment.startsWith(":")) return ":";
      return segment === "*" && index < segments.length - 1 ? ":" : segment;
    })
    .join("/");
}

function isList(route: Table, key: string): boolean {
  return !route.has(key) || Array.isArray(route.get(key));
}

function sorted(route: Table, key: string, normalize = (text: string) => text): string[] | undefined {
  if (!route.has(key)) return undefined;
  return [...new Set(route.texts(key).map((entry) => normalize(entry.text)))].sort();
}
