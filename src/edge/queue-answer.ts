/** The answers of a room: the place of a request that has to wait, and what a poll is told. Decides nothing. */
import { leftPage } from "../pages/left.tsx";
import { type Place, queuedPage } from "../pages/queued.tsx";
import { PASS_HEADER, TICKET_HEADER } from "../policy/queue-cookie.ts";
import type { HourlyMost } from "../policy/waiting-history.ts";
import { wholeSeconds } from "../policy/whole-seconds.ts";
import { NEGOTIATED_VARY, wantsPage } from "./negotiate.ts";
import { pageResponse } from "./page-response.ts";
import { problem } from "./problem.ts";
import type { Reading } from "./reader.ts";
import type { Visit } from "./visit.ts";

/** What of a visit these answers need. */
type Asking = Pick<Visit, "id"> & Reading;

/** Where a ticket stands. */
export interface QueueStanding extends Place {
  /** Signed, to be sent back. */
  readonly ticket: string;
}

export interface QueueAdmission {
  readonly room: string;
  readonly state: "admitted";
  readonly pass: string;
}

export interface QueuedOptions {
  /** The room's own, for pages and programs alike. */
  readonly status: 503 | 200 | 202 | 429;
  readonly setCookies: readonly string[];
  /** The most who waited at once in each of the last 24 hours, for the page; undefined: nothing was heard. */
  readonly history?: HourlyMost | undefined;
}

const ALLOWED_METHODS = "GET, HEAD, OPTIONS";
const VARY = `${NEGOTIATED_VARY}, Cookie`;

/**
 * Programs of every origin may read these answers, but never one to a request with cookies: browsers refuse `*` there
 * (Fetch, "CORS protocol and credentials"). An origin must not be reflected, or its scripts could read the tickets and passes of its visitors.
 */
const READABLE: Readonly<Record<string, string>> = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": `Retry-After, ${TICKET_HEADER}, ${PASS_HEADER}`,
};

/** The longest that Chromium keeps a preflight's answer, in seconds; others keep it no longer than they like. */
const PREFLIGHT_MAX_AGE = "7200";

/** A request that has to wait: the page for a browser's navigation, problem+json for everybody else. */
export function queuedAnswer(
  visit: Asking,
  standing: QueueStanding,
  { status, setCookies, history }: QueuedOptions,
): Response {
  // A handshake is no navigation, whatever it accepts; and a status other than 101 is all that refuses it.
  const isPage = !visit.request.headers.has("upgrade") && wantsPage(visit);
  const response = isPage ? page(visit, standing, status, history) : queuedProblem(visit, standing, status);
  return withCookies(response, setCookies);
}

/** What a poll of a known ticket is told. */
export function queueStatus(
  { request }: Pick<Visit, "request">,
  answer: QueueStanding | QueueAdmission,
  setCookies: readonly string[],
): Response {
  const body = request.method === "HEAD" ? null : JSON.stringify(membersOf(answer));
  const headers = { "content-type": "application/json", ...fieldsOf(answer), ...READABLE };
  return withCookies(new Response(body, { headers }), setCookies);
}

/** A poll for a room that does not exist. */
export function noRoom(visit: Asking): Response {
  return pollProblem(visit, "no-route", { detail: "There is no waiting room of this name." });
}

/** A poll with no ticket, or with one that does not hold. */
export function noTicket(visit: Asking): Response {
  return pollProblem(visit, "no-ticket");
}

/** A poll by a method that is none. */
export function noPollMethod(visit: Asking, allow = ALLOWED_METHODS): Response {
  return pollProblem(visit, "method-not-allowed", { headers: { allow } });
}

/** Without a token in a field and from another site. */
export function notFromHere(visit: Asking): Response {
  return pollProblem(visit, "cross-origin");
}

/** What only the Room knows, while it does not answer. */
export function roomUnreachable(visit: Asking): Response {
  return pollProblem(visit, "room-unreachable", { headers: { "retry-after": "5" } });
}

/** The user has left the line or the room. */
export function leftAnswer(visit: Asking, setCookies: readonly string[]): Response {
  // Who left by the page's form has to be told; 204 would leave the old page standing.
  if (wantsPage(visit)) {
    const page = pageResponse(visit, { status: 200, headers: {}, kind: "left", render: leftPage });
    return withCookies(page, setCookies);
  }
  const headers = { "cache-control": "no-store", vary: VARY, ...READABLE };
  return withCookies(new Response(null, { status: 204, headers }), setCookies);
}

