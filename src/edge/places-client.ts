/** Asks the shard of a signed-in user for the user's one place in a room, and tells it when the user is in. */
import { type Env, placesStub } from "../config/env.ts";
import type { PlaceAnswer, PlaceClaim, PlacesApi } from "../config/room-api.ts";
import { placeShardOf } from "../policy/place-shard.ts";
import { count } from "./counters.ts";
import { inTime } from "./room-client.ts";
import type { RoomRuntime } from "./room-runtime.ts";

/** A place in line is given all the same when the shard does not answer. */
const JOIN_DEADLINE_MS = 100;
/** Behind an answer nobody waits. */
const TELL_DEADLINE_MS = 5000;

/** Undefined when the shard cannot tell. */
export function joinPlaces(
  room: RoomRuntime,
  env: Env,
  place: Omit<PlaceClaim, "room">,
): Promise<PlaceAnswer | undefined> {
  const stub = stubOf(env, place.owner);
  const onResult = (result: "ok" | "error" | "timeout") => count(room.series.calls("join", result));
  return inTime(stub.join({ room: room.name, ...place }), JOIN_DEADLINE_MS, onResult);
}

/** Behind the answer: the user's other devices will share the slot. */
export function tellAdmitted(room: RoomRuntime, env: Env, owner: string, passId: string, untilMs: number) {
  room.memory.toldPlaces.set(owner, untilMs);
  const stub = stubOf(env, owner);
  return inTime(stub.admitted(room.name, owner, passId, untilMs), TELL_DEADLINE_MS, (result) =>
    count(room.series.calls("admitted", result)),
  );
}

/** The same of a pass that is used on and on: told anew once half of a session is not known there. */
export function tellStillIn(room: RoomRuntime, env: Env, owner: string, passId: string, untilMs: number) {
  const toldMs = room.memory.toldPlaces.get(owner) ?? 0;
  if (untilMs - toldMs < room.rules.sessionMs / 2) return undefined;
  return tellAdmitted(room, env, owner, passId, untilMs);
}

/** The user has left. */
export function tellLeft(room: RoomRuntime, env: Env, owner: string) {
  return inTime(stubOf(env, owner).leave(room.name, owner), TELL_DEADLINE_MS, (result) =>
    count(room.series.calls("leave", result)),
  );
}

function stubOf(env: Env, owner: string): PlacesApi {
  return placesStub(env, placeShardOf(owner)) as unknown as PlacesApi;
}
