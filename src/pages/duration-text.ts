/** Writes how long it is until something, in whole seconds, as people of a language say it. */
import type { Language } from "./languages.ts";

const UNITS = ["day", "hour", "minute", "second"] as const;
const SIZES = [86_400, 3_600, 60, 1] as const;

/**
 * The largest unit and the one below it. What is smaller is rounded up, so that nobody comes too early; nor does a
 * count-down ever go up. `countdown-script.ts` says the same in the browser.
 */
export function durationText(seconds: number, language: Language): string {
  const first = SIZES.findIndex((size) => seconds >= size);
  const [large, small] = [SIZES[first] ?? 1, SIZES[first + 1] ?? 1];
  const rounded = Math.ceil(seconds / small) * small;
  // 59 minutes and 60 seconds are an hour.
  if (rounded !== seconds) return durationText(rounded, language);
  const counts = [Math.floor(seconds / large), (seconds % large) / small];
  const parts = counts.flatMap((count, below) => {
    const unit = UNITS[(first < 0 ? UNITS.length - 1 : first) + below];
    if (unit === undefined || (below === 1 && count === 0)) return [];
    return [unitFormat(language, unit).format(count)];
  });
  return listFormat(language).format(parts);
}

// Making one takes a hundred times as long as using it.
const unitFormats = new Map<string, Intl.NumberFormat>();
const listFormats = new Map<Language, Intl.ListFormat>();

function unitFormat(language: Language, unit: (typeof UNITS)[number]): Intl.NumberFormat {
  const key = `${language} ${unit}`;
  const known = unitFormats.get(key);
  if (known !== undefined) return known;
  const made = new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" });
  unitFormats.set(key, made);
  return made;
}

function listFormat(language: Language): Intl.ListFormat {
  const known = listFormats.get(language);
  if (known !== undefined) return known;
  const made = new Intl.ListFormat(language, { type: "unit", style: "long" });
  listFormats.set(language, made);
  return made;
}
