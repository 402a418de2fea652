/** Decides what a route may say: what it matches and what happens to the requests it matches. */
import * as v from "valibot";
import { normalizeHost } from "../hosts.ts";
import { hostPatternMistake, methodMistake, type PatternMistake, pathPatternMistake } from "../patterns.ts";
import { duration } from "./units.ts";
import { about, list, name, says, table, wholeNumber } from "./words.ts";

export const MAX_ROUTES = 1_000;

/** The lane of routes that are never queued; no room may call one of its own so. */
export const BYPASS_LANE = "bypass";

/** A text checked by a function that names the mistake. */
function checked(mistake: (text: string) => PatternMistake | undefined, form: string, description: string) {
  return v.pipe(
    v.string(says("TG1103", form)),
    v.rawCheck(({ dataset, addIssue }) => {
      const found = dataset.typed ? mistake(dataset.value) : undefined;
      if (found !== undefined) addIssue({ message: says(found.code, found.expected) });
    }),
    about(form, description),
  );
}

const RouteEntries = table(
  {
    name: v.exactOptional(name("The route's name in metrics and logs. Unique; left out, it is the path.")),
    hosts: v.exactOptional(
      v.pipe(
        list(
          v.pipe(
            checked(
              hostPatternMistake,
              "a host such as `wallet.example`, or `*.wallet.example` for every host below it",
              "A host that the route answers for, without a port; case and a trailing dot do not matter.",
            ),
            v.transform(normalizeHost),
          ),
          1,
          100,
          "hosts",
        ),
        v.description("The hosts that the route answers for. Left out: every host."),
      ),
    ),
    path: checked(
      pathPatternMistake,
      "a path pattern such as `/api/pay/*`",
      "The path to match. A segment is literal text, `*` (exactly one segment) or `:name` (the same, with a name); `*` as the last segment matches the rest, also nothing. Matching is on the normalised path.",
    ),
    methods: v.exactOptional(
      v.pipe(
        list(
          checked(
            methodMistake,
            "a method in capital letters; not TRACE or CONNECT",
            "A request method that the route answers for.",
          ),
          1,
          20,
          "methods",
        ),
        v.description("The request methods that the route answers for. Left out: every method."),
      ),
    ),
    pool: name("The pool that serves these requests."),
    limits: v.optional(
      v.pipe(
        list(name("The name of a limit."), 0, 16, "names of limits"),
        v.description("The limits that a request must pass; all must allow it."),
      ),
      [],
    ),
    cost: v.optional(wholeNumber(1, 1_000_000, "The tokens that one request takes from each limit."), 1),
    room: v.exactOptional(name("The waiting room in front of this route.")),
    lane: v.exactOptional(
      name(
        '`"bypass"`: never queued (payment confirmations, 3-D Secure returns, webhooks); not together with `room`. Or one of the room\'s lanes: users of this route wait in its line and have its share of the slots.',
      ),
    ),
    stale_if_error: v.exactOptional(
      duration(
        "1s",
        "168h",
        "For so long after it went stale, a stored answer is served to a GET when no origin can answer. Only answers that everybody may share (RFC 9111): none to a request with `Authorization`, none with `Set-Cookie`. Left out: never. Security: an answer that depends on a cookie or header and says neither `private` nor `Vary` would be shown to others, so set this only on public routes.",
      ),
    ),
  },
  "a table [[routes]]",
);

type RawRoute = v.InferOutput<typeof RouteEntries>;

/** A route as the edge uses it: always with a name. */
export type NamedRoute = Omit<RawRoute, "name"> & { name: string };

/**
 * A route without a name is called by its path. Where several share a path (other hosts or methods), the later
 * ones get `#2`, `#3`: labels stay unique, and `#` cannot stand in a path or a given name.
 */
export function nameRoutes(routes: readonly RawRoute[]): NamedRoute[] {
  const uses = new Map<string, number>();
  return routes.map((route) => {
    if (route.name !== undefined) return { ...route, name: route.name };
    const use = (uses.get(route.path) ?? 0) + 1;
    uses.set(route.path, use);
    return { ...route, name: use === 1 ? route.path : `${route.path}#${use}` };
  });
}

export const Routes = v.pipe(
  list(RouteEntries, 1, MAX_ROUTES, "routes ([[routes]])"),
  v.description("What a request matches; the first match wins."),
  v.transform((routes) => nameRoutes(routes)),
);
