/** The edge's side of leases: whether a request can be decided from what is at hand, and what to ask of the store. */
import { type Ask, type Grant, LEASE_MS } from "./lending.ts";
import { type BucketShape, holds, timeUntil, tokensPerMs } from "./token-bucket.ts";

/** Asks at the same time for one bucket: a flood of one user's requests must not become a flood of calls. */
export const MAX_ASKS = 32;
/** So many times what was needed in the last second is asked for. */
const FORESIGHT = 4;
/**
 * Who comes for the first time, or after a pause, may be about to send so many more requests in a row, as apps do when
 * they open.
 */
const FIRST_REQUESTS = 9;
/** A lease is renewed when its user has asked for something so short a time ago: else it would only be brought back. */
const RENEW_WITHIN_MS = LEASE_MS / 2;
/** Without news a denial is believed no longer: the bucket may have been changed by an operator. */
const BELIEVE_MS = 60_000;

/** Tokens that are spendable one after another, from their times on. */
interface Coming {
  count: number;
  nextAtMs: number;
  readonly everyMs: number;
}

/** What an edge knows and holds of one bucket. Times are this edge's own. */
export interface Lease {
  shape: BucketShape;
  /** Spendable now, until `endsAtMs`. */
  tokens: number;
  coming: Coming[];
  endsAtMs: number;
  /**
   * The bucket as far as this edge knows: what the store has and what is held here, less what is being asked for; and
   * what there may be beyond that, as long as it is not known when the store decided. `isSure` until an ask fails: then
   * there may be less.
   */
  known: { level: number; unsure: number; isSure: boolean; atMs: number; heardAtMs: number } | undefined;
  /** See {@link Ask.spilled}. */
  spilled: number;
  /** Tokens lent ahead that came when the bucket was full: nobody may spend them, and the store counts on them. */
  overflow: number;
  /** Other edges may have brought tokens back by then; 0: none holds any, or the store has been asked since. */
  othersHoldUntilMs: number;
  /** Tokens asked for by requests, in this second and the one before; `isNew` when nobody came in that one. */
  demand: { current: number; previous: number; startedAtMs: number; lastAtMs: number; isNew: boolean };
  /** Tokens spent from what is held, since the last ask. */
  used: number;
  /** Asks under way. */
  asking: number;
  /** When each of them began, and whether it was the only one then; the oldest first. */
  underWay: { readonly ask: Ask; readonly atMs: number; readonly isOnly: boolean }[];
}

export type LeaseDecision =
  | { readonly kind: "spend" }
  | { readonly kind: "ask" }
  /**
   * Other requests of this user are asking, and what they bring may be enough, or there are too many of them: look
   * again when an answer has come. A request whose own ask was answered without its tokens looks again just the same.
   */
  | { readonly kind: "wait" }
  /** `retryAfterMs` is undefined when no time brings enough. */
  | { readonly kind: "deny"; readonly retryAfterMs: number | undefined };

export function newLease(shape: BucketShape, nowMs: number): Lease {
  return {
    shape,
    tokens: 0,
    coming: [],
    endsAtMs: 0,
    known: undefined,
    spilled: 0,
    overflow: 0,
    othersHoldUntilMs: 0,
    demand: { current: 0, previous: 0, startedAtMs: nowMs, lastAtMs: nowMs, isNew: true },
    used: 0,
    asking: 0,
    underWay: [],
  };
}

/** Counts a request's wish, once for each request, in place. */
export function noteDemand(lease: Lease, cost: number, nowMs: number): void {
  turn(lease, nowMs);
  lease.demand.current += cost;
  lease.demand.lastAtMs = nowMs;
}

/** Takes a wish back that {@link noteDemand} has counted a moment ago, in place: it was for another bucket. */
export function forgetDemand({ demand }: Lease, cost: number): void {
  demand.current = Math.max(0, demand.current - cost);
}

/** Whether a request of `cost` tokens can be decided here. Spends nothing. */
export function decideLease(lease: Lease, cost: number, nowMs: number): LeaseDecision {
  collect(lease, nowMs);
  if (lease.tokens >= cost && isLive(lease, nowMs)) return { kind: "spend" };
  if (lease.asking >= MAX_ASKS) return { kind: "wait" };
  const { known } = lease;
  if (known === undefined) return { kind: "ask" };
  const mayBeMore = lease.othersHoldUntilMs > 0 && nowMs >= lease.othersHoldUntilMs;
  const isOld = Math.abs(nowMs - known.heardAtMs) >= BELIEVE_MS;
  if (mayBeMore || isOld || holds(known.level, cost)) return { kind: "ask" };
  // With an ask under way, more may be held in a moment than is known now.
  if (lease.asking > 0) return { kind: "wait" };
  return { kind: "deny", retryAfterMs: timeUntil(known.level, cost, lease.shape) };
}

