/** Decides what a pool may say about slow start: how the share of an origin that comes back grows. */
import * as v from "valibot";
import { duration } from "./units.ts";
import { decimalNumber, table, wholeNumber } from "./words.ts";

export const SlowStart = table(
  {
    window: v.optional(
      duration(
        "0s",
        "1h",
        "The time from an origin's return to its full share. `0s`: at once. An edge that starts cold gives full shares.",
      ),
      "30s",
    ),
    aggression: v.optional(
      decimalNumber(
        0.01,
        10,
        "The share is (time / window) ^ (1 / aggression): 1 grows evenly, more grows faster at first, less later.",
      ),
      1,
    ),
    min_percent: v.optional(
      wholeNumber(1, 100, "The percentage of its share that an origin begins with."),
      10,
    ),
    successes: v.optional(
      wholeNumber(
        0,
        10_000,
        "So many requests must have succeeded at the origin before it has its full share, however long it takes. 0: time alone counts.",
      ),
      20,
    ),
  },
  "a table [pools.slow_start]",
);