/** What anybody may know of a room. */
export function publicAnswer({ request }: Pick<Visit, "request">, value: unknown): Response {
  const headers = { "content-type": "application/json", "cache-control": "no-store", ...READABLE };
  return new Response(request.method === "HEAD" ? null : JSON.stringify(value), { headers });
}

/** OPTIONS of a poll's address: a preflight's answer, the same for every origin and every room. */
export function pollOptions(methods = "GET, HEAD"): Response {
  return new Response(null, {
    status: 204,
    headers: {
      allow: `${methods}, OPTIONS`,
      "cache-control": "no-store",
      "access-control-allow-origin": "*",
      "access-control-allow-methods": methods,
      // A signed-in user's place is found by the token; `*` would not stand for Authorization.
      "access-control-allow-headers": `Authorization, ${TICKET_HEADER}, ${PASS_HEADER}`,
      "access-control-max-age": PREFLIGHT_MAX_AGE,
    },
  });
}

/**
 * Whether this is a browser's question if it may send the real request (Fetch, "CORS-preflight request"). It carries no cookies, so no
 * ticket and no pass, and an answer that does not allow is a refusal: it must never wait in line.
 */
export function isPreflight({ method, headers }: Pick<Request, "method" | "headers">): boolean {
  return method === "OPTIONS" && headers.has("origin") && headers.has("access-control-request-method");
}

function page(
  visit: Asking,
  standing: QueueStanding,
  status: number,
  history: QueuedOptions["history"],
): Response {
  return pageResponse(visit, {
    status,
    headers: fieldsOf(standing),
    kind: "waiting",
    render: (reader) => queuedPage({ standing, reader, history, nowMs: Date.now() }),
  });
}

function queuedProblem({ id, request }: Asking, standing: QueueStanding, status: number): Response {
  const made = problem("queued", {
    requestId: id,
    method: request.method,
    headers: { ...fieldsOf(standing), ...READABLE },
    // The problem's own status is the one that it comes with (RFC 9457 §3.1.2).
    members: { status, ...membersOf(standing) },
  });
  return new Response(made.body, { status, headers: made.headers });
}

/** These and no others, in this order; what is not known is left out. */
function membersOf(answer: QueueStanding | QueueAdmission): Record<string, unknown> {
  const { room, state } = answer;
  if (answer.state === "admitted") return { room, state, pass: answer.pass };
  const { position, ahead, estimatedWaitSeconds, pollAfterSeconds, ticket } = answer;
  const estimate = estimatedWaitSeconds && {
    low: estimatedWaitSeconds.low,
    high: estimatedWaitSeconds.high,
  };
  const { waiting, keptUntil, startsAt, joinedAt } = answer;
  const optional = { waiting, keptUntil, startsAt, joinedAt };
  return {
    room,
    state,
    position,
    ahead,
    estimatedWaitSeconds: estimate,
    pollAfterSeconds,
    ticket,
    ...optional,
  };
}

function fieldsOf(answer: QueueStanding | QueueAdmission): Record<string, string> {
  const every = { "cache-control": "no-store", vary: VARY, "x-content-type-options": "nosniff" };
  if (answer.state === "admitted") return { ...every, [PASS_HEADER]: answer.pass };
  const retryAfter = Math.max(1, wholeSeconds(answer.pollAfterSeconds * 1000));
  return { ...every, "retry-after": String(retryAfter), [TICKET_HEADER]: answer.ticket };
}

function pollProblem(
  { id, request: { method } }: Asking,
  name: "no-route" | "no-ticket" | "method-not-allowed" | "cross-origin" | "room-unreachable",
  { headers = {}, ...detail }: { detail?: string; headers?: Record<string, string> } = {},
): Response {
  return problem(name, {
    requestId: id,
    method,
    ...detail,
    headers: { ...headers, vary: VARY, ...READABLE },
  });
}

function withCookies(response: Response, setCookies: readonly string[]): Response {
  for (const field of setCookies) response.headers.append("set-cookie", field);
  return response;
}
