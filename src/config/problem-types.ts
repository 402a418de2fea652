/** Every problem that the edge itself answers with (RFC 9457): its status, its title, and what to do about it. */

export interface ProblemType {
  readonly status: number;
  readonly title: string;
  /** For the person or program that got it. Tells nothing of what is behind the edge. */
  readonly detail: string;
}

export const PROBLEM_TYPES = {
  "bad-request": {
    status: 400,
    title: "Bad request",
    detail: "The request cannot be understood safely, so it was not sent on.",
  },
  "no-route": {
    status: 404,
    title: "Not found",
    detail: "Nothing is served at this address.",
  },
  "method-not-allowed": {
    status: 405,
    title: "Method not allowed",
    detail: "This method is not served here.",
  },
  "internal-error": {
    status: 500,
    title: "Internal error",
    detail:
      "The edge failed to handle the request. If it was a payment, look at the list of transactions before paying again.",
  },
  "origin-unreachable": {
    status: 502,
    title: "Bad gateway",
    detail: "The wallet could not be reached. This request may be sent again.",
  },
  "no-origin": {
    status: 503,
    title: "Service unavailable",
    detail: "No region can take the request at present. It was not sent on; try again later.",
  },
  busy: {
    status: 503,
    title: "System busy",
    detail:
      "Too few regions can take payments at present. Nothing was sent and nothing was taken; try again later.",
  },
  maintenance: {
    status: 503,
    title: "Maintenance",
    detail: "The wallet is being worked on. Nothing was sent and nothing was taken; try again later.",
  },
  "not-configured": {
    status: 503,
    title: "Service unavailable",
    detail: "This edge has no valid configuration.",
  },
  "origin-timeout": {
    status: 504,
    title: "Gateway timeout",
    detail: "The wallet did not answer in time. This request may be sent again.",
  },
  "outcome-unknown": {
    status: 504,
    title: "Outcome unknown",
    detail:
      "The request was sent to the wallet, but no answer came, so it may or may not have been carried out. Do not send it again: ask for its status, or look at the balance and the list of transactions first.",
  },
  "loop-detected": {
    status: 508,
    title: "Loop detected",
    detail: "The request has already been through this edge.",
  },
} as const satisfies Record<string, ProblemType>;

export type ProblemName = keyof typeof PROBLEM_TYPES;

/** Where a type is explained, on every host; relative, as RFC 9457 §3.1.1 allows. */
export function problemUri(name: string): string {
  return `/.tidegate/problems/${name}`;
}
