/** What operators are shown of a snapshot: states with their reasons, weights, shares and what monitors saw. */
import {
  type Availability,
  availabilityOf,
  hasComeBack,
  type OriginSignals,
} from "../policy/availability.ts";
import { NEVER_EJECTED } from "../policy/ejection.ts";
import { PANIC_DEFAULTS, poolAvailability } from "../policy/panic.ts";
import { countSlots, NOBODY, SLOTS } from "../policy/slot-table.ts";
import { slowStartFactor } from "../policy/slow-start.ts";
import type { Status } from "./control-api.ts";
import { slowStartOptionsOf } from "./health-options.ts";
import type { ProbeRecord } from "./health-report.ts";
import type { Config, Pool } from "./load.ts";
import { reachableShare } from "./room-settings.ts";
import { roomStatus, type SeenRoom } from "./room-status.ts";
import { servicePlan, serviceWord } from "./service.ts";
import { healthIn, type Snapshot, slotsIn } from "./snapshot.ts";
import { windowsOf } from "./window-list.ts";

/** A monitor's last word. */
export interface LastProbe {
  readonly healthy: boolean;
  readonly record: ProbeRecord;
}

/** An origin as Control sees it; an edge may have ejected it for itself. */
export interface SeenOrigin extends Availability {
  /** Epoch milliseconds; undefined when it was there from the start, or has its full share again. */
  readonly returnedAtMs: number | undefined;
}

/** What statuses tell of traffic and of the version before. */
export interface Measured {
  /** Requests of the last seconds, by pool and origin. */
  readonly asked: ReadonlyMap<string, number>;
  readonly before: Snapshot | undefined;
}

/**
 * @param lastProbes by vantage, for an origin of a pool
 * @param known what {@link availabilities} says
 * @param seenRooms what Room objects say of themselves
 */
export function statusOf(
  snapshot: Snapshot,
  nowMs: number,
  lastProbes: (pool: string, origin: string) => ReadonlyMap<string, LastProbe> = () => new Map(),
  known: ReadonlyMap<string, SeenOrigin> = availabilities(snapshot, nowMs, new Map()),
  seenRooms: ReadonlyMap<string, SeenRoom> = new Map(),
  { asked, before }: Measured = { asked: new Map(), before: undefined },
): Omit<Status, "tag" | "edges"> {
  return {
    version: snapshot.version,
    pools: snapshot.config.pools.map((pool) => {
      const table = slotsIn(snapshot, pool.name);
      const askedOf = (origin: string) => asked.get(`${pool.name} ${origin}`) ?? 0;
      const allAsked = pool.origins.reduce((sum, { name }) => sum + askedOf(name), 0);
      const counts = table === undefined ? [] : countSlots(table.slots, table.origins.length);
      return {
        name: pool.name,
        slotsMoved: before === undefined ? 0 : slotsMoved(before, snapshot, pool.name),
        kind: poolKind(snapshot, pool, known, nowMs),
        ...(pool.health === undefined ? {} : { healthIntervalMs: pool.health.interval }),
        origins: pool.origins.map((origin, index) => {
          const { state, reason, factor } =
            known.get(`${pool.name} ${origin.name}`) ??
            seenOrigin(snapshot, pool, origin.name, nowMs, undefined);
          return {
            name: origin.name,
            state,
            reason,
            weight: origin.weight,
            effectiveWeight: Math.round(origin.weight * factor * 100) / 100,
            share: (counts[index] ?? 0) / SLOTS,
            ...(allAsked === 0 ? {} : { measuredShare: askedOf(origin.name) / allAsked }),
            probes: [...lastProbes(pool.name, origin.name)].map(([vantage, { healthy, record }]) => ({
              vantage,
              healthy,
              ageMs: Math.max(0, nowMs - record.atMs),
              status: record.status,
              reason: record.reason,
            })),
          };
        }),
      };
    }),
    rooms: snapshot.config.rooms.map((room) =>
      roomStatus(
        snapshot,
        room,
        reachableOf(snapshot.config, room.name, known),
        nowMs,
        seenRooms.get(room.name),
      ),
    ),
    limits: snapshot.config.limits.map(({ name, key, mode, capacity, refill, interval, store }) => ({
      name,
      key,
      mode,
      capacity,
      refill,
      intervalMs: interval,
      store,
    })),
    announcements: snapshot.announcements.filter(({ endMs }) => nowMs < endMs),
    overrides: snapshot.overrides,
    windows: windowsOf(snapshot, nowMs),
  };
}

