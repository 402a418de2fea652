/** The stage that finds out who is asking: the first proof of `[identity]` that holds, else the address. */
import type { Env } from "../config/env.ts";
import { clientAddress } from "../policy/address.ts";
import { type Caller, unverifiedCaller } from "../policy/caller.ts";
import { knownApiKey, verifyApiKey } from "./api-key.ts";
import { type IdentityMemory, identityMemory } from "./identity-memory.ts";
import { knownToken, verifyToken } from "./jwt.ts";
import type { Visit } from "./visit.ts";

/**
 * Sets the visit's caller. In steady state at once: only a proof that this edge has not seen lately gives a promise. No
 * proof, however bad, makes it fail.
 */
export function identify(
  visit: Visit,
  env: Pick<Env, "TIDEGATE_JWT_SECRET">,
): Promise<undefined> | undefined {
  const rules = visit.snapshot.identity;
  if (rules.jwt === undefined && rules.api_keys === undefined) {
    visit.caller = unverified(visit);
    return undefined;
  }
  const memory = identityMemory(rules, env);
  const known = fromMemory(visit, memory);
  if (known === undefined) return verify(visit, memory);
  visit.caller = known;
  return undefined;
}

/** The caller as far as memory tells, or undefined when a proof has to be verified first. */
function fromMemory(visit: Visit, { jwt, apiKeys }: IdentityMemory): Caller | undefined {
  const { authorization, apiKey } = visit.picked;
  if (jwt !== undefined) {
    const token = knownToken(jwt, authorization, visit.startedAtMs, visit.waitUntil);
    if (token.kind === "user") return verified(visit, "jwt", token.key);
    if (token.kind === "ask") return undefined;
  }
  if (apiKeys !== undefined) {
    const holder = knownApiKey(apiKeys, apiKey);
    if (holder.kind === "user") return verified(visit, "api-key", holder.key);
    if (holder.kind === "ask") return undefined;
  }
  return unverified(visit);
}

async function verify(visit: Visit, memory: IdentityMemory): Promise<undefined> {
  visit.caller = (await verifiedCaller(visit, memory)) ?? unverified(visit);
}

async function verifiedCaller(visit: Visit, { jwt, apiKeys }: IdentityMemory): Promise<Caller | undefined> {
  const { authorization, apiKey } = visit.picked;
  try {
    if (jwt !== undefined && authorization !== undefined) {
      const user = await verifyToken(jwt, authorization, visit.waitUntil);
      if (user !== undefined) return verified(visit, "jwt", user);
    }
    if (apiKeys !== undefined && apiKey !== undefined) {
      const known = knownApiKey(apiKeys, apiKey);
      const holder = known.kind === "ask" ? await verifyApiKey(apiKeys, apiKey) : undefined;
      const key = known.kind === "user" ? known.key : holder;
      if (key !== undefined) return verified(visit, "api-key", key);
    }
  } catch (error) {
    // A mistake in here must not cost anybody an answer. Its message may quote what was presented; its name does not.
    console.error(`TG3008 a proof could not be checked: ${error instanceof Error ? error.name : "unknown"}`);
  }
  return undefined;
}

function verified(visit: Visit, kind: "jwt" | "api-key", key: string): Caller {
  return { address: clientAddress(visit.picked.clientAddress), key, kind };
}

function unverified({ picked, snapshot }: Visit): Caller {
  return unverifiedCaller(picked.clientAddress, picked.cookie, snapshot.identity.opaque?.cookie);
}
