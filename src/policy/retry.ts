/** Whether a failed attempt is made again in another region, and what the client is told when it is not. */
import { type AttemptOutcome, isGatewayFailure } from "./outcome.ts";
import { hasBudget, type RetryBudget, retryBackOffMs } from "./retry-budget.ts";

/** How often a request may reach an origin (RFC 9110 §9.2.2). */
export type MethodClass =
  /** GET, HEAD, OPTIONS: no effect. */
  | "safe"
  /** PUT, DELETE: the same effect however often. */
  | "idempotent"
  /** POST, PATCH and every method that is not known: at most once, ever. */
  | "once";

const CLASS_OF: Readonly<Record<string, MethodClass>> = {
  GET: "safe",
  HEAD: "safe",
  OPTIONS: "safe",
  PUT: "idempotent",
  DELETE: "idempotent",
};

/**
 * Headers by which frameworks take another method than the one in the request line. A GET that carries one may be a
 * payment, so the edge must hand their values to {@link methodClass}.
 */
export const METHOD_OVERRIDE_HEADERS: ReadonlySet<string> = new Set([
  "x-http-method-override",
  "x-http-method",
  "x-method-override",
]);

/**
 * The class of a request: the strictest of its method and of every method that an override header names. An override
 * never makes a request looser: an origin that ignores the header sees the method of the request line.
 *
 * @param method as in the request line; methods are case-sensitive (RFC 9110 §9.1), so `get` is unknown
 * @param overrides values of {@link METHOD_OVERRIDE_HEADERS}; frameworks read them in any case
 */
export function methodClass(method: string, overrides: readonly string[] = []): MethodClass {
  if (overrides.length === 0) return classOf(method);
  const classes = [method, ...overrides.map((name) => name.trim().toUpperCase())].map(classOf);
  if (classes.includes("once")) return "once";
  return classes.includes("idempotent") ? "idempotent" : "safe";
}

function classOf(method: string): MethodClass {
  return Object.hasOwn(CLASS_OF, method) ? (CLASS_OF[method] ?? "once") : "once";
}

/** How an attempt failed, in the words of the matrix. */
export type RetryFailure =
  /** Refused, reset, closed before the headers, malformed. */
  | "no-answer"
  | "timed-out"
  /** 502, 504 and Cloudflare's 520 to 527 and 530: something between answered, the origin may have acted. */
  | "gateway"
  /** 503: the origin did not act. */
  | "unavailable"
  /** 503 with Retry-After: it did not act and asks to be left alone for a while. */
  | "asked-to-wait"
  /** The client went away, or the body broke off: nobody is there to answer, or the answer is on its way. */
  | "over";

/** The failure in an outcome; undefined for an answer that is simply the answer (500 too). */
export function retryFailureOf(outcome: AttemptOutcome): RetryFailure | undefined {
  switch (outcome.kind) {
    case "disconnected":
      return "no-answer";
    case "timed-out":
      return "timed-out";
    case "truncated":
    case "client-gone":
      return "over";
    case "answered":
      if (isGatewayFailure(outcome.status)) return "gateway";
      if (outcome.status !== 503) return undefined;
      return outcome.hasRetryAfter ? "asked-to-wait" : "unavailable";
  }
}

/** What the client gets when no further attempt is made. */
export type FinalAnswer =
  /** The origin's own answer, Retry-After included. */
  | "pass-on"
  | "origin-unreachable"
  | "origin-timeout"
  /** 504: ask for the status, do not pay again. */
  | "outcome-unknown"
  /** Nothing can be said any more. */
  | "none";

export interface FailedAttempt {
  readonly methodClass: MethodClass;
  readonly failure: RetryFailure;
  /**
   * False only where nothing can have left the edge: it gave up before it called `fetch`. A `fetch` that threw is true,
   * whatever its message says.
   */
  readonly bytesSent: boolean;
  /** True when there is no body, when it was kept whole, or when nothing has been read from it. */
  readonly bodyKept: boolean;
  /** True once the client has been given a status. */
  readonly responseStarted: boolean;
}

export interface RetryVerdict {
  /** Whether another region may be asked, if attempts, budget and time allow. */
  readonly mayRetry: boolean;
  /** What the client gets otherwise. */
  readonly otherwise: FinalAnswer;
}

interface Row {
  readonly retries: readonly MethodClass[];
  readonly otherwise: Readonly<Record<MethodClass, FinalAnswer>>;
}

const same = (answer: FinalAnswer): Row["otherwise"] => ({ safe: answer, idempotent: answer, once: answer });

/** The matrix for attempts of which something may have reached the origin. */
const SENT: Readonly<Record<RetryFailure, Row>> = {
  "no-answer": {
    retries: ["safe", "idempotent"],
    otherwise: { ...same("origin-unreachable"), once: "outcome-unknown" },
  },
  "timed-out": {
    retries: ["safe", "idempotent"],
    otherwise: { ...same("origin-timeout"), once: "outcome-unknown" },
  },
  gateway: {
    retries: ["safe", "idempotent"],
    otherwise: { ...same("pass-on"), once: "outcome-unknown" },
  },
  unavailable: { retries: ["safe", "idempotent"], otherwise: same("pass-on") },
  "asked-to-wait": { retries: [], otherwise: same("pass-on") },
  over: { retries: [], otherwise: same("none") },
};

/** What one failed attempt allows. POST and PATCH are repeated only when no origin was contacted at all. */
export function retryVerdict(attempt: FailedAttempt): RetryVerdict {
  const { failure, bytesSent, bodyKept, responseStarted } = attempt;
  if (responseStarted || failure === "over") return { mayRetry: false, otherwise: "none" };
  if (!bytesSent) {
    const otherwise = failure === "timed-out" ? "origin-timeout" : "origin-unreachable";
    return { mayRetry: bodyKept, otherwise };
  }
  const { retries, otherwise } = SENT[failure];
  return {
    mayRetry: bodyKept && retries.includes(attempt.methodClass),
    otherwise: otherwise[attempt.methodClass],
  };
}

/** What is left to a request. */
export interface RetryMeans {
  /** Attempts made, the failed one included. */
  readonly attempts: number;
  /** The most attempts for one request, at least 1; 3 as in the SRE book, "Handling Overload". */
  readonly mostAttempts: number;
  /** Origins that may take the request and have not been asked. */
  readonly othersLeft: number;
  readonly budget: RetryBudget;
  /**
   * Whether the failed attempt was a read on trial. It is asked elsewhere whatever the budget: its failure sends the origin
   * out again, so that there is one such retry in an ejection, or the few that were under way.
   */
  readonly isTrial: boolean;
  /** Of the pool's time-out, which covers all attempts together. */
  readonly timeLeftMs: number;
}

export type RetryDecision =
  | { readonly kind: "retry-elsewhere"; readonly afterMs: number }
  | { readonly kind: "answer"; readonly answer: FinalAnswer };

/** What to do after a failed attempt, all considered. */
export function decideRetry(attempt: FailedAttempt, means: RetryMeans, random: number): RetryDecision {
  const { mayRetry, otherwise } = retryVerdict(attempt);
  const afterMs = retryBackOffMs(means.attempts, random);
  const isPossible =
    means.attempts < means.mostAttempts &&
    means.othersLeft > 0 &&
    afterMs < means.timeLeftMs &&
    (means.isTrial || hasBudget(means.budget));
  return mayRetry && isPossible
    ? { kind: "retry-elsewhere", afterMs }
    : { kind: "answer", answer: otherwise };
}
