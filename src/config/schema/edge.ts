/** Decides what `[edge]` may say: whom the edge believes about addresses, and what it calls itself. */
import * as v from "valibot";
import { flag, table, token } from "./words.ts";

export const Edge = table(
  {
    name: v.optional(
      token(
        "a pseudonym",
        "What this edge calls itself in `Via` and `CDN-Loop`. A request that already carries the name is answered 508, so two edges in a row need two names.",
      ),
      "tidegate",
    ),
    client_ip_header: v.optional(
      token(
        "a header name",
        "The one request header trusted for the client's address. Security: whoever can set this header chooses the address that limits count by, so name only a header that the platform in front of the edge always overwrites.",
      ),
      "CF-Connecting-IP",
    ),
    debug_headers: v.optional(
      flag(
        "`true` adds `Tidegate-Origin` and `Tidegate-Attempts` to answers. Security: it tells clients the names of the regions.",
      ),
      false,
    ),
  },
  "a table [edge]",
);
