/** Decides what data a TOML text is, and where in the text each key and value of it stands. */
import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
import { formatPath, type KeyPath } from "./paths.ts";
import type { Spot } from "./problem.ts";

/** Where a key and its value stand; for tables the value is the header or the opening brace. */
interface Place {
  key: Spot;
  value: Spot;
  /** Offsets of the value in the text; tables have none. */
  range?: readonly [start: number, end: number];
}

/** TOML as plain, JSON-serialisable data (date-times as RFC 3339 texts), and the way back into the text. */
export interface TomlDocument {
  data: Record<string, unknown>;
  /** The spot of a key, of its value, or, for a missing key, of the innermost table that is there. */
  locate(path: KeyPath, at: "key" | "value" | "parent"): Spot;
  /** Where a value begins and ends in the text; undefined for tables, and for what is not there. */
  rangeOf(path: KeyPath): readonly [start: number, end: number] | undefined;
}

/** The one mistake at which a parser stops. */
export interface TomlError {
  kind: "error";
  duplicate: boolean;
  message: string;
  spot: Spot;
}

/** The schema is six levels deep; far more is a mistake or an attack on the stack. */
const MAX_DEPTH = 32;

class TooDeep extends Error {
  readonly spot: Spot;

  constructor(spot: Spot) {
    super();
    this.spot = spot;
  }
}

type Container = Record<string, unknown> | unknown[];

/** Parses TOML 1.1. Never throws, whatever the text. */
export function parseTomlText(text: string): { kind: "ok"; document: TomlDocument } | TomlError {
  const reader = new Reader(text);
  try {
    reader.readRoot(parseTOML(text, { tomlVersion: "1.1" }).body[0]);
  } catch (error) {
    return toTomlError(error, text);
  }
  return { kind: "ok", document: reader };
}

function toTomlError(error: unknown, text: string): TomlError {
  if (!(error instanceof ParseError)) {
    // The parser gives up on the stack's end somewhere; this project's reader knows where it was.
    const spot = error instanceof TooDeep ? error.spot : { line: 1, column: 1 };
    return { kind: "error", duplicate: false, message: "lists and tables nested too deeply", spot };
  }
  const duplicate = error.message.startsWith("Defining a key multiple times");
  const message = error.message.charAt(0).toLowerCase() + error.message.slice(1);
  const index = mistakeIndex(error, text);
  const before = text.slice(0, index);
  const spot = { line: before.split("\n").length, column: index - before.lastIndexOf("\n") };
  return { kind: "error", duplicate, message, spot };
}

