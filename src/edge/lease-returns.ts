/** Brings leases back whose time is over, and tells of denials, in the background of a request. */
import { beginReturn, beginTelling, isLive, owedTokens } from "../policy/lease.ts";
import { LEASE_MS } from "../policy/lending.ts";
import { type Asker, askStores, type BegunAsk } from "./ask-stores.ts";
import { heldNow, tellAtMs } from "./leases.ts";

/** A request's background ends 30 s after its answer (Workers limits); another request takes over before. */
const SHIFT_MS = 20_000;
/** Rounds are so far apart at least: few calls then serve many users. */
const ROUND_MS = 50;
/** What ends so soon is brought back with the rest. */
const TOGETHER_MS = 20;

/** Until when some request sees to returns; plain data, so that a shift that was cut off ends by itself. */
let onDutyUntilMs = 0;

/** Called after a lease was taken, or a request denied here: somebody will see to it, this request if no other does. */
export function seeToReturns(asker: Asker, nowMs: number): void {
  const isOnDuty = nowMs < onDutyUntilMs - LEASE_MS - ROUND_MS && onDutyUntilMs - nowMs <= SHIFT_MS;
  if (isOnDuty) return;
  onDutyUntilMs = nowMs + SHIFT_MS;
  asker.waitUntil(duty(asker, onDutyUntilMs));
}

async function duty(asker: Asker, untilMs: number): Promise<void> {
  for (;;) {
    const nowMs = Date.now();
    // Leases that are renewed in a shift's last second would end after it.
    const isLastRound = nowMs >= untilMs - LEASE_MS;
    const begun = beginReturns(nowMs, isLastRound);
    if (begun.length > 0) await askStores(begun, asker);
    const nextEndMs = nextEnd(Date.now());
    if (isLastRound || nextEndMs === undefined) {
      // Off duty only if nobody else has begun a shift since.
      if (onDutyUntilMs === untilMs) onDutyUntilMs = 0;
      return;
    }
    await scheduler.wait(Math.min(LEASE_MS, Math.max(ROUND_MS, nextEndMs - Date.now())));
  }
}

function beginReturns(nowMs: number, isLastRound: boolean): BegunAsk[] {
  const begun: BegunAsk[] = [];
  for (const held of heldNow(nowMs)) {
    const { lease } = held;
    const isStaying = !isLastRound && isLive(lease, nowMs) && isLive(lease, nowMs + TOGETHER_MS);
    const returning = isStaying ? undefined : beginReturn(lease, nowMs, !isLastRound);
    if (returning !== undefined) begun.push({ held, ask: returning });
    else if ((tellAtMs(held, nowMs) ?? Number.POSITIVE_INFINITY) <= nowMs) {
      held.toldAtMs = nowMs;
      begun.push({ held, ask: beginTelling(lease, nowMs) });
    }
  }
  return begun;
}

function nextEnd(nowMs: number): number | undefined {
  let next: number | undefined;
  for (const held of heldNow(nowMs)) {
    const endsAtMs = owedTokens(held.lease) > 0 ? held.lease.endsAtMs : Number.POSITIVE_INFINITY;
    next = Math.min(
      next ?? Number.POSITIVE_INFINITY,
      endsAtMs,
      tellAtMs(held, nowMs) ?? Number.POSITIVE_INFINITY,
    );
  }
  return next;
}
