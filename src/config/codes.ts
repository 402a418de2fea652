/** Decides the code of each kind of configuration mistake and what docs/errors.md says about it. */

/** A code never changes its meaning; a code that is no longer used is not given to something else. */
export interface CodeText {
  /** The mistake in a few words. */
  title: string;
  /** Why it is a mistake. */
  why: string;
  /** What to do. */
  way: string;
}

function entry(title: string, why: string, way: string): CodeText {
  return { title, why, way };
}

export const CODES = {
  TG1001: entry(
    "The file is not valid TOML",
    "The text cannot be read as TOML at this place, so nothing on this line is known.",
    'Look for a missing quote, bracket, comma or `=` at or just before the place. Texts need quotes, also durations: `"5s"`.',
  ),
  TG1002: entry(
    "A key is set twice",
    "TOML allows each key of a table once; of two values nobody can tell which is meant.",
    "Remove one of the two. For a second pool, origin, route, limit or room begin a new `[[…]]` table.",
  ),
  TG1003: entry(
    "The file is too large",
    "More than 1 MiB is no configuration of this edge: all limits at their most are far smaller.",
    "Check that it is the right file.",
  ),
  TG1101: entry(
    "Unknown key",
    "A key that is not known would be ignored, and what the operator meant would silently not happen.",
    "Check the spelling and the table that the key stands in: in TOML a key belongs to the last header above it.",
  ),
  TG1102: entry("A key is missing", "The key has no default.", "Add it to the table at the place."),
  TG1103: entry(
    "Wrong type",
    "The value is of another type than the key takes.",
    "Write the expected type: texts in quotes, numbers and `true`/`false` without, lists in `[ ]`, repeated tables as `[[…]]`.",
  ),
  TG1104: entry(
    "Too many entries",
    "Every edge holds the whole configuration in memory and compares routes one after another.",
    "Remove what is no longer used, or let one pattern stand for many.",
  ),
  TG1105: entry(
    "An empty list",
    "With nothing in it this part could do nothing: a pool without origins serves nobody.",
    "Add an entry, or leave the key out where it is optional.",
  ),
  TG1201: entry(
    "Not a finite number",
    "TOML knows `nan`, `inf` and `-inf`; none of them is an amount.",
    "Write a number in the expected range.",
  ),
  TG1202: entry(
    "Number out of range",
    "The number is below the least or above the largest value that makes sense.",
    "Write a number in the expected range.",
  ),
  TG1203: entry(
    "Not a whole number",
    "The value counts things that cannot be divided.",
    "Write a whole number; for finer weights multiply all of them: 1.5 to 1 is 3 to 2.",
  ),
  TG1301: entry(
    "Not one of the choices",
    "The key takes one of a few values, written exactly.",
    "Use one of the expected values, exactly as shown.",
  ),
  TG1302: entry(
    "Not a duration",
    "A duration is a text of a whole number and a unit: `ms`, `s`, `m` or `h`.",
    'Write, for example, `"250ms"`, `"5s"`, `"10m"`, `"1h"`. Instead of `"1.5s"` write `"1500ms"`, instead of `"1h30m"` `"90m"`.',
  ),
  TG1303: entry(
    "Duration out of range",
    "The duration is shorter or longer than makes sense for this key.",
    "Write a duration in the expected range.",
  ),
  TG1304: entry(
    "Not a time with an offset",
    "A time without an offset means another instant on each machine; a day that does not exist means none.",
    'Write RFC 3339 with an offset: `"2026-12-01T02:00:00+08:00"` or `"2026-11-30T18:00:00Z"`.',
  ),
  TG1305: entry(
    "Not a name",
    "Names stand in metrics, commands and storage keys, so they are short and plain.",
    "Use 1 to 64 of `A-Z a-z 0-9 . _ -`, beginning with a letter or digit.",
  ),
  TG1306: entry(
    "Text too short, too long, or with control characters",
    "An empty text says nothing; a very long one, or one with line ends, would break headers or pages.",
    "Write a text of the expected length on one line.",
  ),
  TG1307: entry(
    "Not a header or cookie name",
    "Such a name is a token of RFC 9110 §5.6.2: no blanks, colons, semicolons or other separators.",
    "Write the bare name, for example `X-Api-Key`, without a colon.",
  ),
  TG1309: entry(
    "Not a language tag",
    "Messages are chosen by the language that a browser asks for.",
    "Write tags such as `en`, `de`, `zh-CN`.",
  ),
  TG1401: entry(
    "Two pools have the same name",
    "Routes name a pool; with two of one name nobody can tell which is meant.",
    "Rename one of them.",
  ),
  TG1402: entry(
    "Two origins of a pool have the same name",
    "Commands and metrics name an origin of a pool.",
    "Rename one of them. The same name in different pools is fine.",
  ),
  TG1403: entry(
    "Two origins of a pool have the same URL",
    "They are one region: when it fails both fail, and a retry in another region would go to the same one.",
    "Correct the URL, or remove one origin and add its weight to the other.",
  ),
  TG1405: entry(
    "All weights of a pool are zero",
    "A weight of zero gets nothing, so nobody would be served.",
    "Give at least one origin a weight above zero. To close a pool use a maintenance window.",
  ),
  TG1406: entry(
    "Not an origin URL",
    "The text cannot be read as a URL, or has blanks, a backslash, no host, or an impossible port.",
    "Write `https://host` or `https://host:port`.",
  ),
  TG1407: entry(
    "Origin URL with another scheme",
    "The edge speaks HTTP to origins; WebSockets go through `https:` URLs too.",
    "Begin the URL with `https://`, or `http://` for a loopback address.",
  ),
  TG1408: entry(
    "Origin URL with credentials",
    "A user name or password in a URL ends up in logs, versions and dashboards.",
    "Remove it, and change the password: it stood in a file. Let the origin trust the edge in another way.",
  ),
  TG1409: entry(
    "Origin URL with a query",
    "Each request has its own query; one of the origin would be lost or doubled.",
    "Remove everything from the `?` on.",
  ),
  TG1410: entry(
    "Origin URL with a fragment",
    "A fragment is never sent to a server.",
    "Remove everything from the `#` on.",
  ),
  TG1411: entry(
    "Origin URL with a path",
    "The request's own path is sent to the origin unchanged; a path of the origin would be lost.",
    "Remove the path. Where regions differ by path, use a host name for each.",
  ),
  TG1412: entry(
    "Unencrypted origin in production",
    "Wallet traffic, credentials included, would cross a network in clear text.",
    "Use `https:`. Plain `http:` is for loopback addresses, and for `--env development`.",
  ),
  TG1413: entry(
    "The edge would be its own origin",
    "A request would come back to the edge again and again until it is answered 508.",
    "Write the region's own host. It must be neither an address of this edge nor a host that a route answers for.",
  ),
  TG1414: entry(
    "Half a place",
    "A latitude without a longitude, or the other way round, is no place.",
    "Set both `lat` and `lon`, or none of them and perhaps `region`.",
  ),
  TG1415: entry(
    "Not a path for health checks",
    "The monitor asks each origin for this path; `//` or a backslash would lead to another host.",
    'Write a path that begins with one slash, such as `"/healthz"`.',
  ),
  TG1416: entry(
    "Not a status or range of statuses",
    "An answer is good when its status is among the expected ones; a range that runs backwards has none.",
    'Write a text of three digits, `"200"`, or two with a hyphen, `"200-299"`; several as a list, `["200", "301-302"]`.',
  ),
  TG1417: entry(
    "A header that a probe cannot carry",
    "The runtime leaves it out without a word: the host comes from the origin's URL, the others belong to the connection.",
    "Remove it. Where a region needs another host name, write that name into the origin's `url`.",
  ),
  TG1418: entry(
    "Not a header value",
    "Control characters would end the header, letters outside ASCII are read differently by every server, and blanks at the ends are cut off. What stands here is not shown, in case it is a credential.",
    "Write 1 to 1,024 printable ASCII characters.",
  ),
  TG1419: entry(
    "The same header twice",
    "Header names are the same in capital and small letters, so one value would replace the other.",
    "Remove one of the two.",
  ),
  TG1420: entry(
    "A body expected of HEAD",
    "An answer to HEAD has no body, so every probe would fail and every origin be taken out.",
    'Remove `expect_body`, or set `method = "GET"`.',
  ),
  TG1421: entry(
    "The longest ejection is shorter than the first",
    "Ejections grow from `base` up to `max`.",
    "Raise `max` or lower `base`. One that is not written has its default: `base` 30s, `max` 5m.",
  ),
  TG1422: entry(
    "A gap in the priorities",
    "Traffic spills from each level to the next one; a level without origins is most likely a slip.",
    "Number the levels 0, 1, 2 and so on. Origins without `priority` are at level 0.",
  ),
  TG1501: entry(
    "Two routes have the same name",
    "Metrics and logs name routes; two of one name would be counted together.",
    "Rename one of them, or leave `name` out: then it is the path.",
  ),
  TG1502: entry(
    "A route to a pool that does not exist",
    "Requests of this route would have nowhere to go.",
    "Use the name of one of the `[[pools]]`, exactly as written there.",
  ),
  TG1503: entry(
    "A limit that does not exist",
    "The route would not be limited although it says so.",
    "Use the name of one of the `[[limits]]`, exactly as written there.",
  ),
  TG1504: entry(
    "A room that does not exist",
    "The route would not be queued although it says so.",
    "Use the name of one of the `[[rooms]]`, exactly as written there.",
  ),
  TG1505: entry(
    "A room and a lane that is never queued",
    '`lane = "bypass"` says never to queue, `room` says where to.',
    "Remove one of the two, or name one of the room's own lanes.",
  ),
  TG1506: entry(
    "A route that can never match",
    "The first match wins, and an earlier route has the same path pattern, hosts and methods.",
    "Remove one of the two, or tell them apart by host or method.",
  ),
  TG1507: entry(
    "A path pattern without a leading slash",
    "Every path begins with `/`.",
    "Put `/` in front. Hosts go into `hosts`.",
  ),
  TG1508: entry(
    "A character that has no place in a path pattern",
    "Blanks, `?`, `#`, brackets, quotes, backslashes and letters outside ASCII do not occur in a normalised path; groups and regular expressions are not supported, on purpose: matching must be fast for any input.",
    "Use literal segments, `*` and `:name`. Percent-encode other characters: `支` is `%E6%94%AF`. Leave the query out.",
  ),
  TG1509: entry(
    "A double slash in a path pattern",
    "Paths are normalised before they are matched, double slashes become one, so this could never match.",
    "Write one slash.",
  ),
  TG1510: entry(
    "A reserved path",
    "`/.tidegate/` belongs to the edge itself, on every host.",
    "Use another path.",
  ),
  TG1511: entry(
    "A dot segment in a path pattern",
    "Paths are normalised before they are matched, `.` and `..` are resolved, so this could never match.",
    "Write the resolved path.",
  ),
  TG1512: entry(
    "A wildcard mixed with text",
    "A segment is literal, `*` or `:name` as a whole. Mixtures such as `a*` or `:a-:b` read differently in every router.",
    "Let the whole segment be `*` or `:name`.",
  ),
  TG1513: entry(
    "Not a parameter name",
    "A parameter is a whole segment: `:` and 1 to 32 letters, digits and `_`, not beginning with a digit.",
    "Rename it, for example `:id`.",
  ),
  TG1514: entry(
    "A percent-encoding that never matches",
    "Normalised paths have capital hexadecimal digits and no encoding of letters, digits and `- . _ ~`; encoded slashes, backslashes and control characters are answered 400.",
    "Write the expected form.",
  ),
  TG1515: entry(
    "A parameter name twice in one path pattern",
    "Two segments of one name cannot be told apart.",
    "Give each its own name, or use `*`.",
  ),
  TG1516: entry(
    "Not a host pattern",
    "A host here is compared with the request's host, without a port. `*` stands only at the start, for every host below the rest.",
    'Write `"wallet.example"` or `"*.wallet.example"`. For every host leave `hosts` out.',
  ),
  TG1517: entry(
    "Not a method",
    "Methods are compared exactly, and real ones are in capital letters.",
    'Write, for example, `"GET"` or `"POST"`. For every method leave `methods` out.',
  ),
  TG1518: entry(
    "A method that is never forwarded",
    "TRACE would show a client the edge's own headers, CONNECT would make a tunnel; both are answered 405.",
    "Remove it.",
  ),
  TG1519: entry(
    "The same entry twice in a list",
    "The second one has no effect; perhaps another was meant.",
    "Remove or correct it.",
  ),
  TG1520: entry(
    "A cost above the limit's capacity",
    "A bucket never holds more than its capacity, so every request of this route would be denied for ever.",
    "Lower the route's `cost` or raise the limit's `capacity`.",
  ),
  TG1521: entry(
    "Stale answers without GET",
    "Only answers to GET are stored and served again, so the route would never serve one.",
    'Remove `stale_if_error`, or add `"GET"` to `methods`.',
  ),
  TG1522: entry(
    "A lane without a room",
    "A lane is a part of a room; without one only `bypass` means something.",
    'Add `room`, or write `lane = "bypass"` for a route that is never queued.',
  ),
  TG1523: entry(
    "A lane that does not exist",
    "The route's users would have no share of the room's slots although it says so.",
    "Use the name of one of the room's `[[rooms.lanes]]`, exactly as written there.",
  ),
  TG1601: entry(
    "Not a limit's key",
    "The key says who shares a bucket.",
    'Write `"user"`, `"ip"`, `"all"`, `"header:NAME"` or `"cookie:NAME"`.',
  ),
  TG1602: entry(
    "Two limits have the same name",
    "Routes name a limit, and its name is part of the bucket's key: two would share buckets.",
    "Rename one of them.",
  ),
  TG1701: entry("Two rooms have the same name", "Routes and tickets name a room.", "Rename one of them."),
  TG1702: entry(
    "Two lanes of a room have the same name",
    "Routes name a lane of their room; with two of one name nobody can tell whose share is meant.",
    "Rename one of them. The same name in different rooms is fine.",
  ),
  TG1703: entry(
    "A lane called bypass",
    '`lane = "bypass"` at a route says never to queue, so no route could name this lane.',
    "Rename it.",
  ),
  TG1704: entry(
    "Lanes without a slot for others",
    "Reserved shares of more than 99 % leave nothing for users who are in no lane, or promise slots twice.",
    "Lower the shares: in sum at most 99.",
  ),
  TG1705: entry(
    "Two events of a room have the same name",
    "A lottery is published and verified by its event's name.",
    "Rename one of them, for example by its date.",
  ),
  TG1706: entry(
    "An event that ends before it starts",
    "Such an event would never happen, and nobody would notice before the crowd is there.",
    "Correct `start` or `end`; look at the offsets too.",
  ),
  TG1707: entry(
    "Overlapping events",
    "At one moment a room has one set of limits and one line; a pre-queue is a part of its event.",
    "Move one of them, or shorten its `prequeue`. One may start in the moment in which another ends.",
  ),
  TG1708: entry(
    "A lottery without a pre-queue",
    "Lots are drawn among those who gathered before the start; without a pre-queue there is nobody.",
    'Set `prequeue`, for example `"30m"`, or remove `lottery`.',
  ),
  TG1801: entry(
    "A window that ends before it starts",
    "Such a window would never happen, and nobody would notice before the night.",
    "Correct `start` or `end`; look at the offsets too.",
  ),
  TG1802: entry(
    "Drain out of range",
    "While draining, new users go elsewhere; more than a day of it is surely a slip of the unit.",
    'Write at most `"24h"`. For longer set the origin\'s weight to 0.',
  ),
  TG1803: entry(
    "A window for a pool that does not exist",
    "The region that is really worked on would keep its users.",
    "Use the name of one of the `[[pools]]`, exactly as written there.",
  ),
  TG1804: entry(
    "A window for an origin that does not exist",
    "The region that is really worked on would keep its users.",
    "Use the name of an origin of this pool, exactly as written there.",
  ),
  TG1805: entry(
    "Overlapping windows",
    "Two windows for the same part overlap, so it is unclear which end, drain and message hold.",
    "Join them, or move one. A window of a whole pool may overlap with one of its origins.",
  ),
  TG1806: entry(
    "A window of two forms",
    "A window happens once (`start`, `end`) or comes every week (`every`, `zone`, `duration`); with keys of both nobody can tell which is meant.",
    "Remove the keys of one form, or make two windows.",
  ),
  TG1807: entry(
    "Not a weekday and a time",
    "A weekly window begins on a weekday at a time of day, by the clocks in `zone`.",
    'Write the first three letters of the English name and 24-hour time: `"Sun 02:00"`. For several days make several windows.',
  ),
  TG1808: entry(
    "Not a time zone",
    "Without a zone nobody can tell when it is two o'clock; abbreviations and offsets do not know when daylight saving begins.",
    'Write the name of the IANA database, such as `"Asia/Hong_Kong"`, `"Europe/Berlin"` or `"UTC"`.',
  ),
  TG1901: entry(
    "Not a SHA-256 hash",
    "Keys are kept as hashes only. What stands here is not shown, in case it is the key itself.",
    "Make it with `printf %s KEY | sha256sum`: 64 hexadecimal digits. If a key stood here, replace that key.",
  ),
  TG1902: entry(
    "Two holders with the same key",
    "The edge could not tell whose request it is.",
    "Give each holder a key of its own.",
  ),
  TG1903: entry(
    "Not a key set's URL",
    "The keys that prove who a user is come from there, so it must be one plain, encrypted address.",
    "Write `https://host/path`. Plain `http:` is for loopback addresses, and for `--env development`.",
  ),
  TG1904: entry(
    "A shared secret beside public keys",
    "A verifier that takes both can be made to take a public key, which everybody has, for the secret: anybody could then sign as anybody (RFC 8725 §2.1).",
    'Name the algorithms of one kind: `["RS256", "ES256", "EdDSA"]` with `jwks`, or `["HS256"]` without.',
  ),
  TG1905: entry(
    "A webhook's address that cannot be used",
    "What it is told names pools, origins and operators, so it is sent encrypted, and to one place that the file names in full.",
    "Write the whole address: `https://hooks.example/tidegate`.",
  ),
  TG2001: entry(
    "No such pool",
    "A command names a pool that the configuration in force does not have.",
    "Use one of the names in the message; `tidegate status` lists them.",
  ),
  TG2002: entry(
    "No such origin",
    "A command names an origin that its pool does not have.",
    "Use one of the names in the message; `tidegate status` lists them.",
  ),
  TG2101: entry(
    "Not a link",
    "People follow it from a page about their money, so it must lead where it says and must not be able to run anything.",
    'Write `"https://…"`, `"mailto:…"`, `"tel:…"`, or a path of this host such as `"/help"`.',
  ),
  TG2102: entry(
    "Not a path of this host",
    "People look there whether their payment went through; it must not lead to another host.",
    'Write a path that begins with one slash, such as `"/transactions"`, in the characters of URLs.',
  ),
  TG2103: entry(
    "Not a logo",
    "A page has everything in one small answer, the logo too, and loads nothing.",
    "Write the `<svg>` element itself, or a small PNG as `data:image/png;base64,…` (`base64 -w0 logo.png`).",
  ),
  TG2104: entry(
    "Not a colour",
    "Only this one form can have its contrast checked, and can do nothing but colour.",
    'Write six hexadecimal digits: `"#0b6e5f"`.',
  ),
  TG2105: entry(
    "Too little contrast",
    "People with weak eyes, or in the sun, could not read buttons and links in this colour (WCAG 2.2, 1.4.3).",
    "Make `color` darker, or `color_dark` lighter.",
  ),
  TG2106: entry(
    "An announcement that ends before it starts",
    "Nobody would ever see it.",
    "Exchange or correct the times; mind the offsets.",
  ),
  TG2107: entry(
    "Not a version",
    "Versions are compared number by number.",
    'Write up to four numbers with dots between: `"3.2.0"`.',
  ),
  TG2108: entry(
    "Half of a minimum version",
    "Without the header nobody knows the app's version, and without the minimum nobody is told.",
    "Write both `app_version_header` and `min_app_version`, or neither.",
  ),
  TG2109: entry(
    "A status of a pool that does not exist",
    "The part that is meant would be missing from the public page, and nobody would notice.",
    "Use the name of one of the `[[pools]]`, exactly as written there.",
  ),
  TG2110: entry(
    "Not a template of pages",
    "A page without its language, its words or its ways on helps nobody, and one that runs, loads or sends something of its own is not to be trusted with people's money.",
    "Mend what the message names. Start from the template in docs/pages.md.",
  ),
  TG2111: entry(
    "A logo beside a template",
    "A template has its own place for a picture, and both together do not fit into the one small answer.",
    "Put the `<svg>` into the template, and remove `logo`.",
  ),
  TG2112: entry(
    "A template file that cannot be read",
    "The pages would not look as meant, and nobody would notice before they are needed.",
    "Write the name as seen from the configuration file's folder, or the template itself, which begins with `<!doctype html>`.",
  ),
  TG3001: entry(
    "A stored version cannot be read",
    "A version in the Control object does not pass this release's checks; the newest one that does is in force.",
    "Apply a file that passes `tidegate check`, or go back to the release that wrote the version.",
  ),
  TG3002: entry(
    "Control cannot be reached",
    "The edge goes on with its last snapshot, or when it is cold with the bundled configuration. Changes do not reach it meanwhile.",
    "Nothing, if it passes. If it stays, look at the Control object's errors and at its storage.",
  ),
  TG3003: entry(
    "The edge failed",
    "A mistake in the edge itself. The user got 500 with the id that the line tells.",
    "Report it with the line. Going back to the release before is safe.",
  ),
  TG3004: entry(
    "A probe's result did not reach Control",
    "The monitor goes on and tells the next one. After three intervals without a word its vote lapses and makes nobody unhealthy.",
    "Nothing, if it passes.",
  ),
  TG3005: entry(
    "A monitor cannot be reached",
    "Control could not tell a monitor what to probe; it tries again every second.",
    "Nothing, if it passes.",
  ),
  TG3006: entry(
    "The key set cannot be had",
    "Tokens are verified with the keys that the edge has, for a day; an edge without keys takes users with tokens for users without. It asks again once a minute.",
    "Nothing, if it passes. If it stays, ask for the address of `[identity.jwt] jwks` from outside: it must answer 200, without a redirect, with a JWK set of at most 256 KiB that holds a public key of an allowed algorithm.",
  ),
  TG3007: entry(
    "The shared secret is missing",
    "`[identity.jwt]` takes HS256 tokens, and the secret to verify them with is not set or shorter than 32 bytes (RFC 7518 §3.2). All tokens are refused.",
    "Set `TIDEGATE_JWT_SECRET` to the secret that the issuer signs with.",
  ),
  TG3008: entry(
    "A proof could not be checked",
    "A mistake in the edge itself. The request was served as one without that proof.",
    "Report it with the line.",
  ),
  TG3010: entry(
    "TIDEGATE_SECRET is not set",
    "Names of buckets are hashed without a secret, so whoever reads the store can find out by trying which users are in it. Pins, tickets and passes cannot be signed.",
    "Set the secret `TIDEGATE_SECRET` to at least 32 random characters; `tidegate serve` makes one by itself and keeps it in the data folder.",
  ),
  TG3011: entry(
    "A room cannot be told what to do",
    "Control could not tell a Room object of a new limit, mode or share of regions. The room goes on as it was told last; Control tries again every second.",
    "Nothing, if it passes. If it stays, look at the Room object's errors: a limit that was lowered is not in force there.",
  ),
  TG3012: entry(
    "TIDEGATE_ALERT_SECRET is not set",
    "`[alerts]` names a webhook, and there is no secret to sign with. It is told nothing, as it could not tell who speaks.",
    "Set the secret `TIDEGATE_ALERT_SECRET` here and at the receiver: `whsec_` and 32 random bytes in base64.",
  ),
} satisfies Record<string, CodeText>;

/** A code of a configuration mistake. */
export type ProblemCode = keyof typeof CODES;

/** Whether a text is one of the codes. */
export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(CODES, text);
}
