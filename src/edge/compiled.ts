/** A snapshot made ready for the hot path: routes compiled, slots in force, and what the edge has seen of each origin. */
import type { Config, Pool } from "../config/load.ts";
import type { Snapshot } from "../config/snapshot.ts";
import type { PoolView } from "../policy/choose-origin.ts";
import { firstSlot } from "../policy/golden-walk.ts";
import { countOpen, type InFlight, noneInFlight } from "../policy/in-flight.ts";
import { expectedLatencyMs, type Latency } from "../policy/latency.ts";
import { type Place, REGION_PLACES } from "../policy/place.ts";
import { compileRoutes, type RouteMatcher } from "../policy/route-match.ts";
import { lendSlots, type SlotTable, walkOrder } from "../policy/slot-table.ts";

/** What this edge has seen of an origin; outlives snapshots. */
interface OriginLoad {
  readonly inFlight: InFlight;
  readonly latency: Latency;
}

export interface OriginRuntime extends OriginLoad {
  readonly name: string;
  /** Scheme, host and port, without a slash at the end. */
  readonly base: string;
  readonly place: Place | undefined;
}

export interface PoolRuntime extends PoolView {
  readonly name: string;
  readonly origins: readonly OriginRuntime[];
  readonly keepsUsers: boolean;
  readonly timeoutMs: number;
  /** The slot of the next request without a user. */
  walkSlot: number;
}

export interface Compiled {
  readonly version: number;
  readonly edge: Config["edge"];
  readonly identity: Config["identity"];
  readonly match: RouteMatcher;
  readonly routes: readonly { readonly name: string; readonly pool: PoolRuntime }[];
}

/** Compiles `snapshot`, keeping what `before` has seen of the origins that stay. */
export function compile(
  snapshot: Snapshot,
  before: Compiled | undefined,
  nowMs: number,
  random: number,
): Compiled {
  const known = new Map<string, OriginLoad>();
  for (const { pool } of before?.routes ?? []) {
    for (const origin of pool.origins) known.set(`${pool.name} ${origin.name} ${origin.base}`, origin);
  }
  const pools = new Map(
    snapshot.config.pools.map((pool) => [pool.name, compilePool(pool, snapshot, known, nowMs, random)]),
  );
  return {
    version: snapshot.version,
    edge: snapshot.config.edge,
    identity: snapshot.config.identity,
    match: compileRoutes(snapshot.config.routes),
    routes: snapshot.config.routes.map((route) => {
      const pool = pools.get(route.pool);
      if (pool === undefined) throw new Error(`route ${route.path} names no pool of the snapshot`);
      return { name: route.name ?? route.path, pool };
    }),
  };
}

function compilePool(
  pool: Pool,
  snapshot: Snapshot,
  known: ReadonlyMap<string, OriginLoad>,
  nowMs: number,
  random: number,
): PoolRuntime {
  const timeoutMs = pool.timeout;
  const origins = pool.origins.map((origin): OriginRuntime => {
    const base = new URL(origin.url).origin;
    const load = known.get(`${pool.name} ${origin.name} ${base}`);
    return {
      name: origin.name,
      base,
      place: placeOf(origin),
      inFlight: load?.inFlight ?? noneInFlight(nowMs),
      latency: load?.latency ?? { ms: 0, atMs: nowMs },
    };
  });
  const available = pool.origins.map((origin) => origin.weight > 0);
  const slots = lendSlots(slotsOf(snapshot, pool.name), available);
  const ceilings = pool.origins.map((origin) => origin.max_in_flight);
  const open = (index: number): number => {
    const origin = origins[index];
    return origin === undefined ? 0 : countOpen(origin.inFlight, Date.now(), timeoutMs);
  };
  const latencyMs = (index: number): number => {
    const latency = origins[index]?.latency;
    return latency === undefined ? 0 : expectedLatencyMs(latency, Date.now());
  };
  return {
    name: pool.name,
    policy: pool.policy,
    keepsUsers: pool.affinity === "user",
    timeoutMs,
    origins,
    slots,
    walk: walkOrder(slots, origins.length),
    usable: available.flatMap((isAvailable, index) => (isAvailable ? [index] : [])),
    walkSlot: firstSlot(random),
    hasRoom: (index) => {
      const ceiling = ceilings[index] ?? 0;
      return ceiling === 0 || open(index) < ceiling;
    },
    load: (index) => (open(index) + 1) * Math.max(1, latencyMs(index)),
  };
}

function slotsOf(snapshot: Snapshot, pool: string): SlotTable {
  const table = snapshot.slots[pool];
  if (table === undefined) throw new Error(`the snapshot has no slots for pool ${pool}`);
  return table.slots;
}

function placeOf(origin: Pool["origins"][number]): Place | undefined {
  if (origin.lat !== undefined && origin.lon !== undefined) return { lat: origin.lat, lon: origin.lon };
  return origin.region === undefined ? undefined : REGION_PLACES[origin.region];
}
