/** Tells what differs between two states, each value with its path, before and after, for answers and the audit. */
import { isSecretPlace, maskSecrets } from "./found.ts";

/** A table or list is told by its values; `{}` and `[]` are empty ones. */
export type Value = string | number | boolean | null;

export interface ValueChange {
  /** Such as `pools.wallet.origins.hk.weight`. */
  readonly path: string;
  /** Absent: it was not there. */
  readonly before?: Value;
  /** Absent: it is not there any more. */
  readonly after?: Value;
}

/** More differences are a different file: it is read as a whole then. */
const MAX_CHANGES = 500;
const MAX_VALUE_LENGTH = 1_000;

/** Values that may be a secret are told to differ, and not shown. */
const HIDDEN = "(not shown)";

type Path = readonly string[];
type Members = ReadonlyMap<string, unknown>;

/** @param before plain data; lists of named or numbered tables are compared by name or number, others by place */
export function diffData(before: unknown, after: unknown): ValueChange[] {
  const changes: ValueChange[] = [];
  compare(before, after, [], changes);
  if (changes.length <= MAX_CHANGES) return changes;
  const more = changes.length - MAX_CHANGES;
  return [...changes.slice(0, MAX_CHANGES), { path: `(${more} more)` }];
}

function compare(before: unknown, after: unknown, path: Path, changes: ValueChange[]): void {
  const [old, now] = [membersOf(before), membersOf(after)];
  if (kindOf(before) !== kindOf(after) || kindOf(before) === "plain") noteValue(before, after, path, changes);
  for (const key of new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])) {
    compare(old?.get(key), now?.get(key), [...path, key], changes);
  }
  noteOrder(before, after, path, changes);
}

function kindOf(value: unknown): "none" | "plain" | "list" | "table" {
  if (value === undefined) return "none";
  if (Array.isArray(value)) return "list";
  return typeof value === "object" && value !== null ? "table" : "plain";
}

function noteValue(before: unknown, after: unknown, path: Path, changes: ValueChange[]): void {
  if (before === after) return;
  const isOther = membersOf(before) !== undefined && membersOf(after) !== undefined;
  const [was, is] = [shown(path, before, isOther), shown(path, after, isOther)];
  // A table or list that comes or goes is told by its values.
  if (was === undefined && is === undefined) return;
  changes.push({
    path: path.join("."),
    ...(was === undefined ? {} : { before: was }),
    ...(is === undefined ? {} : { after: is }),
  });
}

/** First match wins among routes, so another order is another configuration. */
function noteOrder(before: unknown, after: unknown, path: Path, changes: ValueChange[]): void {
  if (!Array.isArray(before) || !Array.isArray(after)) return;
  const [old, now] = [namesOf(before), namesOf(after)];
  if (old === undefined || now === undefined) return;
  const common = (names: readonly string[], others: readonly string[]) =>
    names.filter((name) => others.includes(name)).join(", ");
  const [was, is] = [common(old, now), common(now, old)];
  if (was !== is) changes.push({ path: `${path.join(".")} (order)`, before: was, after: is });
}

/** Undefined for a table or list that holds something, unless its kind is what has changed. */
function shown(path: Path, value: unknown, isOther: boolean): Value | undefined {
  if (value === undefined) return undefined;
  const members = membersOf(value);
  if (members !== undefined) {
    if (members.size > 0 && !isOther) return undefined;
    const inside = members.size > 0 ? "…" : "";
    return Array.isArray(value) ? `[${inside}]` : `{${inside}}`;
  }
  if (isSecretPlace(path)) return HIDDEN;
  if (typeof value !== "string") return value as number | boolean | null;
  const text = maskSecrets(value);
  return text.length <= MAX_VALUE_LENGTH ? text : `${text.slice(0, MAX_VALUE_LENGTH)}…`;
}

/** A table's members, or a list's by name or place; undefined for a plain value. */
function membersOf(value: unknown): Members | undefined {
  if (Array.isArray(value)) {
    const names = namesOf(value);
    return new Map(value.map((item, index) => [names?.[index] ?? String(index), item]));
  }
  return typeof value === "object" && value !== null ? new Map(Object.entries(value)) : undefined;
}

function namesOf(list: readonly unknown[]): string[] | undefined {
  const names = list.flatMap((item) => {
    if (typeof item !== "object" || item === null) return [];
    const { name, id } = item as { name?: unknown; id?: unknown };
    if (typeof name === "string") return [name];
    return typeof id === "number" ? [String(id)] : [];
  });
  return names.length === list.length && new Set(names).size === list.length ? names : undefined;
}
