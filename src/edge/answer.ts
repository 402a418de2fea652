/** Makes the client's answer of an origin's: the body as it is, hop-by-hop fields out, the edge's own in. */
import { withoutOwnSetCookies } from "../policy/own-cookies.ts";
import { responseHeaderChanges, serverTiming, staysBehind, viaValue } from "../policy/response-headers.ts";
import type { RateLimitFields, Visit } from "./visit.ts";

/** What an origin tells of the user's session in the room; it goes no further. */
const SESSION_HEADER = "tidegate-session";

export interface OriginAnswer {
  readonly originName: string;
  /** Attempts made, this one included. */
  readonly attempts: number;
  readonly response: Response;
  /** The response's body: its stream as it came, or all of it. */
  readonly body: ReadableStream | ArrayBuffer | Uint8Array | null;
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
}

/** The body goes through as the runtime's own stream, so Content-Length holds and a truncated body breaks. */
export function answerOf(
  visit: Visit,
  { originName, attempts, response, body, sentAtMs, answeredAtMs }: OriginAnswer,
): Response {
  const answer = new Response(body, response);
  const { headers } = answer;
  const seen = lookAt(headers);
  visit.originRateLimit = seen.rateLimit;
  if (seen.session !== undefined) visit.isSessionOver = seen.session.trim() === "end";
  for (const name of responseHeaderChanges(seen.behind, response.status)) headers.delete(name);
  if (seen.hasSetCookie) dropOwnCookies(headers);
  const { edge } = visit.snapshot;
  headers.set("via", viaValue(seen.via, edge.name));
  const originMs = answeredAtMs - sentAtMs;
  headers.set(
    "server-timing",
    serverTiming(answeredAtMs - visit.startedAtMs - originMs, originMs, seen.serverTiming),
  );
  if (edge.debug_headers) {
    headers.set("tidegate-origin", originName);
    headers.set("tidegate-attempts", String(attempts));
  }
  return answer;
}

/** What of an origin's fields matters here. */
interface SeenFields {
  session: string | undefined;
  hasSetCookie: boolean;
  via: string | undefined;
  serverTiming: string | undefined;
  readonly rateLimit: RateLimitFields;
  /** Those that stay behind. */
  readonly behind: (readonly [name: string, value: string])[];
}

/** One walk of the runtime's own: an iterator, or a question for each field, is a call into it each (decision 28). */
function lookAt(headers: Headers): SeenFields {
  const seen: SeenFields = {
    session: undefined,
    hasSetCookie: false,
    via: undefined,
    serverTiming: undefined,
    rateLimit: { policy: undefined, limit: undefined },
    behind: [],
  };
  headers.forEach((value, name) => {
    if (name === "set-cookie") seen.hasSetCookie = true;
    else if (name === "via") seen.via = value;
    else if (name === "server-timing") seen.serverTiming = value;
    else if (name === "ratelimit") seen.rateLimit.limit = value;
    else if (name === "ratelimit-policy") seen.rateLimit.policy = value;
    else if (staysBehind(name)) {
      seen.behind.push([name, value]);
      if (name === SESSION_HEADER) seen.session = value;
    }
  });
  return seen;
}

/** An origin must not say what only the edge says. */
function dropOwnCookies(headers: Headers): void {
  const fields = headers.getSetCookie();
  const kept = withoutOwnSetCookies(fields);
  if (kept === fields) return;
  headers.delete("set-cookie");
  for (const field of kept) headers.append("set-cookie", field);
}
