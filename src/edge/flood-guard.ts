/**
 * The optional stage in front of all others: Cloudflare's own rate limiter, by address. It counts in each place for
 * itself and lets some more through than it says, so it holds off floods and nothing else; limits are the exact part.
 */
import type { Env } from "../config/env.ts";
import { ownerHash } from "../config/owner-hash.ts";
import { clientAddress } from "../policy/address.ts";
import { addressOwner } from "../policy/bucket-owner.ts";
import { count } from "./counters.ts";
import { limitedAnswer } from "./limited-answer.ts";
import type { Visit } from "./visit.ts";

/** The shorter of the two periods that the binding can have. */
const RETRY_AFTER_MS = 10_000;

const SERIES = {
  allowed: 'tidegate_flood_guard_decisions_total{result="allowed"}',
  denied: 'tidegate_flood_guard_decisions_total{result="denied"}',
  error: 'tidegate_flood_guard_decisions_total{result="error"}',
} as const;

/** Undefined lets the request pass; so does a binding that fails, and a request without an address. At once without one. */
export function floodGuard(visit: Visit, env: Env): undefined | Promise<Response | undefined> {
  return env.FLOOD_GUARD === undefined ? undefined : ask(env.FLOOD_GUARD, visit, env);
}

async function ask(
  guard: NonNullable<Env["FLOOD_GUARD"]>,
  visit: Visit,
  env: Env,
): Promise<Response | undefined> {
  const address = clientAddress(visit.picked.clientAddress);
  if (address === undefined) return undefined;
  try {
    const { text } = await ownerHash(addressOwner(address), env);
    const { success } = await guard.limit({ key: text });
    count(success ? SERIES.allowed : SERIES.denied);
    if (success) return undefined;
  } catch {
    count(SERIES.error);
    return undefined;
  }
  return limitedAnswer(visit, { retryAfterMs: RETRY_AFTER_MS, violated: ["flood-guard"] });
}
