/** One attempt, and a second beside it when a read takes long. */
import { hedgeDelayMs } from "../policy/latency-quantile.ts";
import { windowTotals } from "../policy/outlier.ts";
import { hasBudget, spendBudget } from "../policy/retry-budget.ts";
import {
  decideSecond,
  firstLookMs,
  mayRescue,
  noteRescue,
  type OthersRecord,
} from "../policy/second-attempt.ts";
import type { AttemptResult, RunningAttempt } from "./attempt.ts";
import type { Placement } from "./balance.ts";
import type { PoolRuntime } from "./compiled.ts";
import { type Errand, note, originAt, place, start } from "./errand.ts";
import { hedged, type Second } from "./hedge.ts";
import { letGo } from "./hedge-loser.ts";
import { poolState } from "./pool-state.ts";

export function attempt(
  errand: Errand,
  placement: Extract<Placement, { kind: "origin" }>,
): Promise<AttemptResult> {
  const { visit, pool, kind, body, deadlineMs, asked } = errand;
  // A handshake is no read: two of them would open two WebSockets.
  const mayAskTwo =
    kind === "safe" &&
    body.kind === "none" &&
    visit.picked.upgrade === undefined &&
    asked.length + 1 < pool.config.retry.attempts &&
    pool.origins.length > 1;
  if (!mayAskTwo) return start(errand, placement).result;
  const { quantile } = originAt(pool, placement.index).memory;
  const timeLeftMs = deadlineMs - visit.nowMs;
  const hedge = pool.config.hedge.enabled
    ? hedgeDelayMs(quantile, timeLeftMs, pool.config.hedge.min_delay)
    : ({ kind: "no" } as const);
  const first = start(errand, placement, firstLookMs(hedge, timeLeftMs, quantile.p95Ms));
  return hedged(
    first,
    () => second(errand, placement.index, first),
    (failed) => note(errand, failed),
    (loser) => letGo(visit, pool, loser, (ended) => note(errand, ended, Date.now(), true)),
  );
}

/** The attempt beside `first`, which waits at the origin `firstIndex` and is late. */
function second(errand: Errand, firstIndex: number, first: RunningAttempt): Second {
  const { visit, pool, deadlineMs, asked } = errand;
  const { memory, config } = pool;
  const nowMs = Date.now();
  visit.nowMs = nowMs;
  const { origins, usable } = poolState(pool, nowMs);
  const { window } = config.ejection;
  const decision = decideSecond(
    {
      waitedMs: nowMs - first.sentAtMs,
      timeoutMs: deadlineMs - first.sentAtMs,
      p95Ms: first.origin.memory.quantile.p95Ms,
    },
    {
      attempts: asked.length,
      mostAttempts: config.retry.attempts,
      hasBudget: hasBudget(memory.budget),
      isOriginOut: origins[firstIndex]?.takesReads === false,
      mayRescue: mayRescue(memory.rescues, recordOf(pool, usable, nowMs), window, nowMs),
    },
  );
  if (decision.kind === "look-again") return decision;
  const placement = decision.kind === "start" ? place(errand) : undefined;
  if (decision.kind === "no" || placement?.kind !== "origin") return { kind: "none" };
  if (decision.paidBy === "rescue") noteRescue(memory.rescues, window, nowMs);
  spendBudget(memory.budget);
  return { kind: "started", attempt: start(errand, placement, undefined, "hedge") };
}

/** What these origins did within the ejection's window, as this edge saw it. */
function recordOf(pool: PoolRuntime, indexes: readonly number[], nowMs: number): OthersRecord {
  let successes = 0;
  let failures = 0;
  for (const index of indexes) {
    const totals = windowTotals(originAt(pool, index).memory.stats, nowMs);
    successes += totals.successes;
    failures += totals.failures;
  }
  return { successes, failures };
}
