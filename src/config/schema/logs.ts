/** Decides what `[logs]` may say: how many of the requests that went well are written down. */
import * as v from "valibot";
import { decimalNumber, table } from "./words.ts";

export const Logs = table(
  {
    sample: v.optional(
      decimalNumber(
        0,
        1,
        "The share of requests that go well which are logged: 0 logs none, 1 all. Errors, denials of limits, retried requests and everything under `/.tidegate/admin/` are logged whatever it says.",
      ),
      0.01,
    ),
  },
  "a table [logs]",
);
