/** Decides whether the levels that a pool's traffic spills over have a gap. */
import type { Finding } from "../problem.ts";
import { LAST_PRIORITY } from "../schema/origins.ts";
import type { Table } from "./view.ts";

/** The first origin, in each pool, of the lowest level whose level before has no origin. */
export function priorityFindings(root: Table): Finding[] {
  return root.tables("pools").flatMap((pool) => gap(pool.tables("origins")));
}

function gap(origins: readonly Table[]): Finding[] {
  const levels = origins.map((origin) => origin.get("priority") ?? 0);
  // A level that is not one may be the one that seems missing.
  if (!levels.every(isLevel)) return [];
  const lowest = Math.min(...levels.filter((level) => level > 0 && !levels.includes(level - 1)));
  const origin = origins[levels.indexOf(lowest)];
  if (origin === undefined) return [];
  const expected = `${lowest - 1}, or an origin of level ${lowest - 1} in the pool`;
  return [{ code: "TG1422", path: [...origin.path, "priority"], at: "value", value: lowest, expected }];
}

function isLevel(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LAST_PRIORITY;
}
