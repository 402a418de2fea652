/** Decides what a maintenance window may say: which part is out, once or every week, and what users are told. */
import * as v from "valibot";
import { duration, type EpochMilliseconds, instant, type Milliseconds } from "./units.ts";
import { timeZone, type WeeklyTime, weekly } from "./weekly.ts";
import { about, name, says, table, text } from "./words.ts";

export const MAX_WINDOWS = 1_000;

/** A window is written with all keys of the one form or all of the other (lint/window-forms.ts). */
export const ONCE_KEYS = ["start", "end"] as const;
export const WEEKLY_KEYS = ["every", "zone", "duration"] as const;

/** BCP 47 in the form that browsers send: a language, then optional script, region and variants. */
export const LANGUAGE_PATTERN = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}$/;
const LANGUAGE_FORM = "a language tag such as en or zh-CN";

const Message = v.pipe(
  v.record(
    v.pipe(v.string(says("TG1103", LANGUAGE_FORM)), v.regex(LANGUAGE_PATTERN, says("TG1309", LANGUAGE_FORM))),
    text(1_000, "What users read in this language. It is plain text: markup is shown as it stands."),
    says("TG1103", "a table of language tag = text"),
  ),
  about("a table of language tag = text", 'What users read, by language: `{ en = "…", zh-CN = "…" }`.'),
);

const WindowEntries = table(
  {
    pool: name("The pool that the window is for."),
    origin: v.exactOptional(name("The origin that is out. Left out: the whole pool.")),
    start: v.exactOptional(
      instant("When no user goes there any more. A window has `start` and `end`, or comes `every` week."),
    ),
    end: v.exactOptional(instant("When users may go there again. After `start`.")),
    every: v.exactOptional(
      weekly(
        "When no user goes there any more, every week, by the clocks in `zone`. Where daylight saving skips this time, the window starts as the clocks are put forward; where it comes twice, the first counts.",
      ),
    ),
    zone: v.exactOptional(timeZone("Whose clocks `every` means.")),
    duration: v.exactOptional(duration("1s", "24h", "How long a window that comes `every` week lasts.")),
    drain: v.optional(
      duration(
        "0s",
        "24h",
        "So long before the start no new users go there; present users stay until the start.",
        "TG1802",
      ),
      "0s",
    ),
    message: v.exactOptional(Message),
  },
  "a table [[maintenance]]",
);

interface WindowTarget {
  pool: string;
  /** Absent: the whole pool. */
  origin?: string;
  /** Before the start. */
  drain: Milliseconds;
  /** Language tag to text. */
  message?: Record<string, string>;
}

interface Once {
  start: EpochMilliseconds;
  end: EpochMilliseconds;
}

interface Weekly {
  every: WeeklyTime;
  zone: string;
  duration: Milliseconds;
}

/** A window that happens once. */
export type OnceWindow = { kind: "once" } & WindowTarget & Once;

/** A window that comes every week by the clocks of an IANA zone. */
export type WeeklyWindow = { kind: "weekly" } & WindowTarget & WeeklyTime & Omit<Weekly, "every">;

export type Window = OnceWindow | WeeklyWindow;

/** A window of one form, whole: the lint has refused any other. */
type WholeWindow = WindowTarget & (Once | Weekly);

function toWindow(written: WholeWindow): Window {
  if (!("every" in written)) return { kind: "once", ...written };
  const { every, ...rest } = written;
  return { kind: "weekly", ...rest, ...every };
}

export const MaintenanceWindow = v.pipe(
  WindowEntries,
  v.metadata({ oneOf: [{ required: ONCE_KEYS }, { required: WEEKLY_KEYS }] }),
  v.transform((written) => toWindow(written as WholeWindow)),
);
