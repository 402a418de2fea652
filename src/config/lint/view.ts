/** Decides how cross checks read data that may be partly wrong: what is not well formed is not there. */
import type { KeyPath } from "../paths.ts";

/** A table of the data with its place; `get` tells own keys only. */
export interface Table {
  path: KeyPath;
  get(key: string): unknown;
  has(key: string): boolean;
  keys(): string[];
  /** The value when it is a text, else undefined. */
  text(key: string): string | undefined;
  /** The tables of a list of tables; other entries are left out, the indexes stay right. */
  tables(key: string): Table[];
  /** The table under a key, or undefined. */
  table(key: string): Table | undefined;
  /** The texts of a list with their places. */
  texts(key: string): Entry[];
  /** All texts of a table with their places. */
  entries(): Entry[];
}

/** A text and where it stands. */
export interface Entry {
  path: KeyPath;
  text: string;
}

/** Reads a value as a table; anything else reads as an empty one. */
export function viewTable(value: unknown, path: KeyPath = []): Table {
  const data: Record<string, unknown> = isTable(value) ? value : {};
  const get = (key: string): unknown => (Object.hasOwn(data, key) ? data[key] : undefined);
  const list = (key: string): unknown[] => {
    const found = get(key);
    return Array.isArray(found) ? found : [];
  };
  return {
    path,
    get,
    has: (key) => Object.hasOwn(data, key),
    keys: () => Object.keys(data),
    text: (key) => asText(get(key)),
    tables: (key) =>
      list(key).flatMap((item, index) => (isTable(item) ? [viewTable(item, [...path, key, index])] : [])),
    table: (key) => (isTable(get(key)) ? viewTable(get(key), [...path, key]) : undefined),
    texts: (key) => list(key).flatMap((item, index) => toEntry(item, [...path, key, index])),
    entries: () => Object.keys(data).flatMap((key) => toEntry(data[key], [...path, key])),
  };
}

function toEntry(value: unknown, path: KeyPath): Entry[] {
  return typeof value === "string" ? [{ path, text: value }] : [];
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
