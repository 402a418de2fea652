/** The stage that picks the origin for an attempt. */
import { chooseOrigin, type Draw, type PoolView } from "../policy/choose-origin.ts";
import { decideDrain, wasPresent } from "../policy/drain.ts";
import { mayTry } from "../policy/ejection.ts";
import { writableOrigins } from "../policy/failed-writes.ts";
import { nextSlot } from "../policy/golden-walk.ts";
import { affinityHash } from "../policy/identity-key.ts";
import { countOpen } from "../policy/in-flight.ts";
import { expectedLatencyMs } from "../policy/latency.ts";
import { nearestFirst } from "../policy/place.ts";
import { NOBODY, SLOTS } from "../policy/slot-table.ts";
import type { PoolRuntime, PoolState } from "./compiled.ts";
import { ejectionOf } from "./pool-state.ts";
import { seatIn } from "./seat.ts";
import type { Visit } from "./visit.ts";

export type Placement =
  | { readonly kind: "origin"; readonly index: number; readonly isTrial: boolean }
  /** The whole pool is in maintenance. */
  | { readonly kind: "maintenance" }
  /** Most of the pool is out: a write must not go to what is left of it. */
  | { readonly kind: "busy" }
  /** Nobody can take it. */
  | { readonly kind: "none" };

/** What kind of attempt is to be placed. */
export interface Attempt {
  readonly isWrite: boolean;
  /** A read that may be sent again elsewhere, and so may try an ejected origin. */
  readonly mayTry: boolean;
  /** Origins that have been asked already. */
  readonly asked: readonly number[];
}

/** Where the attempt goes, by the pool's state at `nowMs`. */
export function balance(
  visit: Visit,
  pool: PoolRuntime,
  state: PoolState,
  attempt: Attempt,
  nowMs: number,
): Placement {
  if (state.kind === "maintenance") return { kind: "maintenance" };
  if (attempt.isWrite && state.kind === "panic" && pool.config.panic_writes === "busy")
    return { kind: "busy" };
  const trial = attempt.mayTry ? trialOrigin(pool, state, nowMs) : undefined;
  if (trial !== undefined) return { kind: "origin", index: trial, isTrial: true };

  const { key } = visit.caller;
  const draw: Draw =
    pool.keepsUsers && key !== undefined
      ? { kind: "user", hash: affinityHash(key) }
      : { kind: "walk", slot: takeSlot(pool) };
  const index =
    stayingAt(visit, pool, state, draw, attempt, nowMs) ?? placed(visit, pool, state, draw, attempt, nowMs);
  if (index === NOBODY) return { kind: "none" };
  return { kind: "origin", index, isTrial: false };
}

function takeSlot({ memory }: PoolRuntime): number {
  memory.walkSlot = nextSlot(memory.walkSlot);
  return memory.walkSlot;
}

function trialOrigin(pool: PoolRuntime, state: PoolState, nowMs: number): number | undefined {
  for (const index of state.onTrial) {
    const origin = pool.origins[index];
    // Its own word: in a panic the pool's says that all take reads, and without trials no panic would end.
    if (origin?.memory.availability?.reason !== "trial") continue;
    if (!mayTry(ejectionOf(origin), origin.memory.lastTriedAtMs, nowMs)) continue;
    origin.memory.lastTriedAtMs = nowMs;
    return index;
  }
  return undefined;
}

/** The draining origin where the user was last served, when they may stay. */
function stayingAt(
  visit: Visit,
  pool: PoolRuntime,
  state: PoolState,
  draw: Draw,
  attempt: Attempt,
  nowMs: number,
): number | undefined {
  if (!state.hasDrain || draw.kind === "walk") return undefined;
  const { seats } = pool;
  const seat = seats === undefined ? undefined : seatIn(visit, seats);
  for (const [index, { state: now, takesPresentUsers }] of state.origins.entries()) {
    if (now !== "draining" || !takesPresentUsers || attempt.asked.includes(index)) continue;
    const word = state.services[index]?.word;
    const deadlineMs = word?.kind === "drain" ? word.deadlineMs : undefined;
    const isPresent = wasPresent(pool.memory.presence, draw.hash, index, nowMs);
    const shown = mayLiveAt(pool, draw.hash, index) ? seat : undefined;
    const decision = decideDrain(deadlineMs, seats?.tags[index] ?? "", shown, isPresent, nowMs);
    if (decision.kind === "stays") return index;
  }
  return undefined;
}

/**
 * By weight a user lives at the owner of their slot only: a seat from before the weights changed, or one that was made up,
 * brings nobody to a draining origin. Under the other policies no origin is a user's own.
 */
function mayLiveAt({ policy, owners }: PoolRuntime, hash: number, index: number): boolean {
  return policy !== "weighted" || owners[hash & (SLOTS - 1)] === index;
}

function placed(
  visit: Visit,
  pool: PoolRuntime,
  state: PoolState,
  draw: Draw,
  attempt: Attempt,
  nowMs: number,
): number {
  const writable = attempt.isWrite ? writableNow(pool, state) : undefined;
  const open = (index: number): number => {
    const origin = pool.origins[index];
    return origin === undefined ? 0 : countOpen(origin.memory.inFlight, nowMs, pool.timeoutMs);
  };
  const view: PoolView = {
    policy: pool.policy,
    slots: state.slots,
    walk: state.walk,
    usable: state.usable,
    hasRoom: (index) => {
      const ceiling = pool.origins[index]?.maxInFlight ?? 0;
      return (
        (ceiling === 0 || open(index) < ceiling) &&
        !attempt.asked.includes(index) &&
        (writable === undefined || writable[index] === true)
      );
    },
    load: (index) => {
      const latency = pool.origins[index]?.memory.latency;
      const latencyMs = latency === undefined ? 0 : expectedLatencyMs(latency, nowMs);
      return (open(index) + 1) * Math.max(1, latencyMs);
    },
  };
  if (state.usable.length === 0) return NOBODY;
  return chooseOrigin(view, draw, pool.policy === "nearest" ? originsByDistance(visit, pool, state) : []);
}

/** Undefined while nothing stands against any origin: then every write may go where its user lives. */
function writableNow(pool: PoolRuntime, state: PoolState): readonly boolean[] | undefined {
  if (pool.origins.every(({ memory }) => memory.trust.failedAtMs === 0)) return undefined;
  return writableOrigins(
    pool.origins.map(({ memory }, index) => ({
      takesWrites: state.origins[index]?.takesWrites === true && state.usable.includes(index),
      trust: memory.trust,
    })),
  );
}

/** Usable origins, nearest first; empty when the client's place or all of theirs are unknown. */
function originsByDistance(visit: Visit, pool: PoolRuntime, state: PoolState): number[] {
  // The runtime tells degrees as text; a trusted proxy in front of bare workerd may tell numbers.
  const lat = Number(visit.request.cf?.latitude ?? Number.NaN);
  const lon = Number(visit.request.cf?.longitude ?? Number.NaN);
  if (Number.isNaN(lat) || Number.isNaN(lon)) return [];
  const places = pool.origins.map((origin) => origin.place);
  if (places.every((place) => place === undefined)) return [];
  return nearestFirst({ lat, lon }, places).filter((index) => state.usable.includes(index));
}
