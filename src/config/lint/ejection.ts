/** Decides whether a pool's ejections can grow: the longest must not be shorter than the first. */
import type { Finding } from "../problem.ts";
import { DEFAULT_BASE, DEFAULT_MAX } from "../schema/ejection.ts";
import { parseDuration } from "../schema/units.ts";
import type { Table } from "./view.ts";

/** Each pool whose `max` is below its `base`; a key that is not written has its default. */
export function ejectionFindings(root: Table): Finding[] {
  return root.tables("pools").flatMap((pool) => {
    const ejection = pool.table("ejection");
    return ejection === undefined ? [] : shorterThanBase(ejection);
  });
}

function shorterThanBase(ejection: Table): Finding[] {
  const base = ejection.has("base") ? ejection.text("base") : DEFAULT_BASE;
  const max = ejection.has("max") ? ejection.text("max") : DEFAULT_MAX;
  const first = parseDuration(base ?? "");
  const longest = parseDuration(max ?? "");
  if (first === undefined || longest === undefined || longest >= first) return [];
  const [key, value, expected] = ejection.has("max")
    ? ["max", max, `at least ${base}, which base is`]
    : ["base", base, `at most ${max}, which max is`];
  return [{ code: "TG1421", path: [...ejection.path, key], at: "value", value, expected }];
}
