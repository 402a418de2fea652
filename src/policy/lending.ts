/** The store's side of leases: what a bucket gives to an edge that asks, for the request at hand and for those to come. */
import { type Bucket, type BucketShape, holds, timeUntil, tokensPerMs, wholeTokens } from "./token-bucket.ts";

/** An unused token is back in its bucket after so long at most. */
export const LEASE_MS = 1000;
/** An answer is with its edge after so long. */
const FLIGHT_MS = 200;
/** So long a store believes that an edge holds a lease: its life, and the way there and back. */
const HOLD_MS = LEASE_MS + FLIGHT_MS;
/** So far ahead an edge that asks alone may be given tokens that are yet to come. */
export const AHEAD_MS = 500;
/** An edge asks alone when no other has asked for so long: leases of others are over by then. */
const ALONE_AFTER_MS = 2 * LEASE_MS;
/** The most edges that a bucket remembers; of more, the one that asked longest ago is forgotten. */
const MAX_HOLDERS = 64;

/** What an edge asks of one bucket. */
export interface Ask {
  /** Tokens for the request at hand; 0 when only a lease is renewed or returned. */
  readonly need: number;
  /** Tokens that the edge would like to have at hand while a lease lasts; 0: no lease. */
  readonly want: number;
  /** Tokens of an earlier lease that were not used. */
  readonly back: number;
  /** Tokens that came in while the bucket was full, counting what the edge held: they never were in the bucket. */
  readonly spilled: number;
  /** Tokens of earlier leases that were spent, and had not been told of. Left out, none. */
  readonly used?: number;
}

/** Tokens of a bucket that do not exist yet, each spendable from its time. Times count from the store's answer. */
export interface Ahead {
  readonly count: number;
  readonly firstInMs: number;
  readonly everyMs: number;
}

/** What the bucket gives. */
export interface Grant {
  /** Whether the request at hand has been paid for. */
  readonly isPaid: boolean;
  /** Tokens to spend until {@link LEASE_MS} have passed. */
  readonly lease: number;
  readonly ahead: Ahead | undefined;
  /** What is left in the bucket; below zero by what was promised ahead. */
  readonly level: number;
  /** Tokens may come back from other edges within so long, milliseconds; 0 when none has any. */
  readonly othersHoldMs: number;
}

/** An edge that has asked lately, once for each of its leases that may be out. Times are the store's. */
export interface Holder {
  readonly edge: string;
  readonly askedAtMs: number;
  /** Tokens that it may still have. */
  readonly holds: number;
  /** Until when. */
  readonly holdsUntilMs: number;
}

export interface Lending {
  readonly grant: Grant;
  readonly bucket: Bucket;
  readonly holders: readonly Holder[];
}

/**
 * Pays the request at hand and lends more. Whatever leaves the bucket is debited first, so that all edges together
 * never spend more than capacity + rate × time.
 *
 * @param edge who asks; two edges never share a name
 */
export function lend(
  before: Bucket,
  holders: readonly Holder[],
  shape: BucketShape,
  edge: string,
  ask: Ask,
  nowMs: number,
): Lending {
  const believed = holders.map((holder) => sinceStep(holder, nowMs));
  const settled = settle(believed, edge, ask.back + (ask.used ?? 0));
  const others = settled.filter((holder) => holder.edge !== edge && isRecent(holder, nowMs));
  const own = settled.filter((holder) => holder.edge === edge && isHeld(holder, nowMs));
  const isAlone = others.length === 0;
  // An edge counts from its own last ask: after another's, that is not the time for which this bucket gains.
  const isNext = (holders.at(-1)?.edge ?? edge) === edge;
  const spilled = isAlone && isNext ? ask.spilled : 0;
  // Of its own leases an edge has told, but for those that it had not heard of when it asked.
  const takingRoom = settled.filter(
    (holder) => holder.edge !== edge || !isHeld(holder, nowMs) || isHeld(holder, nowMs + LEASE_MS),
  );
  const bucket = refilled(before, shape, takingRoom, { ...ask, spilled }, nowMs);
  // A request that costs nothing is paid, also where tokens are owed that were promised.
  const isPaid = ask.need === 0 || holds(bucket.level, ask.need);
  const left = isPaid ? bucket.level - ask.need : bucket.level;
  // What lay unused for a lease's life is for whoever comes next, at whatever edge: a renewal leaves as much there.
  const lendable = ask.need === 0 ? left - ask.back : left;
  // A token that this request could not be paid with helps none that costs the same.
  const lease = isPaid ? leaseSize(lendable, ask.want, isAlone, shape) : 0;
  const ahead = isAlone ? promise(left - lease, ask, shape) : undefined;
  const lent = lease + (ahead?.count ?? 0);
  const level = left - lent;
  const asker: Holder = {
    edge,
    askedAtMs: nowMs,
    holds: lent,
    holdsUntilMs: lent > 0 ? nowMs + HOLD_MS : 0,
  };
  return {
    grant: { isPaid, lease, ahead, level, othersHoldMs: longestHold(others, nowMs) },
    bucket: { level, atMs: nowMs },
    holders: [...others, ...own, asker].slice(-MAX_HOLDERS),
  };
}

