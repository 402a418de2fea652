/** The stage that holds each user to the route's limits: all must allow a request, and a denial costs nothing. */
import type { Env } from "../config/env.ts";
import { beginAsk, standingOf } from "../policy/lease.ts";
import { timeUntil } from "../policy/token-bucket.ts";
import { type Asker, askStores } from "./ask-stores.ts";
import type { RouteRuntime } from "./compiled.ts";
import { seeToReturns } from "./lease-returns.ts";
import { tellAtMs } from "./leases.ts";
import {
  type Charge,
  type ChargeState,
  countCharge,
  isStopped,
  newCharge,
  settleDown,
  settleHere,
  settleUnpaid,
  undo,
} from "./limit-charges.ts";
import { believe, ownerFor, type UserOwner, userOwner } from "./limit-owner.ts";
import type { LimitRuntime } from "./limit-runtime.ts";
import { limitedAnswer, limiterDownAnswer } from "./limited-answer.ts";
import { rateLimitValue } from "./rate-limit-fields.ts";
import type { Visit } from "./visit.ts";

/** How often a request looks whether the asks of others of its user have come back. */
const LOOK_AGAIN_MS = 2;

/** Undefined lets the request pass. In steady state at once, from what this edge holds. */
export function limit(visit: Visit, env: Env): Response | undefined | Promise<Response | undefined> {
  const { route } = visit;
  if (route === undefined || route.limits.length === 0) return undefined;
  const nowMs = Date.now();
  const user = userOwner(visit);
  // Where no limit goes by user, a session gains nothing and owes nothing for being believed.
  if (user.kind === "new-session" && route.limits.some(({ owner }) => owner.kind === "user")) {
    return limitNewSession(visit, route, user, env);
  }
  const charges = chargesOf(visit, route, user.kind === "certain" ? user.owner : user.own, nowMs);
  if (settleAll(charges, nowMs)) return conclude(visit, charges, env, nowMs);
  return askAndConclude(visit, charges, env);
}

function chargesOf(visit: Visit, route: RouteRuntime, user: string, nowMs: number): Charge[] {
  return route.limits.map((one) => newCharge(one, ownerFor(one, visit, user), route.cost, nowMs));
}

/** True when every charge is decided here. A denial needs no look at the others: they are not asked. */
function settleAll(charges: readonly Charge[], nowMs: number): boolean {
  let isOpen = false;
  for (const charge of charges) {
    if (settleHere(charge, nowMs) !== "settled") isOpen = true;
    else if (isStopped(charge)) return true;
  }
  return !isOpen;
}

async function askAndConclude(
  visit: Visit,
  charges: readonly Charge[],
  env: Env,
): Promise<Response | undefined> {
  await askForOpen(visit, charges, env);
  return conclude(visit, charges, env, Date.now());
}

/**
 * A session that nobody has seen costs its address a token. Its own buckets are asked for in the same round trip, and
 * the address's, which it shares when too many have come: whatever is not needed goes back.
 */
async function limitNewSession(
  visit: Visit,
  route: RouteRuntime,
  user: Extract<UserOwner, { kind: "new-session" }>,
  env: Env,
): Promise<Response | undefined> {
  const startedAtMs = Date.now();
  const fee = newCharge(user.limit, user.payer, 1, startedAtMs);
  const isFeeKnown = settleHere(fee, startedAtMs) === "settled";
  if (isFeeKnown) {
    const isNew = fee.state.kind === "paid";
    if (isNew) believe(user.own);
    const charges = chargesOf(visit, route, isNew ? user.own : user.shared, startedAtMs);
    if (settleAll(charges, startedAtMs)) return conclude(visit, charges, env, startedAtMs);
    return askAndConclude(visit, charges, env);
  }
  const own = chargesOf(visit, route, user.own, startedAtMs);
  const shared = chargesOf(visit, route, user.shared, startedAtMs).filter(
    ({ limit: { owner } }) => owner.kind === "user",
  );
  await askForOpen(visit, [fee, ...own, ...shared], env);
  const nowMs = Date.now();
  const isNew = fee.state.kind === "paid" || (fee.state.kind === "down" && fee.state.isServed);
  if (isNew) believe(user.own);
  const isOwn = ({ limit: { owner } }: Charge) => owner.kind === "user";
  putBack(isNew ? shared : own.filter(isOwn), askerOf(visit, env), nowMs);
  const others = own.filter((charge) => !isOwn(charge));
  return conclude(visit, isNew ? own : [...shared, ...others], env, nowMs);
}

