/** Ends somebody's time in a room: the passes that a pass id or a user's name can mean are over on every edge. */

import { type Env, placesStub, roomStub } from "../config/env.ts";
import type { Identity } from "../config/load.ts";
import type { SessionOf } from "../config/operator-api.ts";
import { queueKeys } from "../config/queue-keys.ts";
import { ownersOf } from "../config/queue-owner.ts";
import { apiKeyKey, jwtKey } from "../policy/caller.ts";
import { passIdOfUser } from "../policy/pass-renewal.ts";
import { placeShardOf } from "../policy/place-shard.ts";

/** What there is to end; undefined where [identity] makes no verified user of the name. */
export type Sought =
  | { readonly kind: "pass"; readonly id: string }
  | { readonly kind: "user"; readonly callers: readonly VerifiedCaller[] };

interface VerifiedCaller {
  readonly kind: "jwt" | "api-key";
  readonly key: string;
}

export function seek(who: SessionOf, { jwt, api_keys }: Identity): Sought | undefined {
  if (who.kind === "pass") return who;
  const callers = [
    ...(jwt === undefined ? [] : [{ kind: "jwt" as const, key: jwtKey(jwt.issuer, who.name) }]),
    ...(api_keys !== undefined && Object.hasOwn(api_keys.sha256, who.name)
      ? [{ kind: "api-key" as const, key: apiKeyKey(who.name) }]
      : []),
  ];
  return callers.length === 0 ? undefined : { kind: "user", callers };
}

/** Whether any of the passes held a slot. */
export async function endSession(room: string, sought: Sought, env: Env): Promise<"active" | "unknown"> {
  const ids = sought.kind === "pass" ? [sought.id] : await passesOf(room, sought.callers, env);
  let wasActive = false;
  for (const id of new Set(ids)) {
    const { was } = await roomStub(env, room).end(id);
    wasActive ||= was === "active";
  }
  return wasActive ? "active" : "unknown";
}

/** A user's pass goes by the keyed hash of the verified identity; one that was there before the login is on record. */
async function passesOf(room: string, callers: readonly VerifiedCaller[], env: Env): Promise<string[]> {
  const keys = await queueKeys(env.TIDEGATE_SECRET);
  const ids: string[] = [];
  for (const caller of callers) {
    const { identity = [] } = await ownersOf(keys, { ...caller, address: undefined }, undefined);
    for (const owner of identity) {
      ids.push(passIdOfUser(owner));
      const places = placesStub(env, placeShardOf(owner));
      const recorded = await places.passOf(room, owner);
      if (recorded !== undefined) ids.push(recorded);
      await places.leave(room, owner);
    }
  }
  return ids;
}
