/** What operators are shown of a snapshot: states with their reasons, weights, shares and what monitors saw. */
import { type Availability, availabilityOf } from "../policy/availability.ts";
import { NEVER_EJECTED } from "../policy/ejection.ts";
import { countSlots, SLOTS } from "../policy/slot-table.ts";
import type { Status } from "./control-api.ts";
import type { ProbeRecord } from "./health-report.ts";
import type { Config } from "./load.ts";
import { servicePlan, serviceWord } from "./service.ts";
import { healthIn, type Snapshot, slotsIn } from "./snapshot.ts";
import { windowsOf } from "./window-list.ts";

/** A monitor's last word. */
export interface LastProbe {
  readonly healthy: boolean;
  readonly record: ProbeRecord;
}

/**
 * @param lastProbes by vantage, for an origin of a pool
 * @param known what {@link availabilities} says
 */
export function statusOf(
  snapshot: Snapshot,
  nowMs: number,
  lastProbes: (pool: string, origin: string) => ReadonlyMap<string, LastProbe> = () => new Map(),
  known: ReadonlyMap<string, Availability> = availabilities(snapshot, nowMs, new Map()),
): Status {
  return {
    version: snapshot.version,
    pools: snapshot.config.pools.map((pool) => {
      const table = slotsIn(snapshot, pool.name);
      const counts = table === undefined ? [] : countSlots(table.slots, table.origins.length);
      return {
        name: pool.name,
        origins: pool.origins.map((origin, index) => {
          const { state, reason, factor } =
            known.get(`${pool.name} ${origin.name}`) ??
            availabilityIn(snapshot, pool.name, origin.name, nowMs, undefined);
          return {
            name: origin.name,
            state,
            reason,
            weight: origin.weight,
            effectiveWeight: Math.round(origin.weight * factor * 100) / 100,
            share: (counts[index] ?? 0) / SLOTS,
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
    rooms: snapshot.config.rooms.map(roomStatus),
    overrides: snapshot.overrides,
    windows: windowsOf(snapshot, nowMs),
  };
}

/** As Control sees it; an edge may have ejected an origin for itself. */
function availabilityIn(
  snapshot: Snapshot,
  pool: string,
  origin: string,
  nowMs: number,
  previous: Availability | undefined,
): Availability {
  const health = healthIn(snapshot, pool, origin);
  return availabilityOf(
    {
      override: serviceWord(servicePlan(snapshot, pool, origin), nowMs).word,
      probes: health?.probes ?? "unknown",
      ejection: health?.ejection ?? NEVER_EJECTED,
      ejectionHolds: true,
      returned: undefined,
      capacity: health?.capacity,
    },
    previous,
    nowMs,
  );
}

/** Each origin's availability as Control sees it, by pool and origin, after what it was before: states are held. */
export function availabilities(
  snapshot: Snapshot,
  nowMs: number,
  previous: ReadonlyMap<string, Availability>,
): Map<string, Availability> {
  return new Map(
    snapshot.config.pools.flatMap((pool) =>
      pool.origins.map(({ name }) => {
        const key = `${pool.name} ${name}`;
        return [key, availabilityIn(snapshot, pool.name, name, nowMs, previous.get(key))] as const;
      }),
    ),
  );
}

function roomStatus(room: Config["rooms"][number]): Status["rooms"][number] {
  return { name: room.name, mode: room.mode, waiting: 0, active: 0, leased: 0, limit: room.active_limit };
}
