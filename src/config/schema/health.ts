/** Decides what a pool's health checks may say: what the monitor asks, from where, and which answers are good. */
import * as v from "valibot";
import { REGIONS } from "./regions.ts";
import { statusRanges } from "./statuses.ts";
import { duration } from "./units.ts";
import { about, choice, hasControlCharacter, list, says, table, text, token, wholeNumber } from "./words.ts";

const MAX_HEADERS = 20;
const MAX_VANTAGES = 9;

/** workerd leaves these out of a request without a word, and takes the host from the URL (measured, 1.20261102.1). */
const NEVER_SENT = [
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

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

const headerName = v.pipe(
  token("a header name", "The header's name."),
  v.check(
    (name) => !NEVER_SENT.includes(name.toLowerCase()),
    says("TG1417", `a header other than ${NEVER_SENT.join(", ")}`),
  ),
);

const VALUE_FORM = "a text of 1 to 1,024 printable ASCII characters, no blank at either end";

const headerValue = v.pipe(
  v.string(says("TG1103", VALUE_FORM)),
  v.regex(/^(?! )[ -~]{1,1024}(?<! )$/, says("TG1418", VALUE_FORM)),
  about(VALUE_FORM, "What the header says."),
);

const Headers = v.pipe(
  v.record(headerName, headerValue, says("TG1103", "a table of header name = value")),
  v.maxEntries(MAX_HEADERS, says("TG1104", `at most ${MAX_HEADERS} headers`)),
  about(
    "a table of header name = value",
    "Headers of each probe, such as one by which origins know the monitor. The host is always that of the origin's URL. Security: every operator sees the values, and stored versions keep them, so put no credentials here.",
  ),
);

export const Health = table(
  {
    method: v.optional(
      choice(
        ["GET", "HEAD"],
        "How the monitor asks. Only methods that change nothing: a probe comes every few seconds from each vantage.",
      ),
      "GET",
    ),
    path: v.optional(healthPath, "/healthz"),
    headers: v.optional(Headers, {}),
    interval: v.optional(duration("1s", "10m", "The time between two probes of one origin."), "5s"),
    timeout: v.optional(
      duration("10ms", "1m", "How long a probe waits for the answer before it counts as failed."),
      "2s",
    ),
    expect_status: v.optional(
      statusRanges("The statuses of a good answer. Redirects are never followed."),
      "200-299",
    ),
    expect_body: v.exactOptional(
      text(1_024, "What must occur in a good answer's body, exactly. Not with `HEAD`. Left out: any body."),
    ),
    rise: v.optional(
      wholeNumber(1, 100, "So many good probes in a row make an unhealthy origin healthy."),
      2,
    ),
    fall: v.optional(
      wholeNumber(1, 100, "So many failed probes in a row make a healthy origin unhealthy."),
      2,
    ),
    vantages: v.optional(
      v.pipe(
        list(
          choice(REGIONS, "A part of the world (Cloudflare's location hints)."),
          0,
          MAX_VANTAGES,
          "location hints",
        ),
        v.description(
          "Where monitors stand; the majority decides, so an odd number of them never ties. Empty: one monitor, wherever the platform puts it.",
        ),
      ),
      [],
    ),
  },
  "a table [pools.health]",
);
