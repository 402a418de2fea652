/** Decides what a duration and a point in time look like in the file, and what they become inside: milliseconds. */
import * as v from "valibot";
import type { ProblemCode } from "../codes.ts";
import { about, says } from "./words.ts";

declare const millisecondsBrand: unique symbol;
declare const epochBrand: unique symbol;

/** A length of time in milliseconds; always a finite whole number ≥ 0. */
export type Milliseconds = number & { readonly [millisecondsBrand]: true };

/** A point in time in milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMilliseconds = number & { readonly [epochBrand]: true };

/** `250ms`, `5s`, `10m`, `1h`: a whole number without leading zeros, then the unit. */
export const DURATION_PATTERN = /^(0|[1-9][0-9]{0,8})(ms|s|m|h)$/;

const UNITS = [
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
] as const;

/** The duration in milliseconds, or undefined when the text is not a duration. */
export function parseDuration(text: string): Milliseconds | undefined {
  const match = DURATION_PATTERN.exec(text);
  const unit = UNITS.find(([symbol]) => symbol === match?.[2]);
  if (match === null || unit === undefined) return undefined;
  return (Number(match[1]) * unit[1]) as Milliseconds;
}

/** The shortest text that `parseDuration` reads back as the same number of milliseconds (whole, ≥ 0). */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  const [symbol, size] = UNITS.find(([, size]) => ms % size === 0) ?? ["ms", 1];
  return `${ms / size}${symbol}`;
}

/**
 * RFC 3339 `date-time`: the offset is required, since a local time means another instant on each machine.
 * A lower-case `t` and `z` or a blank instead of `T` are allowed there (§5.6) and in TOML, so they are here.
 */
const INSTANT_PATTERN =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** The instant, or undefined when the text is not an RFC 3339 time with an offset or names no real day. */
export function parseInstant(text: string): EpochMilliseconds | undefined {
  const match = INSTANT_PATTERN.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  // Date.parse reads 30 February as 1 March; a window on the wrong day is worse than an error.
  const calendar = new Date(Date.UTC(year, month - 1, day));
  if (calendar.getUTCMonth() !== month - 1 || calendar.getUTCDate() !== day) return undefined;
  const instant = Date.parse(text.replace(" ", "T").toUpperCase());
  return Number.isNaN(instant) ? undefined : (instant as EpochMilliseconds);
}

/** A duration from `min` to `max` (texts such as `10ms`), both included; milliseconds in the output. */
export function duration(min: string, max: string, description: string, rangeCode: ProblemCode = "TG1303") {
  const least = parseDuration(min) ?? 0;
  const most = parseDuration(max) ?? 0;
  const form = `a duration from ${min} to ${max}, such as "250ms", "5s", "10m", "1h"`;
  return v.pipe(
    v.string(says("TG1103", form)),
    v.regex(DURATION_PATTERN, says("TG1302", form)),
    v.check((text) => isWithin(parseDuration(text), least, most), says(rangeCode, form)),
    about(`a duration from ${min} to ${max}`, description),
    v.transform((text) => parseDuration(text) ?? (0 as Milliseconds)),
  );
}

function isWithin(value: number | undefined, least: number, most: number): boolean {
  return value === undefined || (value >= least && value <= most);
}

/** A point in time with an offset; epoch milliseconds in the output. */
export function instant(description: string) {
  const form = 'a time with an offset (RFC 3339), such as "2026-12-01T02:00:00+08:00"';
  return v.pipe(
    v.string(says("TG1103", form)),
    v.check((text) => parseInstant(text) !== undefined, says("TG1304", form)),
    about("a time with an offset (RFC 3339); quotes may be left out", description, { format: "date-time" }),
    v.transform((text) => parseInstant(text) ?? (0 as EpochMilliseconds)),
  );
}
