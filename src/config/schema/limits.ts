/** Decides what a limit may say: whom it counts, how much, and what happens when its store is down. */
import * as v from "valibot";
import { duration } from "./units.ts";
import { about, choice, decimalNumber, name, says, table, wholeNumber } from "./words.ts";

export const MAX_LIMITS = 200;
const MAX_SHARDS = 256;
const MAX_TOKENS = 1_000_000_000;

/** What a bucket belongs to. */
export type LimitKey = "user" | "ip" | "all" | `header:${string}` | `cookie:${string}`;

const KEY_PATTERN = /^(?:user|ip|all|(?:header|cookie):[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64})$/;
const KEY_FORM = '"user", "ip", "all", "header:NAME" or "cookie:NAME"';

const limitKey = v.pipe(
  v.string(says("TG1103", KEY_FORM)),
  v.regex(KEY_PATTERN, says("TG1601", KEY_FORM)),
  about(
    KEY_FORM,
    "Who shares a bucket: each user (see `[identity]`), each address, everybody together, or each value of a header or cookie. Security: a client chooses its own headers and cookies, so those alone hold back nobody who wants to pass.",
  ),
  v.transform((key) => key as LimitKey),
);

export const Limiter = table(
  {
    shards: v.optional(
      wholeNumber(
        1,
        MAX_SHARDS,
        "The Limiter objects that buckets are spread over, by user. One carries some 300 calls a second. When it is changed, each bucket moves with its tokens as it is next used.",
      ),
      8,
    ),
    timeout: v.optional(
      duration(
        "10ms",
        "5s",
        "How long a request waits for a store of buckets before `on_error` decides; the store is then left alone for a second.",
      ),
      "100ms",
    ),
  },
  "a table [limiter]",
);

export const Limit = table(
  {
    name: name("The limit's name; routes refer to it, and clients see it in `RateLimit-Policy`. Unique."),
    key: limitKey,
    capacity: wholeNumber(1, MAX_TOKENS, "The tokens that a full bucket holds: the largest burst."),
    refill: decimalNumber(
      0,
      MAX_TOKENS,
      "The tokens that come back per `interval`, continuously. 0: never, the bucket is used once.",
    ),
    interval: v.optional(duration("10ms", "24h", "The time in which `refill` tokens come back."), "1s"),
    store: v.optional(
      choice(
        ["durable-object", "upstash"],
        "Where buckets live. `upstash` needs its credentials as secrets.",
      ),
      "durable-object",
    ),
    on_error: v.optional(
      choice(
        ["open", "closed"],
        "While the store cannot be reached. `open`: serve, counting in each edge alone. `closed`: answer 503. Security: with `open` an attacker who can disturb the store gets more than the limit.",
      ),
      "open",
    ),
    local_share: v.optional(
      decimalNumber(
        0.001,
        1,
        "The part of `capacity` and `refill` that each edge gives by itself while the store cannot be reached and `on_error` is `open`; one token at least.",
      ),
      0.1,
    ),
    mode: v.optional(
      choice(
        ["enforce", "shadow"],
        "`enforce`: a request without tokens gets 429. `shadow`: everything is counted and nothing denied, to try a limit on live traffic.",
      ),
      "enforce",
    ),
  },
  "a table [[limits]]",
);
