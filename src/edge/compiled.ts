/** A snapshot made ready for the hot path: routes compiled, and each pool with what the edge has seen of its origins. */

import { withAnnouncements } from "../config/announcements.ts";
import { credentialFieldsOf } from "../config/credential-fields.ts";
import type { OriginHealth } from "../config/health-report.ts";
import type { Config, Pool } from "../config/load.ts";
import { type Seats, seatsOf } from "../config/seats.ts";
import { type ServicePlan, type ServiceWord, servicePlan } from "../config/service.ts";
import { healthIn, type Snapshot, slotsIn } from "../config/snapshot.ts";
import type { Availability } from "../policy/availability.ts";
import type { BalancingPolicy } from "../policy/choose-origin.ts";
import { nobodyPresent, type Presence, renamePresent } from "../policy/drain.ts";
import { firstSlot } from "../policy/golden-walk.ts";
import { noOutcomes } from "../policy/outlier.ts";
import { type Place, REGION_PLACES } from "../policy/place.ts";
import { fullBudget, type RetryBudget } from "../policy/retry-budget.ts";
import { COMMON_LANE } from "../policy/room-rules.ts";
import { compileRoutes, type RouteMatcher } from "../policy/route-match.ts";
import type { Rescues } from "../policy/second-attempt.ts";
import type { Sharding } from "../policy/sharding.ts";
import type { SlotTable } from "../policy/slot-table.ts";
import { type LimitRuntime, limitRuntime, newSessionsLimit } from "./limit-runtime.ts";
import { newMemory, type OriginMemory } from "./origin-memory.ts";
import {
  type OriginSeries,
  originSeries,
  type PoolSeries,
  poolSeries,
  type RouteSeries,
  routeSeries,
} from "./request-series.ts";
import { type RoomRuntime, roomRuntime } from "./room-runtime.ts";

export interface OriginRuntime {
  readonly name: string;
  /** Scheme, host and port, without a slash at the end. */
  readonly base: string;
  readonly place: Place | undefined;
  readonly weight: number;
  readonly priority: number;
  readonly maxInFlight: number;
  readonly service: ServicePlan;
  readonly health: OriginHealth | undefined;
  readonly memory: OriginMemory;
  readonly series: OriginSeries;
}

export interface PoolRuntime {
  readonly name: string;
  readonly config: Pool;
  readonly policy: BalancingPolicy;
  readonly keepsUsers: boolean;
  /** Undefined when no cookie tells where users are. */
  readonly seats: Seats | undefined;
  readonly timeoutMs: number;
  readonly origins: readonly OriginRuntime[];
  /** Who owns each slot when all is well. */
  readonly owners: SlotTable;
  readonly memory: PoolMemory;
  readonly series: PoolSeries;
  /** When Control was last heard; shared by all pools of all snapshots of this edge. */
  readonly heard: Heard;
  /** What the origins take now; undefined until it is first needed. */
  state: PoolState | undefined;
}

/** What a pool's origins take at a moment. */
export interface PoolState {
  readonly kind: "normal" | "panic" | "maintenance";
  readonly origins: readonly Availability[];
  /** Owner of each slot for users who are placed now. */
  readonly slots: SlotTable;
  /** The same counts in runs, for requests without a user. */
  readonly walk: SlotTable;
  /** Origins that may be placed at, best first for `failover`. */
  readonly usable: readonly number[];
  readonly services: readonly ServiceWord[];
  /** True when some origin drains: then present users are looked for. */
  readonly hasDrain: boolean;
  /** Indexes of origins whose ejection is on trial. */
  readonly onTrial: readonly number[];
  /** Epoch milliseconds. */
  readonly workedOutAtMs: number;
  /** When it must be worked out again, epoch milliseconds. */
  readonly validUntilMs: number;
}

/** Epoch milliseconds of this edge's clock. */
export interface Heard {
  atMs: number;
}

/** What this edge remembers of a pool; outlives snapshots. */
export interface PoolMemory {
  /** The slot of the next request without a user. */
  walkSlot: number;
  budget: RetryBudget;
  readonly rescues: Rescues;
  /** Users by hash, and the index of the origin that served them. */
  readonly presence: Presence;
}

export interface RouteRuntime {
  readonly name: string;
  readonly pool: PoolRuntime;
  /** For how long a kept answer may stand in for an error; 0 when the route did not opt in. */
  readonly staleIfErrorMs: number;
  /** Those of the route and those of its pool. */
  readonly limits: readonly LimitRuntime[];
  /** Tokens that a request takes from each. */
  readonly cost: number;
  /** The value of `RateLimit-Policy`; "" when no limit is enforced. */
  readonly policyField: string;
  /** The room in front of it; undefined when there is none. */
  readonly room: RoomRuntime | undefined;
  /** The lane in which its users wait. */
  readonly lane: string;
  readonly series: RouteSeries;
}

export interface Compiled {
  readonly version: number;
  /** As Control gave it. */
  readonly source: Snapshot;
  readonly edge: Config["edge"];
  readonly identity: Config["identity"];
  /** The header trusted for the client's address, and the one that carries API keys; in lower case. */
  readonly clientAddressHeader: string;
  readonly apiKeyHeader: string | undefined;
  readonly admin: Config["admin"];
  readonly logs: Config["logs"];
  readonly page: Config["page"];
  /** Request fields, in lower case, that name a user. */
  readonly credentialFields: ReadonlySet<string>;
  readonly match: RouteMatcher;
  readonly routes: readonly RouteRuntime[];
  readonly pools: readonly PoolRuntime[];
  /** By name. */
  readonly rooms: ReadonlyMap<string, RoomRuntime>;
  readonly heard: Heard;
  readonly limiter: Config["limiter"];
  readonly sharding: Sharding;
  /** The cap on sessions that the edge cannot verify; undefined when there are none. */
  readonly newSessions: LimitRuntime | undefined;
}

