/** Decides what a maintenance window may say: which part is out, once or every week, and what users are told. */
import * as v from "valibot";
import { said } from "./said.ts";
import { duration, type EpochMilliseconds, instant, type Milliseconds } from "./units.ts";
import { timeZone, type WeeklyTime, weekly } from "./weekly.ts";
import { name, table } from "./words.ts";

export const MAX_WINDOWS = 1_000;

/** A window is written with all keys of the one form or all of the other (lint/window-forms.ts). */
export const ONCE_KEYS = ["start", "end"] as const;
export const WEEKLY_KEYS = ["every", "zone", "duration"] as const;

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
    message: v.exactOptional(said(1_000, 'What users read, by language: `{ en = "…", zh-CN = "…" }`.')),
    works: v.exactOptional(
      said(
        300,
        "What users can go on using meanwhile, by language. Shown on the page of a whole pool's maintenance.",
      ),
    ),
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
  /** Language tag to text. */
  works?: Record<string, string>;
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
