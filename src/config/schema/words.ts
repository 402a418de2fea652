/** Decides what a plain word of the configuration may be: names, tokens, texts, choices, and numbers with a range. */
import * as v from "valibot";
import type { ProblemCode } from "../codes.ts";

/** Names stay short and plain: they become metric labels, command arguments and parts of storage keys. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** A `token` of RFC 9110 §5.6.2: header names, cookie names (RFC 6265 §4.1.1), pseudonyms in `Via`. */
export const TOKEN_PATTERN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;

/**
 * The message of a schema check: a code and the expected form, which `loadConfig` takes apart again.
 * It keeps each key's check, code and words on one line of the schema.
 */
export function says(code: ProblemCode, expected: string): string {
  return `${code} ${expected}`;
}

/** Numbers as people write them: 1,000,000. Fixed to English, since `toLocaleString` depends on the machine. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Carries `description` and `form` into the JSON Schema; `extra` adds keywords such as `pattern`. */
export function about<Input>(
  form: string,
  description: string,
  extra: Record<string, unknown> = {},
): v.MetadataAction<Input, Record<string, unknown>> {
  return v.metadata({ description, "x-form": form, ...extra });
}

/** A whole number from `min` to `max`, both included. */
export function wholeNumber(min: number, max: number, description: string) {
  const form = `a whole number from ${grouped(min)} to ${grouped(max)}`;
  return v.pipe(
    v.number((issue) => numberMessage(issue.input, form)),
    v.finite(says("TG1201", form)),
    v.integer(says("TG1203", form)),
    v.minValue(min, says("TG1202", form)),
    v.maxValue(max, says("TG1202", form)),
    about(form, description),
  );
}

/** A number, decimals allowed, from `min` to `max`, both included. */
export function decimalNumber(min: number, max: number, description: string) {
  const form = `a number from ${grouped(min)} to ${grouped(max)}`;
  return v.pipe(
    v.number((issue) => numberMessage(issue.input, form)),
    v.finite(says("TG1201", form)),
    v.minValue(min, says("TG1202", form)),
    v.maxValue(max, says("TG1202", form)),
    about(form, description),
  );
}

/** valibot calls NaN "not a number"; TOML has `nan` as a float, so it gets the code of non-finite numbers. */
function numberMessage(input: unknown, form: string): string {
  return says(typeof input === "number" ? "TG1201" : "TG1103", form);
}

/** true or false. */
export function flag(description: string) {
  return v.pipe(v.boolean(says("TG1103", "true or false")), about("true or false", description));
}

/** One of a fixed set of words. */
export function choice<const Words extends readonly [string, ...string[]]>(
  words: Words,
  description: string,
) {
  const form = `one of ${words.map((word) => `"${word}"`).join(", ")}`;
  return v.pipe(
    v.picklist(words, (issue) => says(typeof issue.input === "string" ? "TG1301" : "TG1103", form)),
    about(form, description),
  );
}

/** A text of 1 to `max` characters without control characters. */
export function text(max: number, description: string) {
  const form = `a text of 1 to ${grouped(max)} characters`;
  return v.pipe(
    v.string(says("TG1103", form)),
    v.minLength(1, says("TG1306", form)),
    v.maxLength(max, says("TG1306", form)),
    v.check((value) => !hasControlCharacter(value), says("TG1306", `${form}, no control characters`)),
    about(form, description),
  );
}

/** The name of a pool, origin, route, limit or room. */
export function name(description: string) {
  const form = "a name: a letter or digit, then up to 63 of A-Z a-z 0-9 . _ -";
  return v.pipe(
    v.string(says("TG1103", form)),
    v.regex(NAME_PATTERN, says("TG1305", form)),
    about("a name", description),
  );
}

/** A header name, cookie name or pseudonym: 1 to 64 token characters. */
export function token(what: string, description: string) {
  const form = `${what}: 1 to 64 of A-Z a-z 0-9 and ! # $ % & ' * + - . ^ _ \` | ~`;
  return v.pipe(
    v.string(says("TG1103", form)),
    v.regex(TOKEN_PATTERN, says("TG1307", form)),
    about(what, description),
  );
}

/** A list with a largest length; `min` 1 refuses an empty one. */
export function list<Item extends v.GenericSchema>(item: Item, min: 0 | 1, max: number, what: string) {
  const form = `a list of ${min === 1 ? "1 to" : "at most"} ${grouped(max)} ${what}`;
  return v.pipe(
    v.array(item, says("TG1103", form)),
    v.minLength(min, says("TG1105", form)),
    v.maxLength(max, says("TG1104", form)),
  );
}

/** A table whose unknown keys are errors. */
export function table<const Entries extends v.ObjectEntries>(entries: Entries, what: string) {
  return v.strictObject(entries, (issue) =>
    issue.expected === "Object" ? says("TG1103", what) : says("TG1102", `the key ${issue.expected}`),
  );
}

/** True for C0 controls and DEL, which would break headers, logs and terminals. */
export function hasControlCharacter(value: string): boolean {
  for (let index = 0; index < value.length; index += 1) {
    const unit = value.charCodeAt(index);
    if (unit < 0x20 || unit === 0x7f) return true;
  }
  return false;
}
