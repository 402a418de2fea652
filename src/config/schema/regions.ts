/** Decides which places of the world have a name: in `nearest` pools and as vantages of the monitor. */

/** Cloudflare's location hints for Durable Objects, which are also the names of places in `nearest` pools. */
export const REGIONS = [
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
