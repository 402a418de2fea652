/** Decides whether each maintenance window says when it is in exactly one form, and says all of it. */
import type { Finding } from "../problem.ts";
import { ONCE_KEYS, WEEKLY_KEYS } from "../schema/maintenance.ts";
import type { Table } from "./view.ts";

const FORMS = `the keys ${ONCE_KEYS.join(", ")}, or the keys ${WEEKLY_KEYS.join(", ")}`;

/** Windows with keys of both forms, of none, or with some keys of a form missing. */
export function windowFormFindings(root: Table): Finding[] {
  return root.tables("maintenance").flatMap(formFindings);
}

function formFindings(window: Table): Finding[] {
  const once = ONCE_KEYS.find((key) => window.has(key));
  const weekly = WEEKLY_KEYS.find((key) => window.has(key));
  if (once !== undefined && weekly !== undefined) {
    const path = [...window.path, weekly];
    return [{ code: "TG1806", path, at: "key", found: `${weekly} beside ${once}`, expected: FORMS }];
  }
  if (once === undefined && weekly === undefined) return [missingKey(window, ONCE_KEYS[0], FORMS)];
  const keys = once === undefined ? WEEKLY_KEYS : ONCE_KEYS;
  return keys.filter((key) => !window.has(key)).map((key) => missingKey(window, key, `the key "${key}"`));
}

function missingKey(window: Table, key: string, expected: string): Finding {
  return { code: "TG1102", path: [...window.path, key], at: "parent", expected };
}
