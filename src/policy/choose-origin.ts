/** Which origin a request goes to, under each of the pool's four policies. */
import { nextSlot, pairedSlot } from "./golden-walk.ts";
import { NOBODY, SLOTS, type SlotTable } from "./slot-table.ts";

export type BalancingPolicy = "weighted" | "least-loaded" | "nearest" | "failover";

/** What is known of the request: its user's hash (32 bit) when the pool keeps users at an origin, else a slot. */
export type Draw =
  | { readonly kind: "user"; readonly hash: number }
  | { readonly kind: "walk"; readonly slot: number };

/** What is known of the pool, by origin index. */
export interface PoolView {
  readonly policy: BalancingPolicy;
  /** Owner of each slot: where users live. */
  readonly slots: SlotTable;
  /** The same counts in runs: where requests without a user walk. */
  readonly walk: SlotTable;
  /** Origins that may take traffic, first choice of `failover` first (the order of the configuration). */
  readonly usable: readonly number[];
  /** True when the origin may take one more request (below its `max_in_flight`). */
  hasRoom(origin: number): boolean;
  /** Lower is better: requests open and latency. Asked by `least-loaded` only. */
  load(origin: number): number;
}

/**
 * The origin for one request, as an index, or {@link NOBODY} when none may take it.
 *
 * @param nearest origins by distance from the client, nearest first; empty when the client's or the origins'
 *   places are unknown, and then `nearest` is `weighted`
 */
export function chooseOrigin(pool: PoolView, draw: Draw, nearest: readonly number[] = []): number {
  switch (pool.policy) {
    case "failover":
      return firstWithRoom(pool, pool.usable);
    case "nearest":
      return nearest.length > 0 ? firstWithRoom(pool, nearest) : weighted(pool, draw);
    case "least-loaded":
      return leastLoaded(pool, draw);
    case "weighted":
      return weighted(pool, draw);
  }
}

function weighted(pool: PoolView, draw: Draw): number {
  const slot = draw.kind === "user" ? draw.hash & (SLOTS - 1) : draw.slot;
  const owner = ownerOf(pool, draw, slot);
  return owner === NOBODY || pool.hasRoom(owner) ? owner : spill(pool, draw, slot);
}

/** Two candidates, the better by load (power of two choices); both come from slots, so weights hold at equal load. */
function leastLoaded(pool: PoolView, draw: Draw): number {
  const firstCandidate = draw.kind === "user" ? draw.hash & (SLOTS - 1) : draw.slot;
  // The other bits of a user's hash, so that the second choice is as lasting as the first.
  const secondCandidate = draw.kind === "user" ? (draw.hash >>> 12) & (SLOTS - 1) : pairedSlot(draw.slot);
  const first = ownerOf(pool, draw, firstCandidate);
  if (first === NOBODY) return NOBODY;
  const second = otherOwner(pool, draw, secondCandidate, first);
  const firstHasRoom = pool.hasRoom(first);
  if (second === first || second === NOBODY || !pool.hasRoom(second)) {
    return firstHasRoom ? first : spill(pool, draw, firstCandidate);
  }
  return firstHasRoom && pool.load(first) <= pool.load(second) ? first : second;
}

/** The owner of the candidate slot or of one soon after it that is not `first`; with it alone, there is no choice. */
function otherOwner(pool: PoolView, draw: Draw, candidate: number, first: number): number {
  let slot = candidate;
  for (let step = 0; step < SPILL_STEPS; step++, slot = nextSlot(slot)) {
    const owner = ownerOf(pool, draw, slot);
    if (owner !== first) return owner;
  }
  return NOBODY;
}

function ownerOf(pool: PoolView, draw: Draw, slot: number): number {
  return (draw.kind === "user" ? pool.slots : pool.walk)[slot] ?? NOBODY;
}

/** Slots to look at for another owner before every origin is asked in turn: enough that weights shape the spill. */
const SPILL_STEPS = 16;

function spill(pool: PoolView, draw: Draw, slot: number): number {
  let next = slot;
  for (let step = 0; step < SPILL_STEPS; step++) {
    next = nextSlot(next);
    const owner = ownerOf(pool, draw, next);
    if (owner !== NOBODY && pool.hasRoom(owner)) return owner;
  }
  return firstWithRoom(pool, pool.usable);
}

function firstWithRoom(pool: PoolView, origins: readonly number[]): number {
  for (const origin of origins) if (pool.hasRoom(origin)) return origin;
  return NOBODY;
}
