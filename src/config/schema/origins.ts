/** Decides what an origin may say: where it is, and how much of the pool's traffic it takes. */
import * as v from "valibot";
import { originUrlMistake } from "../origin-url.ts";
import { REGIONS } from "./regions.ts";
import { about, choice, decimalNumber, name, says, table, wholeNumber } from "./words.ts";

export const MAX_WEIGHT = 1_000_000;

/** The last of the levels that `priority` can name; the first is 0. */
export const LAST_PRIORITY = 9;

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
    priority: v.optional(
      wholeNumber(
        0,
        LAST_PRIORITY,
        "The origin's level. All traffic goes to level 0 as long as enough of it is healthy (see `over_provisioning`), the rest to level 1, and so on. Levels have no gap.",
      ),
      0,
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
