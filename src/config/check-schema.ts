/** Decides where data breaks the schema, and what the checked configuration is when it does not. */
import * as v from "valibot";
import { isProblemCode } from "./codes.ts";
import { showKey } from "./found.ts";
import type { KeyPath } from "./paths.ts";
import type { Finding } from "./problem.ts";
import { type Config, ConfigSchema } from "./schema.ts";
import { shapeFindings } from "./shape.ts";

export type SchemaResult = { kind: "ok"; config: Config } | { kind: "invalid"; findings: Finding[] };

/** Checks plain data against the schema. One finding for each wrong value, all of them. */
export function checkSchema(source: unknown): SchemaResult {
  const shape = shapeFindings(source);
  // Within one value only the first broken check tells something new: 1.5 out of range is also not whole.
  const parsed = v.safeParse(ConfigSchema, source, { abortPipeEarly: true });
  if (parsed.success && shape.length === 0) return { kind: "ok", config: parsed.output };
  const misshapen = shape.filter((finding) => finding.at === "value").map((finding) => finding.path);
  const broken = (parsed.issues ?? [])
    .filter((issue) => !isUnknownKey(issue))
    .map(toFinding)
    .filter((finding) => !misshapen.some((path) => isWithin(finding.path, path)));
  return { kind: "invalid", findings: [...shape, ...broken] };
}

/** valibot tells only the first unknown key of a table; `shapeFindings` tells them all. */
function isUnknownKey(issue: v.BaseIssue<unknown>): boolean {
  return issue.type === "strict_object" && issue.expected === "never";
}

function toFinding(issue: v.BaseIssue<unknown>): Finding {
  const items = issue.path ?? [];
  const path = items.map((item) => item.key as string | number);
  const [, code = "", expected = issue.message] = /^(TG\d{4}) (.*)$/s.exec(issue.message) ?? [];
  const onKey = items.at(-1)?.origin === "key";
  const at = !onKey ? "value" : issue.type === "strict_object" ? "parent" : "key";
  const finding: Finding = { code: isProblemCode(code) ? code : "TG1103", path, at, expected };
  return onKey && at === "key"
    ? { ...finding, found: showKey(String(path.at(-1))) }
    : { ...finding, value: issue.input };
}

function isWithin(path: KeyPath, outer: KeyPath): boolean {
  return outer.every((part, index) => path[index] === part);
}
