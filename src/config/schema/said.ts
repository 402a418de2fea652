/** Decides what operators' own words may be: one text a language. */
import * as v from "valibot";
import { about, says, text } from "./words.ts";

/** BCP 47 in the form that browsers send: a language, then optional script, region and variants. */
export const LANGUAGE_PATTERN = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}$/;
const LANGUAGE_FORM = "a language tag such as en or zh-CN";
const FORM = "a table of language tag = text";

/** `{ en = "…", zh-CN = "…" }`, each of 1 to `max` characters. */
export function said(max: number, description: string) {
  return v.pipe(
    v.record(
      v.pipe(
        v.string(says("TG1103", LANGUAGE_FORM)),
        v.regex(LANGUAGE_PATTERN, says("TG1309", LANGUAGE_FORM)),
      ),
      text(max, "What users read in this language. It is plain text: markup is shown as it stands."),
      says("TG1103", FORM),
    ),
    about(FORM, description),
  );
}
