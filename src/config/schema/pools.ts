/** Decides what a pool may say: how it is balanced, and what happens when its origins fail. */
import * as v from "valibot";
import { Ejection } from "./ejection.ts";
import { Health } from "./health.ts";
import { Origin } from "./origins.ts";
import { Hedge, Retry } from "./retry.ts";
import { SlowStart } from "./slow-start.ts";
import { duration } from "./units.ts";
import { choice, decimalNumber, flag, list, name, table, wholeNumber } from "./words.ts";

/** A pool of wallet regions is a handful; 200 keeps the slot table (4,096 slots) fair at the smallest weight. */
export const MAX_ORIGINS = 200;
export const MAX_POOLS = 64;

export const Pool = table(
  {
    name: name("The pool's name; routes and maintenance windows refer to it. Unique."),
    policy: v.optional(
      choice(
        ["weighted", "least-loaded", "nearest", "failover"],
        "`weighted`: by weight, exactly. `least-loaded`: the less loaded of two candidates by weight. `nearest`: the closest origin to the client; an origin without a place comes last. `failover`: the first healthy origin in the order of the file.",
      ),
      "weighted",
    ),
    affinity: v.optional(
      choice(
        ["user", "none"],
        "`user`: a user stays with one origin as long as it is reachable and weights stand. `none`: every request is spread.",
      ),
      "user",
    ),
    drain_cookie: v.optional(
      flag(
        '`true`: a user who sends cookies gets one more, `__Host-tidegate-seat-…`, which tells every edge for 20 minutes which origin served them, so that they may stay while that origin drains. It is set every five minutes at most, only with `affinity = "user"` under `weighted`, `nearest` or `failover`, and only on answers that no shared cache may keep: those that say `private` or `no-store`, or that answer no GET. `false`: an edge knows only whom it served itself, and a user who comes to another one leaves a draining origin before its deadline. Security: the cookie is not signed; made up, it keeps its user where they live until the deadline, and nothing else.',
      ),
      true,
    ),
    timeout: v.optional(
      duration(
        "10ms",
        "10m",
        "How long a request may take to the response's headers, all attempts together. A read that has none at half of it is asked of a second origin too, and the first answer counts.",
      ),
      "10s",
    ),
    over_provisioning: v.optional(
      decimalNumber(
        1,
        10,
        "The factor by which a level of origins can carry more than its share: with 1.4 a level keeps all its traffic as long as 5/7 of it is healthy. Below that the rest spills to the next `priority`.",
      ),
      1.4,
    ),
    panic_threshold: v.optional(
      wholeNumber(
        0,
        100,
        "Below this percentage of healthy origins the pool panics: the few that are left would break too, so reads are spread over all. 0: never.",
      ),
      50,
    ),
    panic_writes: v.optional(
      choice(
        ["busy", "spread"],
        "What writes get in a panic. `busy`: the busy answer, 503. `spread`: any origin, as reads. Security: with `spread` a payment may go to a region that is known to fail, and its outcome stays unknown.",
      ),
      "busy",
    ),
    limits: v.optional(
      v.pipe(
        list(name("The name of a limit."), 0, 16, "names of limits"),
        v.description(
          'Limits of every route to this pool, beside the route\'s own. With `key = "all"` one bucket for the whole pool.',
        ),
      ),
      [],
    ),
    origins: v.pipe(
      list(Origin, 1, MAX_ORIGINS, "origins ([[pools.origins]])"),
      v.description("The regions of the pool."),
    ),
    health: v.exactOptional(
      v.pipe(
        Health,
        v.description(
          "How the monitor asks the origins. Left out: they are not asked, and only live traffic tells which is healthy.",
        ),
      ),
    ),
    ejection: v.optional(
      v.pipe(
        Ejection,
        v.description(
          "When failures of live traffic take an origin out. The last origin is never taken out for reads.",
        ),
      ),
      {},
    ),
    slow_start: v.optional(
      v.pipe(SlowStart, v.description("How an origin that comes back grows to its full share.")),
      {},
    ),
    retry: v.optional(
      v.pipe(Retry, v.description("When a request that failed is sent again, to another origin.")),
      {},
    ),
    hedge: v.optional(
      v.pipe(Hedge, v.description("A second attempt for a read that takes unusually long.")),
      {},
    ),
  },
  "a table [[pools]]",
);
