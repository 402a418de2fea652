/** The answers of a limit: 429 when it is used up, 503 when nobody can tell. For people a page, else problem+json. */
import { PROBLEM_TYPES } from "../config/problem-types.ts";
import { type HeldBack, heldBackPage, type Whose } from "../pages/limited.tsx";
import { wholeSeconds } from "../policy/whole-seconds.ts";
import { NEGOTIATED_VARY, wantsPage } from "./negotiate.ts";
import { pageResponse } from "./page-response.ts";
import { type ProblemDetails, problem } from "./problem.ts";
import { randomHex } from "./random.ts";
import type { Reading } from "./reader.ts";
import type { Visit } from "./visit.ts";

/** What of a visit these answers need. */
type Asking = Pick<Visit, "id"> & Reading;

export interface Denial {
  /** Until the same request would be let through; undefined: never, the limit does not fill again. */
  readonly retryAfterMs: number | undefined;
  /** Names of the limits that are used up, at least one. */
  readonly violated: readonly string[];
  /** The value of `RateLimit-Policy`; left out where no numbers can be told. */
  readonly policyField?: string;
  /** The value of `RateLimit`; no t in it after the wait (see `rateLimitValue`). */
  readonly limitField?: string;
  /** Whom the limit counts. Left out, the caller; `everybody` where all share it, so that nobody is blamed. */
  readonly whose?: Whose;
}

const NEVER =
  "The quota of this limit is used up and does not come back by itself, so sending the request again does not help. It was not sent on, and nothing was taken.";

/** 429 with the wait to the second. */
export function limitedAnswer(visit: Asking, denial: Denial): Response {
  const { retryAfterMs, violated, policyField = "", limitField = "", whose = "caller" } = denial;
  const isNever = retryAfterMs === undefined;
  return answer(visit, {
    type: "quota-exceeded",
    held: isNever
      ? { kind: "used-up" }
      : { kind: "limited", whose, seconds: Math.max(1, wholeSeconds(retryAfterMs)) },
    headers: policyField === "" ? {} : { "ratelimit-policy": policyField, ratelimit: limitField },
    details: { members: { "violated-policies": violated }, ...(isNever ? { detail: NEVER } : {}) },
  });
}

/** Clients that were refused together come back apart, within so many seconds. */
const LONGEST_RETRY_SECONDS = 5;

/** 503 while a limit's store cannot be asked and the limit says `on_error = "closed"`. */
export function limiterDownAnswer(visit: Asking): Response {
  const seconds = 1 + (Number.parseInt(randomHex(1), 16) % LONGEST_RETRY_SECONDS);
  return answer(visit, {
    type: "temporary-reduced-capacity",
    held: { kind: "limiter-down", seconds },
    headers: {},
    details: {},
  });
}

/** 429 for an address that holds as many tickets as it may in a room. */
export function tooManyTickets(visit: Asking, retryAfterMs: number): Response {
  return answer(visit, {
    type: "too-many-tickets",
    held: { kind: "limited", whose: "caller", seconds: Math.max(1, wholeSeconds(retryAfterMs)) },
    headers: {},
    details: {},
  });
}

interface Given {
  readonly type: "quota-exceeded" | "temporary-reduced-capacity" | "too-many-tickets";
  readonly held: HeldBack;
  readonly headers: Readonly<Record<string, string>>;
  /** For programs. */
  readonly details: Pick<ProblemDetails, "detail" | "members">;
}

function answer(visit: Asking, { type, held, details, ...given }: Given): Response {
  const { method } = visit.request;
  const headers = {
    ...given.headers,
    ...(held.kind === "used-up" ? {} : { "retry-after": String(held.seconds) }),
  };
  if (!wantsPage(visit)) {
    const varied = { ...headers, vary: NEGOTIATED_VARY };
    return problem(type, { requestId: visit.id, method, headers: varied, ...details });
  }
  return pageResponse(visit, {
    status: PROBLEM_TYPES[type].status,
    headers,
    kind: "limited",
    render: (reader) => heldBackPage({ held, reader }),
  });
}
