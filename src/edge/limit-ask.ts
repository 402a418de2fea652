/** Asks the stores for the charges of a request that cannot be decided here, in one round trip, and settles them. */
import type { Env } from "../config/env.ts";
import { beginAsk } from "../policy/lease.ts";
import { timeUntil } from "../policy/token-bucket.ts";
import { type Asker, askStores } from "./ask-stores.ts";
import { seeToReturns } from "./lease-returns.ts";
import {
  type Charge,
  type ChargeState,
  isMoot,
  settleDown,
  settleHere,
  settleUnpaid,
  undo,
} from "./limit-charges.ts";
import type { Visit } from "./visit.ts";

/** How often a request looks whether the asks of others of its user have come back. */
const LOOK_AGAIN_MS = 2;

export function askerOf({ snapshot, waitUntil }: Visit, env: Env): Asker {
  const asker: Asker = { env, snapshot, waitUntil, onLate: () => seeToReturns(asker, Date.now()) };
  return asker;
}

/** Gives back what charges took, and sees to it that the store gets what nobody else needs. */
export function putBack(charges: readonly Charge[], asker: Asker, nowMs: number): void {
  const returning = charges.filter((charge) => undo(charge, nowMs));
  if (returning.length > 0) seeToReturns(asker, nowMs);
}

/** Asks for what cannot be decided here; all of it goes out together, so a request waits for one round trip. */
export async function askForOpen(visit: Visit, charges: readonly Charge[], env: Env): Promise<void> {
  const asker = askerOf(visit, env);
  const deadlineMs = Date.now() + visit.snapshot.limiter.timeout;
  /** The store has said no to these, and others' asks may bring what they need. */
  const refused = new Map<Charge, ChargeState>();
  for (;;) {
    const nowMs = Date.now();
    const due = charges.filter((charge) => !isMoot(charge));
    const wishes = due.map((charge) => settleHere(charge, nowMs));
    const asking = due.filter((_, index) => wishes[index] === "ask");
    if (asking.length > 0) {
      const begun = asking.map(({ limit, held, cost, counts }) => ({
        held,
        ask: beginAsk(held.lease, cost, nowMs, limit.comesInRows),
        unlessPaid: counts?.ifServed === false && asking.includes(counts.fee) ? counts.fee.held : undefined,
      }));
      const grants = await askStores(begun, asker);
      const endedAtMs = Date.now();
      seeToReturns(asker, endedAtMs);
      for (const [index, charge] of asking.entries()) {
        const refusal = settle(charge, grants[index], endedAtMs);
        if (refusal !== undefined) refused.set(charge, refusal);
      }
    }
    const open = charges.filter((charge) => charge.state.kind === "open" && !isMoot(charge));
    if (open.length === 0) return;
    if (Date.now() >= deadlineMs) {
      for (const charge of open) {
        const refusal = refused.get(charge);
        if (refusal === undefined) settleDown(charge, Date.now());
        else charge.state = refusal;
      }
      return;
    }
    // The others' asks are theirs: this request only looks at what they have left behind.
    await scheduler.wait(LOOK_AGAIN_MS);
  }
}

/** What a charge that stays open is to become if nothing else comes. */
function settle(
  charge: Charge,
  grant: Awaited<ReturnType<typeof askStores>>[number] | undefined,
  nowMs: number,
): ChargeState | undefined {
  if (grant === undefined || grant instanceof Error) {
    settleDown(charge, nowMs);
    return undefined;
  }
  if (grant.isPaid) {
    charge.state = { kind: "paid" };
    return undefined;
  }
  const { known } = charge.held.lease;
  const retryAfterMs = timeUntil(known?.level ?? grant.level, charge.cost, charge.limit.shape);
  settleUnpaid(charge, retryAfterMs, nowMs);
  return charge.state.kind === "open" ? { kind: "denied", retryAfterMs } : undefined;
}