/**
 * The bucket with what has come in and come back. What edges hold takes up room in a full bucket, or a lease and a
 * bucket that has filled up behind it would make a burst above the capacity. One edge alone has counted exactly what
 * spilled, and only answers still on their way to it take room; of others nobody knows when they spent what they had,
 * so it takes room to the end of their leases, which errs to the strict side.
 */
function refilled(
  before: Bucket,
  shape: BucketShape,
  holders: readonly Holder[],
  { back, spilled }: Ask,
  nowMs: number,
): Bucket {
  const start = Math.min(before.level, shape.capacity);
  const roomAt = (level: number, atMs: number) => Math.max(level, shape.capacity - heldBy(holders, atMs));
  const over = holders.filter(({ holds, holdsUntilMs }) => holds > 0 && holdsUntilMs < nowMs);
  let level = start;
  let { atMs } = before;
  for (const endMs of over.map(({ holdsUntilMs }) => holdsUntilMs).sort((one, other) => one - other)) {
    if (endMs <= atMs) continue;
    level = Math.min(roomAt(level, atMs), level + (endMs - atMs) * tokensPerMs(shape));
    atMs = endMs;
  }
  const gained = (sinceMs: number) => Math.max(0, nowMs - sinceMs) * tokensPerMs(shape);
  // Either way of counting tells what did not fit, and both may mean the same tokens.
  const fitted = Math.min(level - start + gained(atMs), Math.max(0, gained(before.atMs) - spilled));
  return { level: Math.min(roomAt(start, nowMs), start + fitted + back), atMs: nowMs };
}

/**
 * The leases without the tokens that the asker has told of. Its newest first: what remains is a lease that is still on
 * its way, or was lost and runs out. Or it is of any of them, so it is believed until the last of those would end.
 */
function settle(holders: readonly Holder[], edge: string, told: number): Holder[] {
  let rest = told;
  let untilMs = 0;
  return holders
    .toReversed()
    .map((holder) => {
      if (holder.edge !== edge) return holder;
      const settled = Math.min(rest, holder.holds);
      rest -= settled;
      if (settled > 0) untilMs = Math.max(untilMs, holder.holdsUntilMs);
      return {
        ...holder,
        holds: holder.holds - settled,
        holdsUntilMs: Math.max(untilMs, holder.holdsUntilMs),
      };
    })
    .reverse();
}

function isHeld({ holds, holdsUntilMs }: Holder, nowMs: number): boolean {
  return holds > 0 && nowMs < holdsUntilMs;
}

function heldBy(holders: readonly Holder[], nowMs: number): number {
  return holders.reduce((sum, holder) => sum + (isHeld(holder, nowMs) ? holder.holds : 0), 0);
}

/** When the clock went back, what was asked in what is now the future counts as asked now. */
function sinceStep(holder: Holder, nowMs: number): Holder {
  if (holder.askedAtMs <= nowMs) return holder;
  return { ...holder, askedAtMs: nowMs, holdsUntilMs: Math.min(holder.holdsUntilMs, nowMs + HOLD_MS) };
}

function isRecent({ askedAtMs, holdsUntilMs }: Holder, nowMs: number): boolean {
  return nowMs < askedAtMs + ALONE_AFTER_MS || nowMs < holdsUntilMs;
}

function longestHold(others: readonly Holder[], nowMs: number): number {
  const holding = others.filter((other) => other.holds > 0);
  return Math.max(0, ...holding.map((other) => other.holdsUntilMs - nowMs));
}

/**
 * An eighth of what is there, at least one. An edge that asks alone gets what it wants, up to half, as nobody else
 * waits for it; where several ask, none gets more than it wants.
 */
function leaseSize(left: number, want: number, isAlone: boolean, shape: BucketShape): number {
  const whole = wholeTokens(left);
  if (want <= 0 || whole === 0) return 0;
  const eighth = Math.max(1, Math.floor(whole / 8));
  if (!isAlone) return Math.min(eighth, Math.ceil(want));
  // Where as much is back in a moment, halves would only be asked for again and again.
  if (whole <= Math.min(want / 2, tokensPerMs(shape) * AHEAD_MS)) return whole;
  return Math.min(Math.max(eighth, Math.ceil(want)), Math.max(1, Math.floor(whole / 2)));
}

/** Where the bucket is empty, the tokens that come in the next half second, so that one call serves for all of them. */
function promise(left: number, { want }: Ask, shape: BucketShape): Ahead | undefined {
  if (want <= 0 || holds(left, 1)) return undefined;
  const count = wholeTokens(left + tokensPerMs(shape) * AHEAD_MS);
  const firstInMs = timeUntil(left, 1, shape);
  if (count === 0 || firstInMs === undefined) return undefined;
  return { count, firstInMs, everyMs: 1 / tokensPerMs(shape) };
}
