/** What an edge concludes about a bucket whose store tells nothing of other edges: how much it may lease and return. */
import { type Ask, LEASE_MS } from "./lending.ts";
import { type BucketShape, tokensPerMs, wholeTokens } from "./token-bucket.ts";

/** So long after a sign of other edges they may still hold tokens: a lease, and the way there and back. */
const OTHERS_HOLD_MS = LEASE_MS + 200;
/** Without a sign of other edges for so long, an edge is alone. */
const ALONE_AFTER_MS = 2 * LEASE_MS;

/** What an edge has seen of one bucket, in place. Times are the store's. */
export interface SeenBucket {
  /** The level when it was last told, undefined when a call has failed since. */
  told: { readonly level: number; readonly atMs: number } | undefined;
  /** The last sign that other edges use this bucket. */
  othersAtMs: number | undefined;
  /** Calls of this edge under way, and all of them so far: while several are, a level proves nothing. */
  asking: number;
  asked: number;
}

/** What to do at the bucket, in this order. All or nothing each. */
export interface BucketPlan {
  /** Tokens to give back; below zero to take what has come in where leased tokens had their place. */
  readonly giveBack: number;
  readonly need: number;
  readonly lease: number;
  /** The level that the bucket has now if no other edge uses it; undefined when it is not known. */
  readonly expected: number | undefined;
  /** Which of this edge's calls it is, and whether it is the only one. */
  readonly turn: number;
  readonly isOnly: boolean;
}

/** How it went. */
export interface BucketResult {
  readonly isPaid: boolean;
  readonly lease: number;
  /** Tokens left. */
  readonly level: number;
}

export function unseenBucket(): SeenBucket {
  return { told: undefined, othersAtMs: undefined, asking: 0, asked: 0 };
}

/** Begins a call, in place. */
export function planBucket(seen: SeenBucket, shape: BucketShape, ask: Ask, nowMs: number): BucketPlan {
  const isOnly = seen.asking === 0;
  seen.asking += 1;
  seen.asked += 1;
  const expected = seen.told === undefined ? undefined : levelAt(seen.told, shape, nowMs);
  const giveBack = returned(seen, shape, ask, nowMs);
  const left = (expected === undefined ? shape.capacity : expected + giveBack) - ask.need;
  return {
    giveBack,
    need: ask.need,
    lease: leaseSize(left, ask, isAlone(seen, nowMs)),
    expected,
    turn: seen.asked,
    isOnly,
  };
}

/**
 * Ends a call that was answered, in place; returns for how long other edges may hold tokens. A level that this edge
 * cannot explain by itself is a sign of others.
 *
 * @param toleranceTokens what a level may differ by without meaning anything
 */
export function noteBucket(
  seen: SeenBucket,
  plan: BucketPlan,
  result: BucketResult,
  shape: BucketShape,
  nowMs: number,
  toleranceTokens: number,
): number {
  seen.asking -= 1;
  const { level } = result;
  const taken = (result.isPaid ? plan.need : 0) + result.lease - plan.giveBack;
  // A bucket that was never seen and is full has not been used lately.
  const explained = (plan.expected ?? shape.capacity) - taken;
  const isProof = plan.isOnly && plan.turn === seen.asked;
  if (isProof && Math.abs(level - explained) > toleranceTokens) seen.othersAtMs = nowMs;
  seen.told = { level, atMs: nowMs };
  return seen.othersAtMs === undefined ? 0 : Math.max(0, seen.othersAtMs + OTHERS_HOLD_MS - nowMs);
}

/** Ends a call that failed, in place: whether the store carried it out is not known. */
export function forgetBucket(seen: SeenBucket): void {
  seen.asking -= 1;
  seen.told = undefined;
}

function levelAt(
  { level, atMs }: { level: number; atMs: number },
  shape: BucketShape,
  nowMs: number,
): number {
  return Math.min(shape.capacity, level + Math.max(0, nowMs - atMs) * tokensPerMs(shape));
}

/**
 * What goes back. A leased token keeps its place in its bucket, but the store knows of no leases and fills the place:
 * what has come in there must not be spent beside the lease, or together they would be a burst above the capacity.
 */
function returned({ told }: SeenBucket, shape: BucketShape, { back, spilled }: Ask, nowMs: number): number {
  if (told === undefined) return Math.max(0, back - spilled);
  const gained = Math.max(0, nowMs - told.atMs) * tokensPerMs(shape);
  const right = Math.min(shape.capacity, told.level + Math.max(0, gained - spilled) + back);
  return Math.min(back, right - levelAt(told, shape, nowMs));
}

function isAlone({ othersAtMs }: SeenBucket, nowMs: number): boolean {
  return othersAtMs === undefined || Math.abs(nowMs - othersAtMs) >= ALONE_AFTER_MS;
}

/**
 * An eighth of what is likely to be left; an edge that is alone, or sees a bucket for the first time, takes what it
 * wants, up to half: a new user's row of requests must not cost a call more. Never less than the
 * need: so where the store has too little for the request, it has too little for the lease, and gives neither.
 */
function leaseSize(left: number, { need, want }: Ask, alone: boolean): number {
  if (want <= 0) return 0;
  const whole = wholeTokens(left);
  const share = Math.floor(whole / (alone ? 2 : 8));
  const lease = Math.min(Math.ceil(want), Math.max(share, Math.min(1, Math.floor(whole / 2))));
  return lease >= need ? lease : 0;
}
