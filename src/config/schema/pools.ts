/** Decides what a pool, its origins and its health checks may say. */
import * as v from "valibot";
import { originUrlMistake } from "../origin-url.ts";
import { duration } from "./units.ts";
import {
  about,
  choice,
  decimalNumber,
  hasControlCharacter,
  list,
  name,
  says,
  table,
  wholeNumber,
} from "./words.ts";

/** A pool of wallet regions is a handful; 200 keeps the slot table (4,096 slots) fair at the smallest weight. */
export const MAX_ORIGINS = 200;
export const MAX_POOLS = 64;
export const MAX_WEIGHT = 1_000_000;

/** Cloudflare's location hints for Durable Objects, which are also the names of places in `nearest` pools. */
const REGIONS = [
  "wnam",
  "enam",
  "sam",
  "weur",
  "eeur",
  "apac",
  "apac-ne",
  "apac-se",
  "oc",
  "afr",
  "me",
] as const;

const originUrl = v.pipe(
  v.string(says("TG1103", "an origin URL, such as https://hk.wallet.example")),
  v.rawCheck(({ dataset, addIssue }) => {
    const mistake = dataset.typed ? originUrlMistake(dataset.value) : undefined;
    if (mistake !== undefined) addIssue({ message: says(mistake.code, mistake.expected) });
  }),
  about(
    "a URL `https://host[:port]`, no credentials, path, query or fragment",
    "Where this region is reached. `http:` only in development or for a loopback address. Security: the edge sends every user's traffic there, credentials included.",
    { pattern: "^https?://[^/?#@\\s\\\\]+/?$" },
  ),
);

export const Origin = table(
  {
    name: name("The region's name in commands, metrics and the dashboard. Unique in its pool."),
    url: originUrl,
    weight: v.optional(
      wholeNumber(
        0,
        MAX_WEIGHT,
        "The share of the pool's traffic, in proportion to the other weights. 0 gets nothing.",
      ),
      1,
    ),
    max_in_flight: v.optional(
      wholeNumber(
        0,
        1_000_000,
        "The most requests that one edge has under way at this origin. 0: no ceiling.",
      ),
      0,
    ),
    lat: v.exactOptional(
      decimalNumber(-90, 90, "The origin's latitude in degrees, for `nearest`. Set with `lon`."),
    ),
    lon: v.exactOptional(
      decimalNumber(-180, 180, "The origin's longitude in degrees, for `nearest`. Set with `lat`."),
    ),
    region: v.exactOptional(
      choice(
        REGIONS,
        "The origin's part of the world (Cloudflare's location hints), for `nearest` when `lat` and `lon` are not set.",
      ),
    ),
  },
  "a table [[pools.origins]]",
);

const healthPath = v.pipe(
  v.string(says("TG1103", "a path, such as /healthz")),
  v.check(
    isProbePath,
    says(
      "TG1415",
      "a path that begins with one /, at most 1,024 characters, no fragment, blanks or backslash",
    ),
  ),
  about("a path that begins with one `/`; a query is allowed", "What the monitor asks for.", {
    pattern: "^/(?!/)[^\\s#\\\\]*$",
  }),
);

/** `//host` and `/\host` would leave the origin (design.md, traps). */
function isProbePath(path: string): boolean {
  return /^\/(?!\/)[^\s#\\]{0,1023}$/.test(path) && !hasControlCharacter(path);
}

export const Health = table(
  {
    path: v.optional(healthPath, "/healthz"),
    interval: v.optional(duration("1s", "10m", "The time between two probes of one origin."), "5s"),
    timeout: v.optional(
      duration("10ms", "1m", "How long a probe waits for the answer before it counts as failed."),
      "2s",
    ),
    rise: v.optional(
      wholeNumber(1, 100, "So many good probes in a row make an unhealthy origin healthy."),
      2,
    ),
    fall: v.optional(
      wholeNumber(1, 100, "So many failed probes in a row make a healthy origin unhealthy."),
      2,
    ),
  },
  "a table [pools.health]",
);

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
    timeout: v.optional(
      duration(
        "10ms",
        "10m",
        "How long a request may take to the response's headers, all attempts together.",
      ),
      "10s",
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
  },
  "a table [[pools]]",
);
