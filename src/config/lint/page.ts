/** Decides whether what pages say fits together: announcements in order, a version with a header to tell it. */
import type { Finding } from "../problem.ts";
import { parseInstant } from "../schema/units.ts";
import { names } from "./references.ts";
import type { Table } from "./view.ts";

export function pageFindings(root: Table): Finding[] {
  const page = root.table("page");
  if (page === undefined) return [];
  return [
    ...page.tables("announcements").flatMap(order),
    ...versionFindings(page),
    ...statusFindings(page, root),
    ...templateFindings(page),
  ];
}

function order(announcement: Table): Finding[] {
  const start = parseInstant(announcement.text("start") ?? "");
  const end = parseInstant(announcement.text("end") ?? "");
  if (start === undefined || end === undefined || end > start) return [];
  const expected = `a time after the start, ${announcement.text("start")}`;
  const value = announcement.text("end");
  return [{ code: "TG2106", path: [...announcement.path, "end"], at: "value", value, expected }];
}

function templateFindings(page: Table): Finding[] {
  if (!page.has("template") || !page.has("logo")) return [];
  const path = [...page.path, "logo"];
  return [{ code: "TG2111", path, at: "key", found: "logo beside template", expected: "one of the two" }];
}

/** A slip here would hide a part from the page, and nobody would notice. */
function statusFindings(page: Table, root: Table): Finding[] {
  const named = page.table("status")?.table("pools");
  const known = names(root.tables("pools"));
  return (named?.keys() ?? [])
    .filter((pool) => !known.includes(pool))
    .map((pool) => ({
      code: "TG2109",
      path: [...(named?.path ?? []), pool],
      at: "key",
      value: pool,
      expected: `one of the pools ${known.join(", ")}`,
    }));
}

/** One without the other does nothing, and whoever wrote it believes that it does. */
function versionFindings(page: Table): Finding[] {
  const pair = ["app_version_header", "min_app_version"] as const;
  const written = pair.filter((key) => page.text(key) !== undefined);
  const [key] = written;
  if (key === undefined || written.length === pair.length) return [];
  const missing = pair.find((other) => other !== key);
  return [
    {
      code: "TG2108",
      path: [...page.path, key],
      at: "key",
      value: key,
      expected: `the key ${missing} beside it`,
    },
  ];
}
