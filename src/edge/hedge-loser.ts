/** What becomes of a hedge's loser: given up at once, or waited for beside the answer and counted. */
import { decideLoser } from "../policy/hedge-loser.ts";
import { closeRequest, countOpen, openRequest } from "../policy/in-flight.ts";
import { observeSample } from "../policy/latency-quantile.ts";
import type { AttemptResult, RunningAttempt } from "./attempt.ts";
import type { PoolRuntime } from "./compiled.ts";
import type { Visit } from "./visit.ts";

/** @param noteEnded told how a loser ended that was waited for */
export function letGo(
  visit: Visit,
  pool: PoolRuntime,
  loser: RunningAttempt,
  noteEnded: (ended: AttemptResult) => void,
): void {
  const { memory } = loser.origin;
  const nowMs = Date.now();
  const waitedMs = nowMs - loser.sentAtMs;
  const { ejection } = pool.config;
  const decision = decideLoser(
    {
      waitedMs,
      p95Ms: memory.quantile.p95Ms,
      othersWaitedFor: countOpen(memory.losers, nowMs, pool.timeoutMs),
    },
    {
      timeoutMs: pool.timeoutMs,
      ejects: ejection.enabled,
      consecutiveFailures: ejection.consecutive_failures,
    },
  );
  // Its time counts all the same: else the quantile would know only quick answers, and hedges come ever earlier. But not
  // when it has had its patience: a few of a hanging region would lift a young edge's p95, and the others' patience by it.
  if (decision.kind === "give-up" || decision.forMs > 0) observeSample(memory.quantile, waitedMs);
  if (decision.kind === "give-up") {
    loser.cancel();
    return;
  }
  loser.hurry(decision.forMs);
  const open = openRequest(memory.losers, nowMs, pool.timeoutMs);
  visit.waitUntil(
    loser.result
      .then(async (ended) => {
        closeRequest(open);
        noteEnded(ended);
        await ended.response?.body?.cancel();
      })
      // A request that the runtime refuses to build, and a body that has broken already: neither tells of the origin.
      .catch(() => undefined),
  );
}