/** Compiles `snapshot`, keeping what `before` remembers of the pools and origins that stay. */
export function compile(
  snapshot: Snapshot,
  before: Compiled | undefined,
  nowMs: number,
  random: number,
): Compiled {
  const heard = before?.heard ?? { atMs: nowMs };
  const pools = new Map(
    snapshot.config.pools.map((pool) => {
      const known = before?.pools.find(({ name }) => name === pool.name);
      return [pool.name, compilePool(pool, snapshot, known, heard, nowMs, random)];
    }),
  );
  const limits = new Map(snapshot.config.limits.map((limit) => [limit.name, limitRuntime(limit)]));
  const rooms = new Map(snapshot.config.rooms.map((room) => [room.name, roomRuntime(room, snapshot)]));
  const { opaque } = snapshot.config.identity;
  return {
    version: snapshot.version,
    source: snapshot,
    limiter: snapshot.config.limiter,
    sharding: snapshot.sharding,
    newSessions:
      opaque === undefined
        ? undefined
        : newSessionsLimit(opaque.new_per_ip_per_minute, snapshot.config.limits),
    edge: snapshot.config.edge,
    identity: snapshot.config.identity,
    clientAddressHeader: snapshot.config.edge.client_ip_header.toLowerCase(),
    apiKeyHeader: snapshot.config.identity.api_keys?.header.toLowerCase(),
    admin: snapshot.config.admin,
    // Control may be of a release before, during a gradual deployment.
    logs: snapshot.config.logs ?? { sample: 0 },
    page: withAnnouncements(snapshot.config.page, snapshot.announcements),
    credentialFields: credentialFieldsOf(snapshot.config),
    match: compileRoutes(snapshot.config.routes),
    pools: [...pools.values()],
    rooms,
    heard,
    routes: snapshot.config.routes.map((route) => {
      const pool = pools.get(route.pool);
      if (pool === undefined) throw new Error(`route ${route.path} names no pool of the snapshot`);
      const own = [...new Set([...pool.config.limits, ...route.limits])].flatMap(
        (name) => limits.get(name) ?? [],
      );
      return {
        name: route.name,
        pool,
        staleIfErrorMs: route.stale_if_error ?? 0,
        limits: own,
        cost: route.cost,
        policyField: own
          .filter(({ isShadow }) => !isShadow)
          .map(({ policyItem }) => policyItem)
          .join(", "),
        room: route.room === undefined ? undefined : rooms.get(route.room),
        lane: route.lane ?? COMMON_LANE,
        series: routeSeries(route.name),
      };
    }),
  };
}

function compilePool(
  pool: Pool,
  snapshot: Snapshot,
  known: PoolRuntime | undefined,
  heard: Heard,
  nowMs: number,
  random: number,
): PoolRuntime {
  const owners = slotsIn(snapshot, pool.name)?.slots;
  if (owners === undefined) throw new Error(`the snapshot has no slots for pool ${pool.name}`);
  return {
    name: pool.name,
    config: pool,
    policy: pool.policy,
    keepsUsers: pool.affinity === "user",
    seats: seatsOf(pool),
    timeoutMs: pool.timeout,
    origins: pool.origins.map((origin) => {
      const base = new URL(origin.url).origin;
      const same = known?.origins.find((other) => other.name === origin.name && other.base === base);
      const health = healthIn(snapshot, pool.name, origin.name);
      const memory = same?.memory ?? newMemory(nowMs, pool.ejection.window);
      if (known !== undefined && known.config.ejection.window !== pool.ejection.window) {
        memory.stats = noOutcomes(pool.ejection.window);
      }
      return {
        name: origin.name,
        base,
        place: placeOf(origin),
        weight: origin.weight,
        priority: origin.priority,
        maxInFlight: origin.max_in_flight,
        service: servicePlan(snapshot, pool.name, origin.name),
        health,
        memory,
        series: originSeries(pool.name, origin.name),
      };
    }),
    owners,
    series: poolSeries(pool.name),
    memory: poolMemory(pool, known, nowMs, random),
    heard,
    state: undefined,
  };
}

/** What is remembered goes on; where its settings or the origins' order changed, it is fitted. */
function poolMemory(pool: Pool, known: PoolRuntime | undefined, nowMs: number, random: number): PoolMemory {
  const newBudget = () => fullBudget(pool.retry.budget_tokens, pool.retry.budget_ratio);
  if (known === undefined) {
    return {
      walkSlot: firstSlot(random),
      budget: newBudget(),
      rescues: { sinceMs: nowMs, made: 0 },
      presence: nobodyPresent(nowMs),
    };
  }
  const { memory, config } = known;
  const isSameBudget =
    config.retry.budget_tokens === pool.retry.budget_tokens &&
    config.retry.budget_ratio === pool.retry.budget_ratio;
  if (!isSameBudget) memory.budget = newBudget();
  const before = config.origins.map(({ name }) => name);
  const after = pool.origins.map(({ name }) => name);
  if (before.join(" ") !== after.join(" ")) renamePresent(memory.presence, before, after);
  return memory;
}

function placeOf(origin: Pool["origins"][number]): Place | undefined {
  if (origin.lat !== undefined && origin.lon !== undefined) return { lat: origin.lat, lon: origin.lon };
  return origin.region === undefined ? undefined : REGION_PLACES[origin.region];
}
