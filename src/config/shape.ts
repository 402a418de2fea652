/** Decides which keys of the data are known, and where a list stands in the place of a table. */
import { showKey } from "./found.ts";
import type { KeyPath } from "./paths.ts";
import type { Finding } from "./problem.ts";
import { ConfigSchema } from "./schema.ts";

/** The parts of a valibot schema that tell the shape of data; each kind of schema has some of them. */
interface SchemaNode {
  type: string;
  entries?: Record<string, SchemaNode>;
  item?: SchemaNode;
  wrapped?: SchemaNode;
  value?: SchemaNode;
}

/** valibot leaves these out of records without a word. */
const SILENT_KEYS = ["__proto__", "prototype", "constructor"];

/** Every unknown key, and every list where a table belongs (valibot takes a list for an empty table). */
export function shapeFindings(source: unknown): Finding[] {
  return visit(ConfigSchema as SchemaNode, source, []);
}

function visit(schema: SchemaNode, value: unknown, path: KeyPath): Finding[] {
  if (schema.wrapped !== undefined) return visit(schema.wrapped, value, path);
  if (typeof value !== "object" || value === null) return [];
  if (schema.item !== undefined) return visitList(schema.item, value, path);
  if (schema.entries === undefined && schema.type !== "record") return [];
  if (Array.isArray(value)) {
    return [
      { code: "TG1103", path, at: "value", value, expected: "a table (one pair of brackets), not a list" },
    ];
  }
  return schema.entries === undefined
    ? visitRecord(value, path)
    : visitTable(schema.entries, value as Record<string, unknown>, path);
}

function visitList(item: SchemaNode, value: object, path: KeyPath): Finding[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry, index) => visit(item, entry, [...path, index]));
}

function visitRecord(value: object, path: KeyPath): Finding[] {
  return Object.keys(value)
    .filter((key) => SILENT_KEYS.includes(key))
    .map((key) => unknownKey(key, path, "another key: this one has a meaning in JavaScript"));
}

function visitTable(
  entries: Record<string, SchemaNode>,
  value: Record<string, unknown>,
  path: KeyPath,
): Finding[] {
  return Object.keys(value).flatMap((key) => {
    const schema = Object.hasOwn(entries, key) ? entries[key] : undefined;
    if (schema !== undefined) return visit(schema, value[key], [...path, key]);
    return [unknownKey(key, path, expectedKeys(key, Object.keys(entries)))];
  });
}

function unknownKey(key: string, path: KeyPath, expected: string): Finding {
  return { code: "TG1101", path: [...path, key], at: "key", found: showKey(key), expected };
}

function expectedKeys(key: string, known: readonly string[]): string {
  const close = known.find((candidate) => distance(candidate, key.toLowerCase()) <= 2);
  const all = `one of ${known.join(", ")}`;
  return close === undefined ? all : `${close} (${all})`;
}

/** Levenshtein's distance; keys longer than any known one are far from all. */
function distance(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > 2) return 3;
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [position, letter] of [...left].entries()) {
    const next = [position + 1];
    for (let index = 1; index <= right.length; index += 1) {
      const replaced = (row[index - 1] ?? 0) + (letter === right[index - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[index] ?? 0) + 1, (next[index - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 3;
}
