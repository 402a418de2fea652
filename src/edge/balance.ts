/** The stage that picks the origin for a request. */
import { chooseOrigin, type Draw } from "../policy/choose-origin.ts";
import { nextSlot } from "../policy/golden-walk.ts";
import { affinityHash } from "../policy/identity-key.ts";
import { nearestFirst } from "../policy/place.ts";
import type { OriginRuntime, PoolRuntime } from "./compiled.ts";
import type { Visit } from "./visit.ts";

/** The origin for this request; undefined when none may take it. */
export function balance(visit: Visit, pool: PoolRuntime): OriginRuntime | undefined {
  const { key } = visit.caller;
  const draw: Draw =
    pool.keepsUsers && key !== undefined
      ? { kind: "user", hash: affinityHash(key) }
      : { kind: "walk", slot: takeSlot(pool) };
  return pool.origins[
    chooseOrigin(pool, draw, pool.policy === "nearest" ? originsByDistance(visit, pool) : [])
  ];
}

function takeSlot(pool: PoolRuntime): number {
  pool.walkSlot = nextSlot(pool.walkSlot);
  return pool.walkSlot;
}

/** Usable origins, nearest first; empty when the client's place or all of theirs are unknown. */
function originsByDistance(visit: Visit, pool: PoolRuntime): number[] {
  // The runtime tells degrees as text; a trusted proxy in front of bare workerd may tell numbers.
  const lat = Number(visit.request.cf?.latitude ?? Number.NaN);
  const lon = Number(visit.request.cf?.longitude ?? Number.NaN);
  if (Number.isNaN(lat) || Number.isNaN(lon)) return [];
  const places = pool.origins.map((origin) => origin.place);
  if (places.every((place) => place === undefined)) return [];
  return nearestFirst({ lat, lon }, places).filter((index) => pool.usable.includes(index));
}
