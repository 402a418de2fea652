/** A moment in words, for a page without a script: in UTC. */
import type { Language } from "./languages.ts";

/** The edge does not know the reader's zone, so the zone is written beside the time. */
export function utcText(atMs: number, language: Language): string {
  const form: Intl.DateTimeFormatOptions = { dateStyle: "long", timeStyle: "short", timeZone: "UTC" };
  return `${new Intl.DateTimeFormat(language, form).format(atMs)} UTC`;
}
