/** Makes the client's answer of an origin's: the body as it is, hop-by-hop fields out, the edge's own in. */
import { withoutOwnSetCookies } from "../policy/own-cookies.ts";
import { responseHeaderChanges, serverTiming, viaValue } from "../policy/response-headers.ts";
import type { Visit } from "./visit.ts";

/** What an origin tells of the user's session in the room; it goes no further. */
const SESSION_HEADER = "tidegate-session";

export interface OriginAnswer {
  readonly originName: string;
  /** Attempts made, this one included. */
  readonly attempts: number;
  readonly response: Response;
  /** The response's body: its stream as it came, or all of it. */
  readonly body: ReadableStream | ArrayBuffer | null;
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
  if (headers.has(SESSION_HEADER)) visit.isSessionOver = headers.get(SESSION_HEADER)?.trim() === "end";
  for (const name of responseHeaderChanges(response.headers, response.status)) headers.delete(name);
  if (headers.has("set-cookie")) dropOwnCookies(headers);
  const { edge } = visit.snapshot;
  headers.set("via", viaValue(response.headers.get("via"), edge.name));
  const originMs = answeredAtMs - sentAtMs;
  headers.set(
    "server-timing",
    serverTiming(
      answeredAtMs - visit.startedAtMs - originMs,
      originMs,
      response.headers.get("server-timing"),
    ),
  );
  if (edge.debug_headers) {
    headers.set("tidegate-origin", originName);
    headers.set("tidegate-attempts", String(attempts));
  }
  return answer;
}

/** An origin must not say what only the edge says. */
function dropOwnCookies(headers: Headers): void {
  const fields = headers.getSetCookie();
  const kept = withoutOwnSetCookies(fields);
  if (kept === fields) return;
  headers.delete("set-cookie");
  for (const field of kept) headers.append("set-cookie", field);
}
