/** Ends somebody's time in a room: the passes that a pass id or a user's name can mean are over on every edge. */

import { type Env, placesStub, roomStub } from "../config/env.ts";
import type { Identity } from "../config/load.ts";
import type { SessionEndAnswer, SessionEndRequest } from "../config/operator-api.ts";
import { queueKeys } from "../config/queue-keys.ts";
import { ownersOf } from "../config/queue-owner.ts";
import { apiKeyKey, jwtKey } from "../policy/caller.ts";
import { passIdOfUser } from "../policy/pass-renewal.ts";
import { placeShardOf } from "../policy/place-shard.ts";

export async function endSession(
  { room, who }: Pick<SessionEndRequest, "room" | "who">,
  identity: Identity,
  env: Env,
): Promise<SessionEndAnswer> {
  const ids = who.kind === "pass" ? [who.id] : await passesOf(room, who.name, identity, env);
  if (ids.length === 0) {
    const reason = "[identity] makes no verified user of this name; name the pass instead";
    return { kind: "refused", reason };
  }
  let wasActive = false;
  for (const id of new Set(ids)) {
    const { was } = await roomStub(env, room).end(id);
    wasActive ||= was === "active";
  }
  return { kind: "ended", was: wasActive ? "active" : "unknown" };
}

/** A user's pass goes by the keyed hash of the verified identity; one that was there before the login is on record. */
async function passesOf(
  room: string,
  user: string,
  { jwt, api_keys }: Identity,
  env: Env,
): Promise<string[]> {
  const keys = await queueKeys(env.TIDEGATE_SECRET);
  const callers = [
    ...(jwt === undefined ? [] : [{ kind: "jwt" as const, key: jwtKey(jwt.issuer, user) }]),
    ...(api_keys !== undefined && Object.hasOwn(api_keys.sha256, user)
      ? [{ kind: "api-key" as const, key: apiKeyKey(user) }]
      : []),
  ];
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
