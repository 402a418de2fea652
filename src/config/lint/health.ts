/** Decides whether what a pool's health checks ask for and what they expect go together. */
import { showKey } from "../found.ts";
import type { Finding } from "../problem.ts";
import { duplicates } from "./duplicates.ts";
import type { Table } from "./view.ts";

/** A body expected of HEAD, and headers whose names differ only in capitals. */
export function healthFindings(root: Table): Finding[] {
  return root
    .tables("pools")
    .flatMap((pool) => pool.table("health") ?? [])
    .flatMap((health) => [...bodyOfHead(health), ...sameHeaders(health)]);
}

function bodyOfHead(health: Table): Finding[] {
  if (health.text("method") !== "HEAD" || !health.has("expect_body")) return [];
  const expected = 'no expect_body beside HEAD, or method "GET"';
  const value = health.get("expect_body");
  return [{ code: "TG1420", path: [...health.path, "expect_body"], at: "value", value, expected }];
}

function sameHeaders(health: Table): Finding[] {
  const values = health.table("headers")?.entries() ?? [];
  const names = values.map(({ path }) => ({ path, text: String(path.at(-1)) }));
  const found = duplicates(names, (text) => text.toLowerCase(), "TG1419", "a header");
  return found.map((finding) => ({ ...finding, at: "key", found: showKey(String(finding.value)) }));
}
