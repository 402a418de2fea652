/** Decides how expected statuses are written, `"200"`, `"200-299"` or a list of such, and that they become ranges. */
import * as v from "valibot";
import { about, list, says } from "./words.ts";

const MAX_RANGES = 20;
const FORM = 'a status or a range as text, such as "200" or "200-299"';

/** RFC 9110 §15: a status has three digits, the first from 1 to 5. */
const RANGE_PATTERN = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/;

/** The statuses from `from` to `to`, both included. */
export interface StatusRange {
  from: number;
  to: number;
}

/** The range, or undefined when the text is none or runs backwards. */
export function parseStatusRange(text: string): StatusRange | undefined {
  const match = RANGE_PATTERN.exec(text);
  if (match === null) return undefined;
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  return from <= to ? { from, to } : undefined;
}

function toRange(text: string): StatusRange {
  return parseStatusRange(text) ?? { from: 0, to: 0 };
}

const text = v.pipe(
  v.string(),
  v.regex(RANGE_PATTERN, says("TG1416", FORM)),
  v.check((value) => parseStatusRange(value) !== undefined, says("TG1416", FORM)),
);

/** Takes any value, so that a wrong one is told in its own place: a union of types only tells that none fits. */
const item = v.pipe(
  v.custom<string>(() => true),
  v.check(
    (value) => typeof value === "string" && parseStatusRange(value) !== undefined,
    (issue) => says(typeof issue.input === "string" ? "TG1416" : "TG1103", FORM),
  ),
  v.metadata({ type: "string", pattern: RANGE_PATTERN.source }),
);

/** One status or range, or a list of them; ranges in the output. */
export function statusRanges(description: string) {
  const form = `${FORM}, or a list of such`;
  return v.pipe(
    v.union([text, list(item, 1, MAX_RANGES, "statuses or ranges")], says("TG1103", form)),
    about(form, description),
    v.transform((written) => [written].flat().map(toRange)),
  );
}