/** Spends tokens that {@link decideLease} has found, in place. */
export function spend(lease: Lease, cost: number): void {
  lease.tokens -= cost;
  lease.used += cost;
  if (lease.known !== undefined) lease.known.level -= cost;
}

/** Takes tokens back that a request did not need in the end, in place: another limit denied it. */
export function refund(lease: Lease, cost: number, nowMs: number): void {
  if (cost === 0) return;
  collect(lease, nowMs);
  // What is held already keeps its end: the store counts on it.
  if (heldTokens(lease) === 0) lease.endsAtMs = nowMs + LEASE_MS;
  lease.tokens += cost;
  lease.used -= cost;
  if (lease.known !== undefined) lease.known.level += cost;
  collect(lease, nowMs);
}

/**
 * Begins an ask for a request of `need` tokens, in place: what is held goes back with it.
 *
 * @param comesInRows false where one request says nothing of others that follow it
 */
export function beginAsk(lease: Lease, need: number, nowMs: number, comesInRows = true): Ask {
  turn(lease, nowMs);
  const demand = Math.max(lease.demand.current, lease.demand.previous);
  const first = comesInRows && lease.demand.isNew ? FIRST_REQUESTS * need : 0;
  // One request a second or less needs no lease, which would only have to be brought back.
  return ask(lease, need, Math.max(first, demand > need ? FORESIGHT * demand : 0), nowMs);
}

/**
 * Begins the ask that brings a lease back whose time is over: for the next one when this one was used. Undefined when
 * nothing is left to bring back.
 *
 * @param mayRenew false when nobody will see to the return of the next one
 */
export function beginReturn(lease: Lease, nowMs: number, mayRenew = true): Ask | undefined {
  collect(lease, nowMs);
  if (owedTokens(lease) === 0) return undefined;
  turn(lease, nowMs);
  const demand = Math.max(lease.demand.current, lease.demand.previous);
  const renews = mayRenew && lease.used > 0 && nowMs - lease.demand.lastAtMs < RENEW_WITHIN_MS;
  return ask(lease, 0, renews ? FORESIGHT * demand : 0, nowMs);
}

/** Begins an ask that only tells the store something, in place. */
export function beginTelling(lease: Lease, nowMs: number): Ask {
  return ask(lease, 0, 0, nowMs);
}

/**
 * Takes the store's answer, in place. A paid request's tokens are not among those held. When on its way the store
 * decided is not known, so a lease's life counts from the asking: it ends no later than the store believes.
 */
export function endAsk(lease: Lease, ask: Ask, grant: Grant, nowMs: number): void {
  // An answer that came after it was given up may be of any age.
  const begun = takeUnderWay(lease, ask) ?? { atMs: nowMs - LEASE_MS, isOnly: false };
  const begunAtMs = Math.min(nowMs, begun.atMs);
  if (grant.lease > 0 || grant.ahead !== undefined) {
    const endsAtMs = begunAtMs + LEASE_MS;
    const hasOther = heldTokens(lease) > 0 && isLive(lease, nowMs);
    lease.endsAtMs = hasOther ? Math.min(lease.endsAtMs, endsAtMs) : endsAtMs;
  }
  lease.spilled = 0;
  // Lent when the limit was another, it may be more than the bucket holds now.
  const fitting = Math.min(grant.lease, Math.max(0, lease.shape.capacity - lease.tokens));
  lease.tokens += fitting;
  lease.overflow += grant.lease - fitting;
  if (grant.ahead !== undefined) {
    const { count, firstInMs, everyMs } = grant.ahead;
    lease.coming.push({ count, nextAtMs: nowMs + firstInMs, everyMs });
  }
  // Answers that overtook each other may add up to more than there can be.
  const level = Math.min(lease.shape.capacity, grant.level + heldTokens(lease));
  const askedFor = lease.underWay.reduce((sum, { ask: { need } }) => sum + need, 0);
  const unsure = askedFor + (nowMs - begunAtMs) * tokensPerMs(lease.shape);
  lease.known = { level: level - askedFor, unsure, isSure: true, atMs: nowMs, heardAtMs: nowMs };
  // Of answers that overtake each other, the last to come may not be the last to tell.
  const doubtMs = begun.isOnly && lease.asking === 0 ? 0 : LEASE_MS;
  const moreInMs = Math.max(doubtMs, grant.othersHoldMs);
  lease.othersHoldUntilMs = moreInMs > 0 ? nowMs + moreInMs : 0;
}

/**
 * No answer came, in place. Whether the store got what was brought back is not known, so it is not held again: a token
 * is rather lost than given twice.
 */
export function failAsk(lease: Lease, ask: Ask): void {
  const { known } = lease;
  if (takeUnderWay(lease, ask) === undefined || known === undefined) return;
  known.level = Math.min(lease.shape.capacity, known.level + ask.need);
  known.unsure = Math.max(0, known.unsure - ask.need);
  known.isSure = false;
}

