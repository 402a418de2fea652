/** One request's way through a pool: whom it asks next, and what is noted of the answer. */
import { ejections } from "../config/metric-names.ts";
import { failureReason } from "../policy/outcome.ts";
import type { MethodClass } from "../policy/retry.ts";
import { hasBudget } from "../policy/retry-budget.ts";
import { type AttemptResult, type RunningAttempt, startAttempt } from "./attempt.ts";
import { balance, type Placement } from "./balance.ts";
import type { OriginRuntime, PoolRuntime } from "./compiled.ts";
import { addTo, count } from "./counters.ts";
import { noteOutcome } from "./note-outcome.ts";
import { poolState } from "./pool-state.ts";
import { canSendAgain, type RequestBody } from "./request-body.ts";
import type { AttemptKind } from "./request-series.ts";
import { noteFailed, type Visit } from "./visit.ts";

export interface Errand {
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

/** Where the next attempt goes. */
export function place({ visit, pool, kind, body, asked }: Errand): Placement {
  const { nowMs } = visit;
  const mayTry =
    kind === "safe" &&
    canSendAgain(body) &&
    asked.length === 0 &&
    pool.config.retry.attempts > 1 &&
    hasBudget(pool.memory.budget);
  return balance(visit, pool, poolState(pool, nowMs), { isWrite: kind !== "safe", mayTry, asked }, nowMs);
}

/** Begins an attempt there. */
export function start(
  errand: Errand,
  { index, isTrial }: Extract<Placement, { kind: "origin" }>,
  lateAfterMs?: number,
  kind: AttemptKind = errand.asked.length === 0 ? "first" : "retry",
): RunningAttempt {
  const { visit, pool, body, deadlineMs, asked } = errand;
  const origin = originAt(pool, index);
  asked.push(index);
  addTo(origin.series.attempts[kind]);
  const patienceMs = Math.max(1, deadlineMs - visit.nowMs);
  const longestMs = pool.timeoutMs;
  return startAttempt(visit, { origin, index, isTrial, patienceMs, lateAfterMs, longestMs }, body);
}

export function originAt(pool: PoolRuntime, index: number): OriginRuntime {
  const origin = pool.origins[index];
  if (origin === undefined) throw new Error(`pool ${pool.name} has no origin number ${index}`);
  return origin;
}

/** Remembers how an attempt ended: now, which is later than its headers where its body was watched on its way. */
export function note(errand: Errand, result: AttemptResult, nowMs = Date.now(), isLoser = false): void {
  const { visit, pool, kind, reportSoon } = errand;
  const { origin, index, isTrial, sentAtMs, outcome, endedAtMs } = result;
  const reason = failureReason(outcome);
  if (reason !== undefined) {
    addTo(origin.series.failures[reason]);
    noteFailed(visit, { origin: origin.name, reason, ms: endedAtMs - sentAtMs });
  }
  const isWrite = kind !== "safe";
  const ended = { origin: index, isTrial, isWrite, sentAtMs, tookMs: endedAtMs - sentAtMs, outcome, isLoser };
  if (!noteOutcome(pool, ended, nowMs)) return;
  count(ejections(pool.name, origin.name, "edge"));
  reportSoon();
}
