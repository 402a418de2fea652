/** What a client is told when an attempt at an origin brought no answer. */

export type AttemptFailure =
  /** No headers within the pool's time-out. */
  | "timed-out"
  /** Refused, reset, closed, malformed: the runtime does not tell these apart (measured on workerd). */
  | "disconnected";

/** Methods whose repetition has no further effect (RFC 9110 §9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

/**
 * The problem to answer with. After a write that may be repeated by nobody (POST, PATCH and unknown methods) an
 * ambiguous failure is "outcome unknown": the client must ask for the status and not pay again.
 */
export function problemOfFailure(
  failure: AttemptFailure,
  method: string,
): "origin-timeout" | "origin-unreachable" | "outcome-unknown" {
  if (!IDEMPOTENT.has(method)) return "outcome-unknown";
  return failure === "timed-out" ? "origin-timeout" : "origin-unreachable";
}
