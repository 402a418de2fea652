/** What a ticket costs its address where a room caps the tickets of one: a token of a bucket of their own. */
import type { Env } from "../config/env.ts";
import { addressOwner } from "../policy/bucket-owner.ts";
import { chargeOne } from "./limit-ask.ts";
import type { LimitRuntime } from "./limit-runtime.ts";
import type { Visit } from "./visit.ts";

export type TicketFee =
  | { readonly kind: "paid" }
  | { readonly kind: "denied"; readonly retryAfterMs: number };

/** A bucket that refills tells when; this is for one that could not. */
const UNKNOWN_RETRY_MS = 60_000;

export async function payForTicket(visit: Visit, env: Env, limit: LimitRuntime): Promise<TicketFee> {
  const state = await chargeOne(visit, env, limit, addressOwner(visit.caller.address));
  if (state.kind === "denied" || (state.kind === "down" && !state.isServed)) {
    return { kind: "denied", retryAfterMs: state.retryAfterMs ?? UNKNOWN_RETRY_MS };
  }
  return { kind: "paid" };
}