/** The ask was never made, in place: what it would have brought back is tried again in a second, and not spent. */
export function dropAsk(lease: Lease, ask: Ask, nowMs: number): void {
  failAsk(lease, ask);
  lease.overflow += ask.back;
  lease.used += ask.used ?? 0;
  if (heldTokens(lease) === 0) lease.endsAtMs = nowMs + LEASE_MS;
}

/** Asks overtake each other, and one that is lost stays under way longer than those after it. */
function takeUnderWay(lease: Lease, ask: Ask): Lease["underWay"][number] | undefined {
  const index = lease.underWay.findIndex((each) => each.ask === ask);
  if (index < 0) return undefined;
  const [found] = lease.underWay.splice(index, 1);
  lease.asking = lease.underWay.length;
  return found;
}

/** Whether what is held may be spent. A clock that went back ends a lease: its time cannot be told any more. */
export function isLive({ endsAtMs }: Lease, nowMs: number): boolean {
  return nowMs < endsAtMs && endsAtMs - nowMs <= LEASE_MS;
}

/** The limit has become another, in place: what is held goes back, and the bucket is asked for anew. */
export function reshape(lease: Lease, shape: BucketShape): void {
  lease.overflow += heldTokens(lease);
  lease.tokens = 0;
  lease.coming = [];
  lease.spilled = 0;
  lease.known = undefined;
  lease.shape = shape;
}

/** Tokens that the store is to get back: those held here, and those that nobody may spend. */
export function owedTokens(lease: Lease): number {
  return heldTokens(lease) + lease.overflow;
}

/** Tokens that are held here, whether spendable yet or not. */
export function heldTokens(lease: Lease): number {
  return lease.coming.reduce((sum, { count }) => sum + count, lease.tokens);
}

/** What clients are told: tokens that are left as far as this edge knows, and the time until the bucket is full. */
export function standingOf(
  lease: Lease,
  nowMs: number,
): { readonly remaining: number; readonly fullInMs: number | undefined } {
  collect(lease, nowMs);
  // Below zero while others hold tokens that are yet to come, or requests here ask for more than there is.
  const level = lease.known?.level ?? lease.shape.capacity;
  return { remaining: Math.max(0, level), fullInMs: timeUntil(level, lease.shape.capacity, lease.shape) };
}

function ask(lease: Lease, need: number, want: number, nowMs: number): Ask {
  collect(lease, nowMs);
  const { known, shape, used } = lease;
  // What is full without doubt stays full: counted at the most, its last fraction would seem missing for ever.
  const isFull = lease.asking === 0 && known?.isSure === true && holds(known.level, shape.capacity);
  const spilled = isFull ? 0 : lease.spilled;
  const back = owedTokens(lease);
  lease.tokens = 0;
  lease.coming = [];
  lease.overflow = 0;
  // What spilled is told until an answer comes, as asks may be lost; told twice it is only strict.
  lease.used = 0;
  const begun: Ask = { need, want, back, spilled, used };
  lease.underWay.push({ ask: begun, atMs: nowMs, isOnly: lease.asking === 0 });
  // Of what is there, the next request counts on what this one leaves.
  if (known !== undefined) {
    known.level -= need;
    known.unsure += need;
  }
  lease.asking = lease.underWay.length;
  return begun;
}

/** Time passes, in place: the bucket refills, what overflows is counted, and tokens that were to come are there. */
function collect(lease: Lease, nowMs: number): void {
  const { known, shape } = lease;
  if (known !== undefined) {
    const gained = nowMs > known.atMs ? (nowMs - known.atMs) * tokensPerMs(shape) : 0;
    const level = Math.min(shape.capacity, known.level + gained);
    // Counted at the most that there may be, so that no window gets more than the limit.
    const most = Math.min(shape.capacity, known.level + known.unsure + gained);
    lease.spilled += known.level + known.unsure + gained - most;
    known.level = level;
    known.unsure = most - level;
    known.atMs = nowMs;
  }
  for (const coming of lease.coming) {
    while (coming.count > 0 && coming.nextAtMs <= nowMs) {
      coming.count -= 1;
      coming.nextAtMs += coming.everyMs;
      // A full bucket takes none, wherever its tokens are: it goes back, with what was counted above.
      if (lease.tokens < shape.capacity) lease.tokens += 1;
      else lease.overflow += 1;
    }
  }
  if (lease.coming.length > 0) lease.coming = lease.coming.filter(({ count }) => count > 0);
}

function turn({ demand }: Lease, nowMs: number): void {
  const ageMs = nowMs - demand.startedAtMs;
  if (ageMs >= 0 && ageMs < LEASE_MS) return;
  const isNext = ageMs >= LEASE_MS && ageMs < 2 * LEASE_MS;
  demand.previous = isNext ? demand.current : 0;
  demand.isNew = demand.previous === 0;
  demand.current = 0;
  demand.startedAtMs = nowMs;
}
