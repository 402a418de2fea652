/** How an attempt at an origin ended, and what that tells of the origin: the table of what counts as a failure. */

/** How one attempt at an origin ended. */
export type AttemptOutcome =
  | { readonly kind: "answered"; readonly status: number; readonly hasRetryAfter: boolean }
  /** Refused, reset, closed, malformed: the runtime does not tell these apart. */
  | { readonly kind: "disconnected" }
  /** No headers in time. */
  | { readonly kind: "timed-out" }
  /** The body ended before its Content-Length, or nothing came of it for as long as headers may take. */
  | { readonly kind: "truncated" }
  /** The client went away first. */
  | { readonly kind: "client-gone" };

/**
 * What an outcome tells of the origin. `neutral` is not counted at all: it neither accuses the origin nor proves that it
 * serves.
 */
export type Evidence = "failure" | "success" | "neutral";

/** Why an attempt failed, as metrics and logs tell it. */
export const FAILURE_REASONS = [
  "disconnected",
  "timed-out",
  "truncated",
  /** 502, 504 and Cloudflare's. */
  "gateway",
  "unavailable",
  /** 503 with Retry-After. */
  "asked-to-wait",
  "server-error",
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** Also of what accuses nobody; undefined for an answer below 500 and for a client that went away. */
export function failureReason(outcome: AttemptOutcome): FailureReason | undefined {
  if (outcome.kind === "client-gone") return undefined;
  if (outcome.kind !== "answered") return outcome.kind;
  const { status, hasRetryAfter } = outcome;
  if (status < 500) return undefined;
  if (isGatewayFailure(status)) return "gateway";
  if (status === 503) return hasRetryAfter ? "asked-to-wait" : "unavailable";
  return "server-error";
}

export interface FailureOptions {
  /** Counts 500 and every other 5xx too. Off: one broken endpoint must not take a whole region out. */
  readonly count5xx: boolean;
}

/**
 * Answers of a gateway that did not get one itself. 520 to 527 and 530 are Cloudflare's: there `fetch` answers with
 * them where it throws on bare workerd, for a refused connection (521), one that timed out (522) and so on.
 */
export function isGatewayFailure(status: number): boolean {
  return status === 502 || status === 504 || (status >= 520 && status <= 527) || status === 530;
}

/**
 * The table of what counts:
 *
 * | outcome | evidence |
 * |---|---|
 * | connection refused, reset, closed; malformed answer | failure |
 * | no headers in time; for a hedge's loser the time that `hedge-loser.ts` gives it | failure |
 * | body shorter than Content-Length, or stalled, of those that are watched (`body-watch.ts`) | failure |
 * | 502, 504, Cloudflare's 520 to 527 and 530 | failure |
 * | 503 without Retry-After | failure |
 * | 503 with Retry-After (the origin sheds load on purpose) | neutral |
 * | 500 and other 5xx | neutral; failure with `count5xx` |
 * | 1xx to 4xx | success |
 * | the client went away | neutral |
 */
export function evidenceOf(outcome: AttemptOutcome, { count5xx }: FailureOptions): Evidence {
  if (outcome.kind === "client-gone") return "neutral";
  if (outcome.kind !== "answered") return "failure";
  const { status, hasRetryAfter } = outcome;
  if (status < 500) return "success";
  if (isGatewayFailure(status)) return "failure";
  if (status === 503) return hasRetryAfter ? "neutral" : "failure";
  return count5xx ? "failure" : "neutral";
}

/** Shorthand for {@link evidenceOf} being `failure`. */
export function isFailure(outcome: AttemptOutcome, options: FailureOptions): boolean {
  return evidenceOf(outcome, options) === "failure";
}
