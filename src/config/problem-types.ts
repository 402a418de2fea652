/** Every problem that the edge itself answers with (RFC 9457): its status, its title, and what to do about it. */

export interface ProblemType {
  readonly status: number;
  readonly title: string;
  /** For the person or program that got it. Tells nothing of what is behind the edge. */
  readonly detail: string;
  /** The registered URI, where others have defined the type; clients know it by that. */
  readonly uri?: string;
}

/** IANA's HTTP Problem Types (RFC 9457 §4.2); the names are those of draft-ietf-httpapi-ratelimit-headers-10 §10.2. */
const REGISTRY = "https://iana.org/assignments/http-problem-types";

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
  "no-ticket": {
    status: 404,
    title: "No place in line",
    detail:
      "No valid ticket of this room came with the question. Send the request that you want to be served: if there is a line, its answer carries a ticket.",
  },
  "cross-origin": {
    status: 403,
    title: "Not from here",
    detail:
      "Another site must not do this in your name. Send it from a page of this host, or with the ticket or pass in its field.",
  },
  "method-not-allowed": {
    status: 405,
    title: "Method not allowed",
    detail: "This method is not served here.",
  },
  "quota-exceeded": {
    status: 429,
    title: "Quota Exceeded",
    detail: "Too many requests came in a short time. This one was not sent on, and nothing was taken.",
    uri: `${REGISTRY}#quota-exceeded`,
  },
  "too-many-tickets": {
    status: 429,
    title: "Too many places in line",
    detail:
      "This network address holds as many places in line as it may. One becomes free when somebody behind it is let in or leaves. Whoever has a ticket keeps the place: send it with the request. This request was not sent on, and nothing was taken.",
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
  queued: {
    // A room may have another (`status`).
    status: 503,
    title: "In line",
    detail:
      "More people want to be served than can be at present, so this request has a place in line instead. It was not sent on, and nothing was taken. Keep the ticket, ask for its place at /.tidegate/queue/ followed by the room's name, and send the request again once it is admitted.",
  },
  "room-unreachable": {
    status: 503,
    title: "Service unavailable",
    detail: "The waiting room cannot be asked at present. Places in line are kept; try again shortly.",
  },
  maintenance: {
    status: 503,
    title: "Maintenance",
    detail: "The wallet is being worked on. Nothing was sent and nothing was taken; try again later.",
  },
  "temporary-reduced-capacity": {
    status: 503,
    title: "Temporary Reduced Capacity",
    detail:
      "It cannot be told at present how many requests you have left, so this one was held back. It was not sent on, and nothing was taken; try again shortly.",
    uri: `${REGISTRY}#temporary-reduced-capacity`,
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

/** A type's registered URI; else where it is explained, on every host: relative, as RFC 9457 §3.1.1 allows. */
export function problemUri(name: ProblemName): string {
  const { uri }: ProblemType = PROBLEM_TYPES[name];
  return uri ?? `/.tidegate/problems/${name}`;
}