/** Where the mistake is, which is not always where the parser noticed it. */
function mistakeIndex({ index, message, column }: ParseError, text: string): number {
  const before = text.slice(0, index);
  if (message.startsWith("Unterminated string")) {
    // A text of several lines that never ends is noticed at the end of the file: point at its beginning.
    const quotes = ['"""', "'''"].find((mark) => before.split(mark).length % 2 === 0);
    return quotes === undefined ? index : before.lastIndexOf(quotes);
  }
  // What is missing at the end of a line is noticed on the next: step back over the line's end.
  const unfinished =
    /^(?:Unterminated|Unspecified|Expected|The key, equals)/.test(message) ||
    /[={[,][ \t]*\r?\n$/.test(before);
  const lineEnd = column === 0 && unfinished ? /\r?\n$/.exec(before) : null;
  return index - (lineEnd?.[0].length ?? 0);
}

class Reader implements TomlDocument {
  readonly data: Record<string, unknown> = {};
  readonly #places = new Map<string, Place>();
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  locate(path: KeyPath, at: "key" | "value" | "parent"): Spot {
    for (let length = at === "parent" ? path.length - 1 : path.length; length > 0; length -= 1) {
      const place = this.#places.get(formatPath(path.slice(0, length)));
      if (place !== undefined) return at === "key" && length === path.length ? place.key : place.value;
    }
    return { line: 1, column: 1 };
  }

  rangeOf(path: KeyPath): readonly [start: number, end: number] | undefined {
    return this.#places.get(formatPath(path))?.range;
  }

  readRoot(root: AST.TOMLTopLevelTable): void {
    for (const node of root.body) {
      if (node.type === "TOMLKeyValue") this.#readPair(node, this.data, []);
      else this.#readTable(node);
    }
  }

  #readTable(node: AST.TOMLTable): void {
    const keys = [...node.key.keys];
    const start = spotOf(node);
    let target: Container = this.data;
    let spot = start;
    for (const [index, part] of node.resolvedKey.entries()) {
      if (typeof part === "string") spot = spotOf(keys.shift() ?? node);
      const isLast = index === node.resolvedKey.length - 1;
      const next = node.resolvedKey[index + 1];
      // The header `[[pools]]` opens the list and its element, so both are the header's place.
      const opens = isLast || (index === node.resolvedKey.length - 2 && typeof next === "number");
      this.#note(node.resolvedKey.slice(0, index + 1), { key: spot, value: opens ? start : spot });
      target = open(target, part, typeof next === "number");
    }
    for (const pair of node.body) this.#readPair(pair, target, node.resolvedKey);
  }

  #readPair(node: AST.TOMLKeyValue, table: Container, base: KeyPath): void {
    let target = table;
    let path = base;
    const last = node.key.keys.length - 1;
    for (const [index, key] of node.key.keys.entries()) {
      const name = key.type === "TOMLBare" ? key.name : key.value;
      path = [...path, name];
      const spot = spotOf(key);
      if (index < last) {
        this.#note(path, { key: spot, value: spot });
        target = open(target, name, false);
      } else {
        this.#note(path, { key: spot, value: this.#valueSpot(node.value), range: node.value.range });
        put(target, name, this.#read(node.value, path));
      }
    }
  }

  #read(node: AST.TOMLContentNode, path: KeyPath): unknown {
    if (node.type === "TOMLInlineTable") {
      const table = {};
      for (const pair of node.body) this.#readPair(pair, table, path);
      return table;
    }
    if (node.type === "TOMLArray") {
      return node.elements.map((element, index) => {
        const spot = this.#valueSpot(element);
        this.#note([...path, index], { key: spot, value: spot });
        return this.#read(element, [...path, index]);
      });
    }
    return node.value instanceof Date ? (node as AST.TOMLDateTimeValue).datetime : node.value;
  }

  /** Numbers keep their source text: `1_000_001` is found again with a search, 1000001 is not. */
  #valueSpot(node: AST.TOMLContentNode): Spot {
    const isNumber = node.type === "TOMLValue" && (node.kind === "integer" || node.kind === "float");
    // The parser gives a lone 0 an empty range.
    const raw = isNumber ? this.#text.slice(...node.range) : "";
    return raw === "" ? spotOf(node) : { ...spotOf(node), raw };
  }

  /** The first mention is the place: a later `[[pools.origins]]` does not move `pools`. */
  #note(path: KeyPath, place: Place): void {
    if (path.length > MAX_DEPTH) throw new TooDeep(place.key);
    const key = formatPath(path);
    if (!this.#places.has(key)) this.#places.set(key, place);
  }
}

function spotOf(node: AST.TOMLNode): Spot {
  const { line, column } = node.loc.start;
  return { line, column: column + 1 };
}

/** The table or list under a key, made when it is not there yet. */
function open(target: Container, part: string | number, asList: boolean): Container {
  const present = Object.hasOwn(target, part)
    ? (target as Record<string | number, unknown>)[part]
    : undefined;
  if (typeof present === "object" && present !== null) return present as Container;
  const made: Container = asList ? [] : {};
  put(target, part, made);
  return made;
}

/** Assignment would set the prototype for the key `__proto__`. */
function put(target: Container, key: string | number, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}
