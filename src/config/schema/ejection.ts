/** Decides what a pool may say about ejection: when live traffic takes an origin out, and for how long. */
import * as v from "valibot";
import { duration } from "./units.ts";
import { flag, table, wholeNumber } from "./words.ts";

export const DEFAULT_BASE = "30s";
export const DEFAULT_MAX = "5m";

export const Ejection = table(
  {
    enabled: v.optional(
      flag("`false`: only probes take an origin out. Each edge still avoids one that it cannot reach."),
      true,
    ),
    consecutive_failures: v.optional(
      wholeNumber(1, 100, "So many failed requests in a row take an origin out."),
      5,
    ),
    failure_rate: v.optional(
      wholeNumber(
        1,
        100,
        "The percentage of failed requests that takes an origin out, once it is certain enough that the true rate is above (the lower bound of Wilson's interval).",
      ),
      50,
    ),
    min_requests: v.optional(
      wholeNumber(1, 1_000_000, "The fewest requests in `window` from which a rate is judged."),
      20,
    ),
    window: v.optional(duration("1s", "10m", "The time over which the rate is judged."), "10s"),
    base: v.optional(
      duration(
        "1s",
        "1h",
        "How long the first ejection lasts; the second in a row twice that, and so on. Clean intervals count back.",
      ),
      DEFAULT_BASE,
    ),
    max: v.optional(
      duration("1s", "24h", "The longest that an ejection lasts. Not shorter than `base`."),
      DEFAULT_MAX,
    ),
    count_5xx: v.optional(
      flag(
        "`true`: every answer of 500 to 599 is a failure. `false`: only 502, 504, and 503 without `Retry-After`, which say that the region is out and not that one request was bad.",
      ),
      false,
    ),
  },
  "a table [pools.ejection]",
);