function askerOf({ snapshot, waitUntil }: Visit, env: Env): Asker {
  const asker: Asker = { env, snapshot, waitUntil, onLate: () => seeToReturns(asker, Date.now()) };
  return asker;
}

/** A request that is not sent on costs nothing: gives back what its limits took. */
export function giveBackCharges(visit: Visit, env: Env): void {
  if (visit.charges !== undefined) putBack(visit.charges, askerOf(visit, env), Date.now());
  visit.charges = undefined;
}

/** Charges one bucket beside those of the route, and tells how it came out. */
export async function chargeOne(
  visit: Visit,
  env: Env,
  limit: LimitRuntime,
  owner: string,
): Promise<ChargeState> {
  const charge = newCharge(limit, owner, 1, Date.now());
  if (settleHere(charge, Date.now()) !== "settled") await askForOpen(visit, [charge], env);
  countCharge(charge);
  return charge.state;
}

/** Gives back what charges took, and sees to it that the store gets what nobody else needs. */
function putBack(charges: readonly Charge[], asker: Asker, nowMs: number): void {
  const returning = charges.filter((charge) => undo(charge, nowMs));
  if (returning.length > 0) seeToReturns(asker, nowMs);
}

/** Asks for what cannot be decided here; all of it goes out together, so a request waits for one round trip. */
async function askForOpen(visit: Visit, charges: readonly Charge[], env: Env): Promise<void> {
  const asker = askerOf(visit, env);
  const deadlineMs = Date.now() + visit.snapshot.limiter.timeout;
  /** The store has said no to these, and others' asks may bring what they need. */
  const refused = new Map<Charge, ChargeState>();
  for (;;) {
    const nowMs = Date.now();
    const wishes = charges.map((charge) => settleHere(charge, nowMs));
    const asking = charges.filter((_, index) => wishes[index] === "ask");
    if (asking.length > 0) {
      const begun = asking.map(({ limit, held, cost }) => ({
        held,
        ask: beginAsk(held.lease, cost, nowMs, limit.comesInRows),
      }));
      const grants = await askStores(begun, asker);
      const endedAtMs = Date.now();
      seeToReturns(asker, endedAtMs);
      for (const [index, charge] of asking.entries()) {
        const refusal = settle(charge, grants[index], endedAtMs);
        if (refusal !== undefined) refused.set(charge, refusal);
      }
    }
    const open = charges.filter(({ state }) => state.kind === "open");
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

/** What all charges together mean for the request. */
function conclude(visit: Visit, charges: readonly Charge[], env: Env, nowMs: number): Response | undefined {
  const stopped = charges.filter(isStopped);
  if (stopped.length > 0) putBack(charges, askerOf(visit, env), nowMs);
  for (const charge of charges) {
    // What was not looked at, because another limit had denied already, is no decision.
    if (charge.state.kind !== "open") countCharge(charge);
    if (tellAtMs(charge.held, nowMs) !== undefined) seeToReturns(askerOf(visit, env), nowMs);
  }
  visit.charges = charges;
  if (stopped.length === 0) return undefined;
  const violated = stopped.filter(
    ({ limit: { localShape }, state }) => state.kind === "denied" || localShape !== undefined,
  );
  if (violated.length === 0) return limiterDownAnswer(visit);
  const waits = violated.map(({ state }) =>
    state.kind === "denied" || state.kind === "down" ? state.retryAfterMs : 0,
  );
  const retryAfterMs = waits.includes(undefined) ? undefined : Math.max(...waits.map((wait) => wait ?? 0));
  const isEverybody = violated.every(({ limit: { owner } }) => owner.kind === "everybody");
  return limitedAnswer(visit, {
    retryAfterMs,
    violated: violated.map(({ limit: { name } }) => name),
    policyField: visit.route?.policyField ?? "",
    limitField: limitField(charges, nowMs, retryAfterMs),
    whose: isEverybody ? "everybody" : "caller",
  });
}

/** The `RateLimit` value: what each limit that is enforced has left. */
export function limitField(charges: readonly Charge[], nowMs: number, latestMs?: number): string {
  const standings = charges
    .filter(({ limit: { isShadow } }) => !isShadow)
    .map(({ limit: { name }, held }) => {
      const { remaining, fullInMs } = standingOf(held.lease, nowMs);
      return { policy: name, remaining, resetMs: fullInMs };
    });
  return rateLimitValue(standings, latestMs);
}
