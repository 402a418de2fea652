/** What a request is charged for each of its limits, and whether each bucket pays. */
import { decideLease, forgetDemand, noteDemand, refund, spend } from "../policy/lease.ts";
import { fullBucket, take } from "../policy/token-bucket.ts";
import { count } from "./counters.ts";
import { type Held, heldOf, noteDenied, noteHolding } from "./leases.ts";
import type { LimitResult, LimitRuntime } from "./limit-runtime.ts";

export type ChargeState =
  | { readonly kind: "open" }
  /** Spent from the lease, or by the store. */
  | { readonly kind: "paid" }
  /** `retryAfterMs` is undefined when no time brings enough. */
  | { readonly kind: "denied"; readonly retryAfterMs: number | undefined }
  /** The store did not answer; `retryAfterMs` as above, and `isServed` whether this edge lets it pass by itself. */
  | { readonly kind: "down"; readonly isServed: boolean; readonly retryAfterMs: number | undefined };

/** One bucket's part of a request. */
export interface Charge {
  readonly limit: LimitRuntime;
  readonly held: Held;
  readonly cost: number;
  /** Left out, it counts whatever happens. */
  readonly counts?: {
    /** The charge that decides whether this one counts: how it comes out is not known when both are asked for. */
    readonly fee: Charge;
    readonly ifServed: boolean;
  };
  state: ChargeState;
}

export function newCharge(limit: LimitRuntime, owner: string, cost: number, nowMs: number): Charge {
  const held = heldOf(limit, owner, nowMs);
  noteDemand(held.lease, cost, nowMs);
  return { limit, held, cost, state: { kind: "open" } };
}

/** Decides an open charge from the lease, in place; what is left open must be asked for, or waited for. */
export function settleHere(charge: Charge, nowMs: number): "settled" | "ask" | "wait" {
  if (charge.state.kind !== "open") return "settled";
  const decision = decideLease(charge.held.lease, charge.cost, nowMs);
  switch (decision.kind) {
    case "spend":
      spend(charge.held.lease, charge.cost);
      charge.state = { kind: "paid" };
      return "settled";
    case "deny":
      noteDenied(charge.held, charge.cost, nowMs);
      charge.state = { kind: "denied", retryAfterMs: decision.retryAfterMs };
      return "settled";
    default:
      return decision.kind;
  }
}

/**
 * The store said no, in place. Another ask may have brought something meanwhile; while one is under way, the charge stays
 * open.
 */
export function settleUnpaid(charge: Charge, retryAfterMs: number | undefined, nowMs: number): void {
  const { kind } = decideLease(charge.held.lease, charge.cost, nowMs);
  if (kind === "spend") {
    spend(charge.held.lease, charge.cost);
    charge.state = { kind: "paid" };
  } else if (kind !== "wait") {
    charge.state = { kind: "denied", retryAfterMs };
  }
}

/** The store did not answer: the limit's own rule decides, in place. */
export function settleDown(charge: Charge, nowMs: number): void {
  const { limit, held, cost } = charge;
  const { localShape } = limit;
  if (localShape === undefined) {
    charge.state = { kind: "down", isServed: false, retryAfterMs: undefined };
    return;
  }
  // A route that costs more than the local bucket holds must still be served now and then.
  const affordable = Math.min(cost, localShape.capacity);
  const taking = take(held.local ?? fullBucket(localShape, nowMs), localShape, affordable, nowMs);
  held.local = taking.bucket;
  charge.state =
    taking.kind === "allowed"
      ? { kind: "down", isServed: true, retryAfterMs: undefined }
      : { kind: "down", isServed: false, retryAfterMs: taking.retryAfterMs };
}

/**
 * Puts back what a charge took, for the next request: another limit denied this one. True when somebody must see to its
 * return (`seeToReturns`).
 */
export function undo({ held, cost, state }: Charge, nowMs: number): boolean {
  if (state.kind !== "paid" || cost === 0) return false;
  refund(held.lease, cost, nowMs);
  noteHolding(held);
  return true;
}

/** Whether the store, or this edge in its place, has let the charge pass. */
export function isServed({ state }: Charge): boolean {
  return state.kind === "paid" || (state.kind === "down" && state.isServed);
}

/** Whether a charge does not count, as its fee has come out the other way. */
export function isMoot({ counts }: Charge): boolean {
  if (counts === undefined || counts.fee.state.kind === "open") return false;
  return isServed(counts.fee) !== counts.ifServed;
}

/** A charge that is moot is no sign of what its bucket's owner asks for. */
export function forgetMoot({ held, cost }: Charge): void {
  forgetDemand(held.lease, cost);
}

/** Whether this charge stops the request. A limit in shadow never does. */
export function isStopped({ limit, state }: Charge): boolean {
  if (limit.isShadow) return false;
  return state.kind === "denied" || (state.kind === "down" && !state.isServed);
}

/** Counts how a charge came out. */
export function countCharge({ limit, state }: Charge): void {
  count(limit.series[resultOf(limit, state)]);
}

function resultOf(limit: LimitRuntime, state: ChargeState): LimitResult {
  switch (state.kind) {
    case "denied":
      return limit.isShadow ? "shadow_denied" : "denied";
    case "down":
      if (state.isServed) return "open_allowed";
      if (limit.isShadow) return "shadow_denied";
      return limit.localShape === undefined ? "closed" : "open_denied";
    default:
      return "allowed";
  }
}
