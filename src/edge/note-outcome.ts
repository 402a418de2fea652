/** Remembers how an attempt ended, for ejection, trust, retries and balancing. */
import { ejectionOptionsOf, ejectionThresholdsOf } from "../config/health-options.ts";
import { serviceWord } from "../config/service.ts";
import { EJECTION_DEFAULTS, isOut, nextEjection } from "../policy/ejection.ts";
import { noteAttempt } from "../policy/failed-writes.ts";
import { mayEject } from "../policy/last-origin.ts";
import { observeLatency } from "../policy/latency.ts";
import { observeSample } from "../policy/latency-quantile.ts";
import { type AttemptOutcome, evidenceOf } from "../policy/outcome.ts";
import { decideEjection, observeOutcome } from "../policy/outlier.ts";
import { earnBudget, spendBudget } from "../policy/retry-budget.ts";
import type { OriginRuntime, PoolRuntime } from "./compiled.ts";
import type { OriginMemory } from "./origin-memory.ts";
import { ejectionOf, forgetState, poolState, probesOf } from "./pool-state.ts";

export interface Ended {
  readonly origin: number;
  readonly isTrial: boolean;
  readonly isWrite: boolean;
  readonly sentAtMs: number;
  /** To its headers, or to its failure. */
  readonly tookMs: number;
  readonly outcome: AttemptOutcome;
  /**
   * It lost to a hedge and was waited for. The hedge has been paid, and its time was counted when it lost: both once
   * only.
   */
  readonly isLoser?: boolean;
}

/** True when this edge has just ejected the origin: Control should hear of it now. */
export function noteOutcome(pool: PoolRuntime, ended: Ended, nowMs: number): boolean {
  const origin = pool.origins[ended.origin];
  if (origin === undefined) return false;
  const { memory } = origin;
  const evidence = evidenceOf(ended.outcome, { count5xx: pool.config.ejection.count_5xx });
  noteAttempt(memory.trust, ended.isWrite ? "write" : "read", ended.outcome, ended.sentAtMs, nowMs);
  if (evidence === "neutral") return false;
  memory.hasNews = true;
  if (ended.isLoser !== true) noteForSecondAttempts(pool, origin, ended, evidence);
  if (evidence === "success") {
    observeLatency(memory.latency, ended.tookMs, nowMs);
    if (memory.returned !== undefined) memory.returned.successes += 1;
    if (memory.isBackFirst && !ended.isTrial) noteAsTried(memory);
  } else {
    // As if it had taken all the time there is, so that a quick refusal does not look like a quick origin.
    observeLatency(memory.latency, pool.timeoutMs, nowMs);
  }
  if (ended.isTrial) {
    noteTrial(pool, origin, evidence, nowMs);
    return false;
  }
  observeOutcome(memory.stats, evidence, nowMs);
  return evidence === "failure" && ejectIfFailing(pool, ended.origin, origin, nowMs);
}

function noteForSecondAttempts(
  pool: PoolRuntime,
  { memory }: OriginRuntime,
  { outcome, tookMs }: Ended,
  evidence: "success" | "failure",
): void {
  if (evidence === "success") earnBudget(pool.memory.budget);
  else spendBudget(pool.memory.budget);
  // Times that ran out count: else the quantile would sink while an origin is slow, and hedges come ever earlier.
  const tells = evidence === "success" || outcome.kind === "timed-out";
  if (tells) observeSample(memory.quantile, tookMs);
}

/**
 * Of what this edge tried, Control may have counted too little: by its clock the trial had not begun. Without a read on trial
 * any more it would never take the origin back. No failure is told so: one in a thousand is none of a trial.
 */
function noteAsTried({ tried }: OriginMemory): void {
  if (tried.successes < EJECTION_DEFAULTS.trialSuccesses) tried.successes += 1;
}

function noteTrial(
  pool: PoolRuntime,
  origin: OriginRuntime,
  evidence: "success" | "failure",
  nowMs: number,
): void {
  const { memory } = origin;
  if (evidence === "success") memory.tried.successes += 1;
  else memory.tried.failures += 1;
  memory.ejection = nextEjection(
    memory.ejection,
    { kind: "tried", evidence },
    nowMs,
    Math.random(),
    ejectionOptionsOf(pool.config),
  );
  forgetState(pool);
}

function isOutOtherwise(pool: PoolRuntime, origin: OriginRuntime, nowMs: number): boolean {
  const { weight, service } = origin;
  const isIll = probesOf(pool, origin, nowMs) === "unhealthy";
  return weight === 0 || isIll || serviceWord(service, nowMs).word.kind !== "none";
}

function ejectIfFailing(pool: PoolRuntime, index: number, origin: OriginRuntime, nowMs: number): boolean {
  // Control's newest word counts first.
  poolState(pool, nowMs);
  if (!pool.config.ejection.enabled || isOut(ejectionOf(origin))) return false;
  const decision = decideEjection(origin.memory.stats, ejectionThresholdsOf(pool.config, "edge"), nowMs);
  if (decision.kind === "keep") return false;
  const candidates = pool.origins.map((other) => ({
    isOutOtherwise: isOutOtherwise(pool, other, nowMs),
    ejection: ejectionOf(other),
  }));
  if (!mayEject(candidates, index)) return false;
  origin.memory.ejection = nextEjection(
    origin.memory.ejection,
    { kind: "failing", reason: decision.reason, probes: probesOf(pool, origin, nowMs) },
    nowMs,
    Math.random(),
    ejectionOptionsOf(pool.config),
  );
  forgetState(pool);
  return isOut(origin.memory.ejection);
}
