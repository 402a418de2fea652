/** The last stage: attempts at origins until one answers or none may be asked any more. */
import { notePresent } from "../policy/drain.ts";
import { affinityHash } from "../policy/identity-key.ts";
import { hedgeDelayMs } from "../policy/latency-quantile.ts";
import { isFailure } from "../policy/outcome.ts";
import {
  decideRetry,
  METHOD_OVERRIDE_HEADERS,
  type MethodClass,
  methodClass,
  type RetryDecision,
  type RetryFailure,
  retryFailureOf,
} from "../policy/retry.ts";
import { hasBudget, spendBudget } from "../policy/retry-budget.ts";
import { type AttemptResult, type RunningAttempt, startAttempt } from "./attempt.ts";
import { balance, type Placement } from "./balance.ts";
import type { PoolRuntime } from "./compiled.ts";
import { answerWithoutOrigin, answerWithoutRetry, finalAnswer } from "./final-answer.ts";
import { hedged } from "./hedge.ts";
import { letGo } from "./hedge-loser.ts";
import { noteOutcome } from "./note-outcome.ts";
import { poolState } from "./pool-state.ts";
import { canSendAgain, type RequestBody, takeBody } from "./request-body.ts";
import { renewSeat } from "./seat.ts";
import type { Visit } from "./visit.ts";
import { isWatched, readWatched } from "./watched-body.ts";

/** One request's way through a pool. */
interface Errand {
  readonly visit: Visit;
  readonly pool: PoolRuntime;
  readonly kind: MethodClass;
  readonly body: RequestBody;
  /** Of the pool's time-out, for all attempts together. */
  readonly deadlineMs: number;
  /** Origins that have been asked, by index. */
  readonly asked: number[];
  /** Called when this edge has ejected an origin, so that all others hear of it. */
  readonly reportSoon: () => void;
}

/** @param reportSoon called when this edge has ejected an origin, so that all others hear of it */
export async function forward(visit: Visit, pool: PoolRuntime, reportSoon: () => void): Promise<Response> {
  const kind = methodClass(visit.request.method, overridesOf(visit));
  const { attempts, body_limit_bytes } = pool.config.retry;
  const body = await takeBody(visit, kind, attempts > 1 ? body_limit_bytes : 0);
  const deadlineMs = Date.now() + pool.timeoutMs;
  const errand: Errand = { visit, pool, kind, body, deadlineMs, asked: [], reportSoon };
  let failed: AttemptResult | undefined;

  for (;;) {
    const placement = place(errand);
    if (placement.kind !== "origin") {
      if (failed === undefined) return answerWithoutOrigin(visit, pool, placement.kind, Date.now());
      return finalAnswer(visit, failed, errand.asked.length, answerWithoutRetry(failed));
    }
    await failed?.response?.body?.cancel();
    const result = await withBody(errand, await attempt(errand, placement));
    // Noted first: a failure's token is gone before the budget is asked (gRPC A6).
    note(errand, result);
    const failure = failureOf(errand, result);
    if (failure === undefined) {
      notePresentUser(errand, result);
      const answer = finalAnswer(visit, result, errand.asked.length, "pass-on");
      // Whom another origin helped out with a retry or a hedge still lives at the first.
      if (errand.asked[0] === result.index) renewSeat(visit, pool, result.index, answer);
      return answer;
    }
    const decision = decide(errand, failure, result.endedAtMs);
    if (decision.kind === "answer") return finalAnswer(visit, result, errand.asked.length, decision.answer);
    failed = result;
    if (decision.afterMs > 0) await scheduler.wait(decision.afterMs);
  }
}

function place({ visit, pool, kind, body, asked }: Errand): Placement {
  const nowMs = Date.now();
  const mayTry =
    kind === "safe" &&
    canSendAgain(body) &&
    asked.length === 0 &&
    pool.config.retry.attempts > 1 &&
    hasBudget(pool.memory.budget);
  return balance(visit, pool, poolState(pool, nowMs), { isWrite: kind !== "safe", mayTry, asked }, nowMs);
}

/** One attempt, or two when the pool hedges and the first takes long. */
async function attempt(
  errand: Errand,
  placement: Extract<Placement, { kind: "origin" }>,
): Promise<AttemptResult> {
  const { visit, pool, kind, body, deadlineMs, asked } = errand;
  const first = start(errand, placement);
  const isHedged = pool.config.hedge.enabled && kind === "safe" && body.kind === "none";
  // A handshake is no read: two of them would open two WebSockets.
  if (!isHedged || visit.picked.upgrade !== undefined) return first.result;
  const { quantile } = first.origin.memory;
  const hedge = hedgeDelayMs(quantile, deadlineMs - Date.now(), pool.config.hedge.min_delay);
  if (hedge.kind === "no") return first.result;
  const startSecond = (): RunningAttempt | undefined => {
    if (asked.length >= pool.config.retry.attempts || !hasBudget(pool.memory.budget)) return undefined;
    const second = place(errand);
    if (second.kind !== "origin") return undefined;
    spendBudget(pool.memory.budget);
    return start(errand, second);
  };
  return hedged(
    first,
    hedge.delayMs,
    startSecond,
    (failed) => note(errand, failed),
    (loser) => letGo(visit, pool, loser, (ended) => note(errand, ended, true)),
  );
}

function start(errand: Errand, { index, isTrial }: Extract<Placement, { kind: "origin" }>): RunningAttempt {
  const { visit, pool, body, deadlineMs, asked } = errand;
  const origin = pool.origins[index];
  if (origin === undefined) throw new Error(`pool ${pool.name} has no origin number ${index}`);
  asked.push(index);
  const patienceMs = Math.max(1, deadlineMs - Date.now());
  return startAttempt(visit, { origin, index, isTrial, patienceMs, longestMs: pool.timeoutMs }, body);
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

/** The attempt with its body read, where the body is watched; cut off, it has failed before the client got anything. */
async function withBody(errand: Errand, result: AttemptResult): Promise<AttemptResult> {
  const { visit, pool } = errand;
  const { response, origin } = result;
  if (response === undefined || failureOf(errand, result) !== undefined) return result;
  // With nobody else to ask, a cut body could neither be had elsewhere nor eject its origin.
  const isUseful = pool.config.ejection.enabled && poolState(pool, result.endedAtMs).usable.length > 1;
  if (
    !isUseful ||
    !isWatched(origin.memory, visit.request.method, response, Math.random(), result.endedAtMs)
  ) {
    return result;
  }
  const watched = await readWatched(origin.memory, response);
  if (watched.kind === "whole") return { ...result, whole: watched.bytes };
  return { ...result, outcome: { kind: "truncated" }, response: undefined, endedAtMs: Date.now() };
}

function note({ pool, kind, reportSoon }: Errand, result: AttemptResult, isLoser = false): void {
  const { index, isTrial, sentAtMs, outcome, endedAtMs } = result;
  const isWrite = kind !== "safe";
  if (noteOutcome(pool, { origin: index, isTrial, isWrite, sentAtMs, outcome, isLoser }, endedAtMs))
    reportSoon();
}

/** A user whom this origin has answered is there, should it drain. */
function notePresentUser({ visit, pool }: Errand, { index, endedAtMs }: AttemptResult): void {
  const { key } = visit.caller;
  if (pool.keepsUsers && key !== undefined) {
    notePresent(pool.memory.presence, affinityHash(key), index, endedAtMs);
  }
}

export function overridesOf(visit: Visit): string[] {
  const names: readonly string[] = METHOD_OVERRIDE_HEADERS;
  return visit.headers.flatMap(([name, value]) => (names.includes(name) ? [value] : []));
}
