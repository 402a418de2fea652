/** What the client gets in the end: an origin's answer, or the edge's own word on why there is none. */
import { isGatewayFailure } from "../policy/outcome.ts";
import type { FinalAnswer } from "../policy/retry.ts";
import { answerOf } from "./answer.ts";
import type { AttemptResult } from "./attempt.ts";
import type { Placement } from "./balance.ts";
import type { PoolRuntime } from "./compiled.ts";
import { failureAnswer } from "./failure-answer.ts";
import { inMaintenance } from "./maintenance-answer.ts";
import type { Visit } from "./visit.ts";

/** How long a client that was told `busy` should wait, seconds. */
const BUSY_RETRY_AFTER = "5";
/** From here on Cloudflare speaks in the place of an origin that it did not reach. */
const PLATFORM_STATUS = 520;

/** Renders the matrix's word on the last attempt. */
export function finalAnswer(
  visit: Visit,
  { index, origin, response, whole, outcome, sentAtMs, endedAtMs }: AttemptResult,
  attempts: number,
  answer: FinalAnswer,
): Response {
  visit.decision = "unanswered";
  visit.answeredBy = index;
  switch (answer) {
    case "pass-on":
      if (response === undefined || isPlatformWord(outcome))
        return failureAnswer(visit, "origin-unreachable");
      visit.decision = "proxied";
      return answerOf(visit, {
        originName: origin.name,
        attempts,
        response,
        body: whole ?? response.body,
        sentAtMs,
        answeredAtMs: endedAtMs,
      });
    case "none":
      return failureAnswer(visit, "origin-unreachable");
    default:
      return failureAnswer(visit, answer);
  }
}

/** When a retry was wanted and nobody else could be asked. */
export function answerWithoutRetry({ outcome }: AttemptResult): FinalAnswer {
  if (outcome.kind === "answered") return "pass-on";
  return outcome.kind === "timed-out" ? "origin-timeout" : "origin-unreachable";
}

/** When no origin could be asked at all. */
export function answerWithoutOrigin(
  visit: Visit,
  pool: PoolRuntime,
  kind: Exclude<Placement["kind"], "origin">,
  nowMs: number,
): Response {
  visit.decision = kind === "maintenance" ? "maintenance" : "shed";
  if (kind === "maintenance") return inMaintenance(visit, pool, nowMs);
  return failureAnswer(visit, kind === "busy" ? "busy" : "no-origin", { "retry-after": BUSY_RETRY_AFTER });
}

/** It is not the origin's answer, and tells of the inside. */
function isPlatformWord(outcome: AttemptResult["outcome"]): boolean {
  return outcome.kind === "answered" && outcome.status >= PLATFORM_STATUS && isGatewayFailure(outcome.status);
}
