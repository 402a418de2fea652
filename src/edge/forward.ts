/** The last stage: attempts at origins until one answers or none may be asked any more. */

import { notePresent } from "../policy/drain.ts";
import { affinityHash } from "../policy/identity-key.ts";
import { isGatewayFailure } from "../policy/outcome.ts";
import {
  decideRetry,
  type FinalAnswer,
  METHOD_OVERRIDE_HEADERS,
  methodClass,
  retryFailureOf,
} from "../policy/retry.ts";
import { answerOf } from "./answer.ts";
import { type AttemptResult, attempt } from "./attempt.ts";
import { balance, type Placement } from "./balance.ts";
import type { PoolRuntime } from "./compiled.ts";
import { inMaintenance } from "./maintenance-answer.ts";
import { noteOutcome } from "./note-outcome.ts";
import { poolState } from "./pool-state.ts";
import { problem } from "./problem.ts";
import { canSendAgain, type RequestBody, takeBody } from "./request-body.ts";
import type { Visit } from "./visit.ts";

/** How long a client that was told `busy` should wait, seconds. */
const BUSY_RETRY_AFTER = "5";

/** @param reportSoon called when this edge has ejected an origin, so that all others hear of it */
export async function forward(visit: Visit, pool: PoolRuntime, reportSoon: () => void): Promise<Response> {
  const kind = methodClass(visit.request.method, overridesOf(visit));
  const isWrite = kind !== "safe";
  const limits = pool.config.retry;
  const taken = takeBody(visit, kind, limits.attempts > 1 ? limits.body_limit_bytes : 0);
  const body: RequestBody = await taken;
  const deadlineMs = Date.now() + pool.timeoutMs;
  const asked: number[] = [];
  let last: Response | undefined;

  for (;;) {
    const nowMs = Date.now();
    const mayTry = kind === "safe" && canSendAgain(body) && asked.length === 0 && limits.attempts > 1;
    const state = poolState(pool, nowMs);
    const { usable } = state;
    const placement = balance(visit, pool, state, { isWrite, mayTry, asked }, nowMs);
    if (placement.kind !== "origin") return last ?? withoutOrigin(visit, pool, placement.kind, nowMs);
    const origin = pool.origins[placement.index];
    if (origin === undefined) return last ?? withoutOrigin(visit, pool, "none", nowMs);

    const result = await attempt(visit, origin, body, Math.max(1, deadlineMs - nowMs), pool.timeoutMs);
    asked.push(placement.index);
    const { outcome, sentAtMs, endedAtMs } = result;
    const { index, isTrial } = placement;
    if (noteOutcome(pool, { origin: index, isTrial, isWrite, sentAtMs, outcome }, endedAtMs)) reportSoon();

    const failure = retryFailureOf(outcome);
    if (failure === undefined && pool.keepsUsers) notePresentUser(visit, pool, index, endedAtMs);
    const decision =
      failure === undefined
        ? ({ kind: "answer", answer: "pass-on" } as const)
        : decideRetry(
            {
              methodClass: kind,
              failure,
              bytesSent: true,
              bodyKept: canSendAgain(body),
              responseStarted: false,
            },
            {
              attempts: asked.length,
              mostAttempts: limits.attempts,
              othersLeft: usable.filter((index) => !asked.includes(index)).length,
              budget: pool.memory.budget,
              timeLeftMs: deadlineMs - endedAtMs,
            },
            Math.random(),
          );
    if (decision.kind === "answer")
      return answerFor(visit, origin.name, asked.length, result, decision.answer);
    last = answerFor(visit, origin.name, asked.length, result, answerWithout(result));
    if (decision.afterMs > 0) await scheduler.wait(decision.afterMs);
  }
}

/** What the client gets when a retry was wanted and nobody else could be asked. */
function answerWithout({ outcome }: AttemptResult): FinalAnswer {
  if (outcome.kind === "answered") return "pass-on";
  return outcome.kind === "timed-out" ? "origin-timeout" : "origin-unreachable";
}

function answerFor(
  visit: Visit,
  originName: string,
  attempts: number,
  { response, outcome, sentAtMs, endedAtMs }: AttemptResult,
  answer: FinalAnswer,
): Response {
  const details = { requestId: visit.id, method: visit.request.method };
  switch (answer) {
    case "pass-on":
      if (response === undefined) return problem("origin-unreachable", details);
      // What the platform says in the origin's place is not the origin's answer, and tells of the inside.
      if (outcome.kind === "answered" && isGatewayFailure(outcome.status) && outcome.status >= 520) {
        return problem("origin-unreachable", details);
      }
      return answerOf(visit, { originName, attempts, response, sentAtMs, answeredAtMs: endedAtMs });
    case "none":
      return problem("origin-unreachable", details);
    default:
      return problem(answer, details);
  }
}

function withoutOrigin(
  visit: Visit,
  pool: PoolRuntime,
  kind: Exclude<Placement["kind"], "origin">,
  nowMs: number,
): Response {
  if (kind === "maintenance") return inMaintenance(visit, pool, nowMs);
  const details = { requestId: visit.id, method: visit.request.method };
  return problem(kind === "busy" ? "busy" : "no-origin", {
    ...details,
    headers: { "retry-after": BUSY_RETRY_AFTER },
  });
}

/** A user whom this origin has answered is there, should it drain. */
function notePresentUser(visit: Visit, pool: PoolRuntime, origin: number, nowMs: number): void {
  const { key } = visit.caller;
  if (key !== undefined) notePresent(pool.memory.presence, affinityHash(key), origin, nowMs);
}

function overridesOf(visit: Visit): string[] {
  const names: readonly string[] = METHOD_OVERRIDE_HEADERS;
  return visit.headers.flatMap(([name, value]) => (names.includes(name) ? [value] : []));
}
