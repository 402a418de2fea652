/** Writes how long a wait will be, from so many to so many seconds, as people of a language say it. */
import type { Language } from "./languages.ts";

/** A range is told in the first unit in which its end is at most so many, in steps of so much. */
const UNITS = [
  { unit: "second", size: 1, most: 90, step: 5 },
  { unit: "minute", size: 60, most: 90, step: 1 },
  { unit: "hour", size: 3_600, most: 36, step: 0.5 },
  { unit: "day", size: 86_400, most: Number.POSITIVE_INFINITY, step: 0.5 },
] as const;

/**
 * The low end is rounded down and the high end up, so that the range never promises more than was estimated.
 * `estimate-script.ts` says the same in the browser.
 */
export function estimateText(low: number, high: number, language: Language): string {
  const { unit, size, step } = UNITS.find(({ size, most }) => high <= size * most) ?? UNITS[3];
  const inSteps = (seconds: number, round: (count: number) => number) =>
    round(seconds / (size * step)) * step;
  return unitFormat(language, unit).formatRange(inSteps(low, Math.floor), inSteps(high, Math.ceil));
}

// Making one takes a hundred times as long as using it.
const formats = new Map<string, Intl.NumberFormat>();

function unitFormat(language: Language, unit: (typeof UNITS)[number]["unit"]): Intl.NumberFormat {
  const key = `${language} ${unit}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made = new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" });
  formats.set(key, made);
  return made;
}
