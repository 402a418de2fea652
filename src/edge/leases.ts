/** The leases that this edge holds, by limit and owner; bounded, whatever clients make up. */
import { heldTokens, isIdle, type Lease, newLease } from "../policy/lease.ts";
import type { Bucket, BucketShape } from "../policy/token-bucket.ts";
import type { LimitRuntime } from "./limit-runtime.ts";

/** One bucket as this edge sees it. */
export interface Held {
  limit: LimitRuntime;
  /** Whose it is; never leaves the edge as it stands. */
  readonly owner: string;
  readonly lease: Lease;
  /** Denied here since the store was last asked. */
  denied: number;
  /** What counts while the store cannot be reached. */
  local: Bucket | undefined;
}

/** Some hundred bytes each. */
const MAX_HELD = 50_000;
/** When there are too many, so many of the oldest are looked at for one to forget. */
const LOOK_AT = 16;

const held = new Map<string, Held>();

export function heldOf(limit: LimitRuntime, owner: string, nowMs: number): Held {
  const name = `${limit.name}\n${owner}`;
  const known = held.get(name);
  if (known !== undefined) {
    if (known.limit !== limit) refit(known, limit);
    return known;
  }
  if (held.size >= MAX_HELD) forgetOne(nowMs);
  const made: Held = { limit, owner, lease: newLease(limit.shape, nowMs), denied: 0, local: undefined };
  held.set(name, made);
  return made;
}

/** Buckets whose leases may hold tokens; for returns. */
const holding = new Set<Held>();

/** The lease has been given tokens. */
export function noteHolding(one: Held): void {
  holding.add(one);
}

/** Leases that hold tokens. */
export function* heldNow(): Iterable<Held> {
  for (const one of holding) {
    if (heldTokens(one.lease) > 0) yield one;
    else if (one.lease.asking === 0) holding.delete(one);
  }
}

/** A snapshot with other settings has come: what is known of the bucket is asked for anew. */
function refit(known: Held, limit: LimitRuntime): void {
  known.limit = limit;
  if (isSame(known.lease.shape, limit.shape)) return;
  known.lease.shape = limit.shape;
  known.lease.known = undefined;
  known.lease.tokens = Math.min(known.lease.tokens, limit.shape.capacity);
  known.local = undefined;
}

function isSame(one: BucketShape, other: BucketShape): boolean {
  return (
    one.capacity === other.capacity && one.refill === other.refill && one.intervalMs === other.intervalMs
  );
}

/** The oldest that is idle, else the oldest of all: its tokens are lost, which only errs to the strict side. */
function forgetOne(nowMs: number): void {
  let oldest: string | undefined;
  let looked = 0;
  for (const [name, { lease }] of held) {
    oldest ??= name;
    if (isIdle(lease, nowMs)) {
      held.delete(name);
      return;
    }
    looked += 1;
    if (looked === LOOK_AT) break;
  }
  if (oldest !== undefined) held.delete(oldest);
}
