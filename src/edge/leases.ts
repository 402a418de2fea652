/** The leases that this edge holds, by limit and owner; bounded, whatever clients make up. */
import type { DeniedAtEdge } from "../config/limiter-api.ts";
import { type Lease, newLease, owedTokens, reshape } from "../policy/lease.ts";
import type { Bucket, BucketShape } from "../policy/token-bucket.ts";
import { TwoGenerations } from "../policy/two-generations.ts";
import type { LimitRuntime } from "./limit-runtime.ts";

/** One bucket as this edge sees it. */
export interface Held {
  limit: LimitRuntime;
  /** Whose it is; never leaves the edge as it stands. */
  readonly owner: string;
  readonly lease: Lease;
  /** Denied here since the store was last asked; the store hears of it for operators' sake. */
  untold: { count: number; need: number; level: number; lastAtMs: number; firstAtMs: number } | undefined;
  /** When a call was last made for denials alone. */
  toldAtMs: number;
  /** What counts while the store cannot be reached. */
  local: Bucket | undefined;
}

/**
 * Of two generations, so that at most so many buckets are remembered, some hundred bytes each. Names come from outside,
 * at the length that owners' keys have at most.
 */
export const MAX_HELD = 50_000;
const BOUNDS = { maxEntries: MAX_HELD / 2, maxKeyLength: 8_000_000 };
/** Denials that no ask has carried along are told after so long, and those of one bucket so rarely. */
const TELL_AFTER_MS = 1000;
const TELL_EVERY_MS = 10_000;

/** A bucket that is forgotten while it holds a lease is still among those that give theirs back. */
const held = new TwoGenerations<Held>(BOUNDS);

export function heldOf(limit: LimitRuntime, owner: string, nowMs: number): Held {
  const name = `${limit.name}\n${owner}`;
  const known = held.get(name);
  if (known !== undefined) {
    if (known.limit !== limit) refit(known, limit);
    return known;
  }
  const lease = newLease(limit.shape, nowMs);
  const made: Held = { limit, owner, lease, untold: undefined, toldAtMs: 0, local: undefined };
  held.set(name, made);
  return made;
}

/** Buckets that are remembered. */
export function heldCount(): number {
  return held.size;
}

/** Buckets whose store may have to hear of them: tokens to bring back, or denials to tell. */
const holding = new Set<Held>();

/** The lease has been given tokens. */
export function noteHolding(one: Held): void {
  holding.add(one);
}

/** A request has been denied here, without asking. */
export function noteDenied(one: Held, need: number, nowMs: number): void {
  const { count = 0, firstAtMs = nowMs } = one.untold ?? {};
  const level = one.lease.known?.level ?? 0;
  one.untold = { count: count + 1, need, level, lastAtMs: nowMs, firstAtMs };
  holding.add(one);
}

/** What is to be told of denials, once. */
export function takeDenied(one: Held, nowMs: number): DeniedAtEdge | undefined {
  const { untold } = one;
  if (untold === undefined) return undefined;
  one.untold = undefined;
  const { count, need, level, lastAtMs } = untold;
  return { count, need, level, agoMs: Math.max(0, nowMs - lastAtMs) };
}

/** Buckets whose store has to hear of them within a lease's life. */
export function* heldNow(nowMs: number): Iterable<Held> {
  for (const one of holding) {
    if (owedTokens(one.lease) > 0 || tellAtMs(one, nowMs) !== undefined) yield one;
    else if (one.lease.asking === 0) holding.delete(one);
  }
}

/**
 * When the store is to hear of denials, where that is soon. What is denied just after that waits for the next ask, or
 * for a denial of later: one bucket is worth one such call in ten seconds.
 */
export function tellAtMs({ untold, toldAtMs }: Held, nowMs: number): number | undefined {
  if (untold === undefined) return undefined;
  const dueAtMs = Math.max(untold.firstAtMs + TELL_AFTER_MS, toldAtMs + TELL_EVERY_MS);
  return dueAtMs <= nowMs + TELL_AFTER_MS ? dueAtMs : undefined;
}

/** A snapshot with other settings has come: what is known of the bucket is asked for anew. */
function refit(known: Held, limit: LimitRuntime): void {
  known.limit = limit;
  if (isSame(known.lease.shape, limit.shape)) return;
  reshape(known.lease, limit.shape);
  known.local = undefined;
}

function isSame(one: BucketShape, other: BucketShape): boolean {
  return (
    one.capacity === other.capacity && one.refill === other.refill && one.intervalMs === other.intervalMs
  );
}