/** Slots whose owner has another name; none of a pool that is new. */
function slotsMoved(before: Snapshot, after: Snapshot, pool: string): number {
  const [from, to] = [slotsIn(before, pool), slotsIn(after, pool)];
  if (from === undefined || to === undefined) return 0;
  return to.slots.reduce(
    (sum, owner, slot) => sum + Number(to.origins[owner] !== from.origins[from.slots[slot] ?? NOBODY]),
    0,
  );
}

/** How a whole pool stands, as Control sees it. */
export function poolKind(
  snapshot: Snapshot,
  pool: Pool,
  known: ReadonlyMap<string, SeenOrigin>,
  nowMs: number,
): Status["pools"][number]["kind"] {
  const origins = pool.origins.map(({ name, weight }) => ({
    weight,
    availability: known.get(`${pool.name} ${name}`) ?? seenOrigin(snapshot, pool, name, nowMs, undefined),
  }));
  return poolAvailability(origins, { ...PANIC_DEFAULTS, threshold: pool.panic_threshold / 100 }).kind;
}

/**
 * Slow start is shown as far as time allows it. Each edge counts the successes of its own that it needs besides, so one
 * that has few requests for the origin may send it less than this.
 */
function seenOrigin(
  snapshot: Snapshot,
  pool: Pool,
  origin: string,
  nowMs: number,
  previous: SeenOrigin | undefined,
): SeenOrigin {
  const health = healthIn(snapshot, pool.name, origin);
  const slowStart = slowStartOptionsOf(pool);
  const returnOf = (atMs: number | undefined) =>
    atMs === undefined ? undefined : { sinceMs: nowMs - atMs, successes: Number.POSITIVE_INFINITY };
  const signals: Omit<OriginSignals, "returned"> = {
    override: serviceWord(servicePlan(snapshot, pool.name, origin), nowMs).word,
    probes: health?.probes ?? "unknown",
    ejection: health?.ejection ?? NEVER_EJECTED,
    ejectionHolds: true,
    capacity: health?.capacity,
  };
  const seenAt = (returnedAtMs: number | undefined): SeenOrigin => {
    const returned = slowStart === undefined ? undefined : returnOf(returnedAtMs);
    const isOver = returned === undefined || slowStartFactor(returned, slowStart) >= 1;
    return {
      ...availabilityOf({ ...signals, returned }, previous, nowMs, slowStart),
      returnedAtMs: isOver ? undefined : returnedAtMs,
    };
  };
  const seen = seenAt(previous?.returnedAtMs);
  return hasComeBack(previous, seen) ? seenAt(nowMs) : seen;
}

/** Each origin's availability as Control sees it, by pool and origin, after what it was before: states are held. */
export function availabilities(
  snapshot: Snapshot,
  nowMs: number,
  previous: ReadonlyMap<string, SeenOrigin>,
): Map<string, SeenOrigin> {
  return new Map(
    snapshot.config.pools.flatMap((pool) =>
      pool.origins.map(({ name }) => {
        const key = `${pool.name} ${name}`;
        return [key, seenOrigin(snapshot, pool, name, nowMs, previous.get(key))] as const;
      }),
    ),
  );
}

/** What a room's limit is to shrink to while regions are out; see {@link reachableShare}. */
export function reachableOf(config: Config, room: string, known: ReadonlyMap<string, SeenOrigin>): number {
  return reachableShare(config, room, (pool, origin) => known.get(`${pool} ${origin}`)?.factor ?? 0);
}
