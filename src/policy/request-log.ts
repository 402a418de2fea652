/** Decides which requests are written down, whatever the sample: what went wrong, and what somebody must answer for. */

export interface EndedRequest {
  readonly decision: string;
  readonly status: number;
  readonly isAdmin: boolean;
  /** Some attempt failed, though another may have answered. */
  readonly hasFailed: boolean;
}

/** Answers of 5xx that are meant: in line, in maintenance. People poll them by the thousand. */
const PLANNED: ReadonlySet<string> = new Set(["queued", "maintenance"]);
/** Refused by the edge, or without an origin. */
const LOUD: ReadonlySet<string> = new Set(["limited", "unanswered", "stale", "shed", "blocked", "error"]);

export function isAlwaysLogged({ decision, status, isAdmin, hasFailed }: EndedRequest): boolean {
  if (isAdmin || hasFailed || LOUD.has(decision)) return true;
  return status >= 500 && !PLANNED.has(decision);
}
