/** Brings leases back whose time is over, in the background of the request that took one. */
import { beginReturn, isLive } from "../policy/lease.ts";
import { LEASE_MS } from "../policy/lending.ts";
import { type Asker, askStores, type BegunAsk } from "./ask-stores.ts";
import { heldNow } from "./leases.ts";

/** A request's background ends 30 s after its answer (Workers limits); another request takes over before. */
const SHIFT_MS = 20_000;
/** Rounds are so far apart at least: few calls then serve many users. */
const ROUND_MS = 50;
/** What ends so soon is brought back with the rest. */
const TOGETHER_MS = 20;

/** Until when some request sees to returns; plain data, so that a shift that was cut off ends by itself. */
let onDutyUntilMs = 0;

/** Called after a lease was taken: somebody will bring it back, this request if no other does. */
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
    const nextEndMs = nextEnd();
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
  for (const held of heldNow()) {
    const isStaying = !isLastRound && isLive(held.lease, nowMs) && isLive(held.lease, nowMs + TOGETHER_MS);
    if (isStaying) continue;
    const ask = beginReturn(held.lease, nowMs, !isLastRound);
    if (ask !== undefined) begun.push({ held, ask });
  }
  return begun;
}

function nextEnd(): number | undefined {
  let next: number | undefined;
  for (const { lease } of heldNow()) next = Math.min(next ?? Number.POSITIVE_INFINITY, lease.endsAtMs);
  return next;
}
