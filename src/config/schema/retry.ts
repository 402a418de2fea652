/** Decides what a pool may say about second attempts: retries after a failure, and hedges against a slow answer. */
import * as v from "valibot";
import { duration } from "./units.ts";
import { decimalNumber, flag, table, wholeNumber } from "./words.ts";

export const Retry = table(
  {
    attempts: v.optional(
      wholeNumber(
        1,
        5,
        "The most attempts for one request, the first included, each at another origin and all within the pool's `timeout`. 1: no retries. POST and PATCH are sent once, whatever stands here.",
      ),
      3,
    ),
    budget_tokens: v.optional(
      wholeNumber(
        1,
        1_000,
        "Each edge's budget for second attempts (gRPC A6): a failure takes a token, and while half of them or fewer are left nothing is retried but the read that tries an ejected origin.",
      ),
      10,
    ),
    budget_ratio: v.optional(
      decimalNumber(0.001, 1, "The tokens that a success brings back. The share of retries in the long run."),
      0.1,
    ),
    body_limit_bytes: v.optional(
      wholeNumber(
        0,
        1_048_576,
        "The largest body of a PUT or DELETE that an edge keeps for a retry; with a larger one the request is sent once. 0: none is kept.",
      ),
      65_536,
    ),
  },
  "a table [pools.retry]",
);

export const Hedge = table(
  {
    enabled: v.optional(
      flag(
        "`true`: a read that takes longer than 95 % of the recent ones is sent to a second origin too; the first answer counts. It costs retry tokens. The attempt that loses is cut off, but for a few at a time that tell whether their origin hangs: without headers in half of the pool's `timeout` they count as failures.",
      ),
      false,
    ),
    min_delay: v.optional(
      duration("1ms", "1m", "The least time before the second attempt, however fast recent answers were."),
      "20ms",
    ),
  },
  "a table [pools.hedge]",
);
