/** The stage that holds each user to the route's limits: all must allow a request, and a denial costs nothing. */
import type { Env } from "../config/env.ts";
import { standingOf } from "../policy/lease.ts";
import type { RouteRuntime } from "./compiled.ts";
import { seeToReturns } from "./lease-returns.ts";
import { tellAtMs } from "./leases.ts";
import { askerOf, askForOpen, putBack } from "./limit-ask.ts";
import {
  type Charge,
  countCharge,
  forgetMoot,
  isMoot,
  isServed,
  isStopped,
  newCharge,
  settleHere,
} from "./limit-charges.ts";
import { believe, ownerFor, type UserOwner, userOwner } from "./limit-owner.ts";
import { limitedAnswer, limiterDownAnswer } from "./limited-answer.ts";
import { rateLimitValue, type Standing } from "./rate-limit-fields.ts";
import type { Visit } from "./visit.ts";

/** Undefined lets the request pass. In steady state at once, from what this edge holds. */
export function limit(visit: Visit, env: Env): Response | undefined | Promise<Response | undefined> {
  const { route } = visit;
  if (route === undefined || route.limits.length === 0) return undefined;
  const { nowMs } = visit;
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
 * those that it shares with its address when too many have come.
 */
async function limitNewSession(
  visit: Visit,
  route: RouteRuntime,
  user: Extract<UserOwner, { kind: "new-session" }>,
  env: Env,
): Promise<Response | undefined> {
  const startedAtMs = Date.now();
  const fee = newCharge(user.limit, user.payer, 1, startedAtMs);
  if (settleHere(fee, startedAtMs) === "settled") {
    const isNew = isServed(fee);
    if (isNew) believe(user.own);
    const charges = chargesOf(visit, route, isNew ? user.own : user.payer, startedAtMs);
    if (settleAll(charges, startedAtMs)) return conclude(visit, charges, env, startedAtMs);
    return askAndConclude(visit, charges, env);
  }
  const isByUser = ({ limit: { owner } }: Charge) => owner.kind === "user";
  const own = chargesOf(visit, route, user.own, startedAtMs).map((charge) =>
    isByUser(charge) ? { ...charge, counts: { fee, ifServed: true } } : charge,
  );
  const shared = chargesOf(visit, route, user.payer, startedAtMs)
    .filter(isByUser)
    .map((charge) => ({ ...charge, counts: { fee, ifServed: false } }));
  const both: Charge[] = [...own, ...shared];
  await askForOpen(visit, [fee, ...both], env);
  const nowMs = Date.now();
  if (isServed(fee)) believe(user.own);
  const moot = both.filter(isMoot);
  for (const charge of moot) forgetMoot(charge);
  putBack(moot, askerOf(visit, env), nowMs);
  return conclude(
    visit,
    both.filter((charge) => !isMoot(charge)),
    env,
    nowMs,
  );
}

/** A request that is not sent on costs nothing: gives back what its limits took. */
export function giveBackCharges(visit: Visit, env: Env): void {
  if (visit.charges !== undefined) putBack(visit.charges, askerOf(visit, env), Date.now());
  visit.charges = undefined;
}

const NONE: readonly Charge[] = Object.freeze([]);

/** What all charges together mean for the request. */
function conclude(visit: Visit, charges: readonly Charge[], env: Env, nowMs: number): Response | undefined {
  const stopped = charges.some(isStopped) ? charges.filter(isStopped) : NONE;
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
  const standings: Standing[] = [];
  for (const { limit, held } of charges) {
    if (limit.isShadow) continue;
    const { remaining, fullInMs } = standingOf(held.lease, nowMs);
    standings.push({ policy: limit.name, remaining, resetMs: fullInMs });
  }
  return rateLimitValue(standings, latestMs);
}
