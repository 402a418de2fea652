/** The last stage: attempts at origins until one answers or none may be asked any more. */
import { notePresent } from "../policy/drain.ts";
import { affinityHash } from "../policy/identity-key.ts";
import { type AttemptOutcome, isFailure } from "../policy/outcome.ts";
import {
  decideRetry,
  methodClass,
  type RetryDecision,
  type RetryFailure,
  retryFailureOf,
} from "../policy/retry.ts";
import type { AttemptResult } from "./attempt.ts";
import type { PoolRuntime } from "./compiled.ts";
import { type Errand, note, place } from "./errand.ts";
import { answerWithoutOrigin, answerWithoutRetry, finalAnswer } from "./final-answer.ts";
import { poolState } from "./pool-state.ts";
import { canSendAgain, takeBody } from "./request-body.ts";
import { renewSeat } from "./seat.ts";
import { attempt } from "./second-attempt.ts";
import type { Visit } from "./visit.ts";
import { type BodyEnd, type WatchedBody, watchBody } from "./watched-body.ts";

export interface ForwardListeners {
  /** This edge has ejected an origin, so that all others should hear of it. */
  readonly onEjected: () => void;
  /** Told of the answer, whoever gave it. */
  readonly onFinal: (answer: Response) => void;
}

export async function forward(
  visit: Visit,
  pool: PoolRuntime,
  { onEjected, onFinal }: ForwardListeners,
): Promise<Response> {
  const kind = methodClass(visit.method, visit.picked.overrides);
  const { attempts, body_limit_bytes } = pool.config.retry;
  const taking = takeBody(visit, kind, attempts > 1 ? body_limit_bytes : 0);
  const body = taking instanceof Promise ? await taking : taking;
  if (taking instanceof Promise) visit.nowMs = Date.now();
  const deadlineMs = visit.nowMs + pool.timeoutMs;
  const errand: Errand = { visit, pool, kind, body, deadlineMs, asked: [], reportSoon: onEjected };
  const final = (answer: Response): Response => {
    onFinal(answer);
    return answer;
  };
  let failed: AttemptResult | undefined;

  for (;;) {
    const placement = place(errand);
    if (placement.kind !== "origin") {
      if (failed === undefined) return final(answerWithoutOrigin(visit, pool, placement.kind, visit.nowMs));
      return final(finalAnswer(visit, failed, errand.asked.length, answerWithoutRetry(failed)));
    }
    if (failed !== undefined) await failed.response?.body?.cancel();
    const ended = await attempt(errand, placement);
    visit.nowMs = ended.endedAtMs;
    const watching = withBody(errand, ended);
    const { result, isNotedLater } = watching instanceof Promise ? await watching : watching;
    if (watching instanceof Promise) visit.nowMs = Date.now();
    visit.originMs += result.endedAtMs - result.sentAtMs;
    // Noted first: a failure's token is gone before the budget is asked (gRPC A6).
    if (!isNotedLater) note(errand, result, visit.nowMs);
    const failure = failureOf(errand, result);
    if (failure === undefined) {
      notePresentUser(errand, result);
      const answer = finalAnswer(visit, result, errand.asked.length, "pass-on");
      // Whom another origin helped out with a retry or a hedge still lives at the first.
      if (errand.asked[0] === result.index) renewSeat(visit, pool, result.index, answer);
      return final(answer);
    }
    const decision = decide(errand, failure, result.endedAtMs);
    if (decision.kind === "answer") {
      return final(finalAnswer(visit, result, errand.asked.length, decision.answer));
    }
    failed = result;
    if (decision.afterMs > 0) await scheduler.wait(decision.afterMs);
    visit.nowMs = Date.now();
  }
}

/** A read that tries an ejected origin must not show its user what the origin was ejected for. */
function failureOf({ pool }: Errand, { outcome, isTrial }: AttemptResult): RetryFailure | undefined {
  // Cut off while it was read here: the client has been given nothing.
  if (outcome.kind === "truncated") return "no-answer";
  const failure = retryFailureOf(outcome);
  if (failure !== undefined || !isTrial) return failure;
  return isFailure(outcome, { count5xx: pool.config.ejection.count_5xx }) ? "unavailable" : undefined;
}

function decide(errand: Errand, failure: RetryFailure, nowMs: number): RetryDecision {
  const { pool, kind, body, deadlineMs, asked } = errand;
  const { usable } = poolState(pool, nowMs);
  return decideRetry(
    { methodClass: kind, failure, bytesSent: true, bodyKept: canSendAgain(body), responseStarted: false },
    {
      attempts: asked.length,
      mostAttempts: pool.config.retry.attempts,
      othersLeft: usable.filter((index) => !asked.includes(index)).length,
      budget: pool.memory.budget,
      timeLeftMs: deadlineMs - nowMs,
    },
    Math.random(),
  );
}

interface WithBody {
  readonly result: AttemptResult;
  /** Its body is on its way to the client and is watched: how it ends is what is noted. */
  readonly isNotedLater: boolean;
}

/**
 * The attempt with its body watched, if it is, else at once; cut off here, it has failed before the client got
 * anything.
 */
function withBody(errand: Errand, result: AttemptResult): WithBody | Promise<WithBody> {
  const { visit, pool } = errand;
  const { response, origin, endedAtMs } = result;
  const asItIs = { result, isNotedLater: false };
  if (response === undefined || failureOf(errand, result) !== undefined) return asItIs;
  // With nobody else to ask, a cut body could neither be had elsewhere nor eject its origin. One that has gone out since is
  // watched to the last: else what comes of it would count as successes, and Control would not believe the failures.
  const isUseful =
    pool.config.ejection.enabled && poolState(pool, endedAtMs).usable.some((index) => index !== result.index);
  if (!isUseful) return asItIs;
  const onEnd = (end: BodyEnd): void => note(errand, { ...result, outcome: outcomeOf(end, result) });
  const watching = watchBody(origin.memory, visit.method, response, pool.timeoutMs, onEnd);
  return watching instanceof Promise
    ? watching.then((watched) => asWatched(result, watched))
    : asWatched(result, watching);
}

function asWatched(result: AttemptResult, watched: WatchedBody): WithBody {
  switch (watched.kind) {
    case "not-watched":
      return { result, isNotedLater: false };
    case "whole":
      return { result: { ...result, whole: watched.bytes }, isNotedLater: false };
    case "flowing":
      return { result: { ...result, whole: watched.stream }, isNotedLater: true };
    case "cut": {
      const cut = { ...result, outcome: TRUNCATED, response: undefined, endedAtMs: Date.now() };
      return { result: cut, isNotedLater: false };
    }
  }
}

const TRUNCATED: AttemptOutcome = { kind: "truncated" };

function outcomeOf(end: BodyEnd, { outcome }: AttemptResult): AttemptOutcome {
  if (end === "whole") return outcome;
  return end === "client-gone" ? { kind: "client-gone" } : TRUNCATED;
}

/** A user whom this origin has answered is there, should it drain. */
function notePresentUser({ visit, pool }: Errand, { index, endedAtMs }: AttemptResult): void {
  const { key } = visit.caller;
  if (pool.keepsUsers && key !== undefined) {
    notePresent(pool.memory.presence, affinityHash(key), index, endedAtMs);
  }
}
