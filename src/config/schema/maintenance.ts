/** Decides what a maintenance window may say: which part is out, from when to when, and what users are told. */
import * as v from "valibot";
import { duration, instant } from "./units.ts";
import { about, name, says, table, text } from "./words.ts";

export const MAX_WINDOWS = 1_000;

/** BCP 47 in the form that browsers send: a language, then optional script, region and variants. */
const LANGUAGE_PATTERN = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}$/;
const LANGUAGE_FORM = "a language tag such as en or zh-CN";

const Message = v.pipe(
  v.record(
    v.pipe(v.string(says("TG1103", LANGUAGE_FORM)), v.regex(LANGUAGE_PATTERN, says("TG1309", LANGUAGE_FORM))),
    text(1_000, "What users read in this language. It is plain text: markup is shown as it stands."),
    says("TG1103", "a table of language tag = text"),
  ),
  about("a table of language tag = text", 'What users read, by language: `{ en = "…", zh-CN = "…" }`.'),
);

export const MaintenanceWindow = table(
  {
    pool: name("The pool that the window is for."),
    origin: v.exactOptional(name("The origin that is out. Left out: the whole pool.")),
    start: instant("When no user goes there any more."),
    end: instant("When users may go there again. After `start`."),
    drain: v.optional(
      duration(
        "0s",
        "24h",
        "So long before `start` no new users go there; present users stay until `start`.",
        "TG1802",
      ),
      "0s",
    ),
    message: v.exactOptional(Message),
  },
  "a table [[maintenance]]",
);
