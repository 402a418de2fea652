/** The snapshot: everything an edge needs to decide, in one value with a version. */

import { firstSharding, type Sharding } from "../policy/sharding.ts";
import { newTable, rebalance, renameOwners, type SlotTable } from "../policy/slot-table.ts";
import type { Announcement } from "./announcements.ts";
import type { OriginHealth, Override, PoolsHealth } from "./health-report.ts";
import type { Config, Pool } from "./load.ts";
import type { RoomOverrides } from "./room-override.ts";

/** Who owns a pool's slots, with the names that the owners' indexes stand for. */
export interface PoolSlots {
  readonly origins: readonly string[];
  readonly slots: SlotTable;
}

export interface Snapshot {
  /** Counts up with every change in Control; 0 is the configuration bundled in the Worker. */
  readonly version: number;
  readonly config: Config;
  /** By pool name. */
  readonly slots: Readonly<Record<string, PoolSlots>>;
  /** What monitors and traffic say of the origins. */
  readonly health: PoolsHealth;
  /** What operators have taken out of service. */
  readonly overrides: readonly Override[];
  /** What operators have said to rooms by command; a room that is not there goes by the file. */
  readonly rooms: RoomOverrides;
  /** What operators tell users by command. */
  readonly announcements: readonly Announcement[];
  /** Which shard has a user's buckets. */
  readonly sharding: Sharding;
}

/** The snapshot of a configuration that follows no other: a first version, or an edge that cannot reach Control. */
export function firstSnapshot(config: Config, version: number): Snapshot {
  const sharding = firstSharding(config.limiter.shards);
  const slots = slotsOf(config, newSlots);
  return { version, config, slots, health: {}, overrides: [], rooms: {}, announcements: [], sharding };
}

/**
 * The snapshot after a change: pools that stay keep their users but for those that must move.
 *
 * @param home the snapshot of the same configuration that the change goes back to (a rollback): every user comes
 *   home to where they were in it, however many changes lie between
 */
export function nextSnapshot(current: Snapshot, config: Config, version: number, home?: Snapshot): Snapshot {
  const slots = slotsOf(config, (pool) => {
    const back = home === undefined ? undefined : slotsIn(home, pool.name);
    if (back !== undefined) return back;
    const held = slotsIn(current, pool.name);
    if (held === undefined) return newSlots(pool);
    const names = pool.origins.map((origin) => origin.name);
    return {
      origins: names,
      slots: rebalance(renameOwners(held.slots, held.origins, names), weightsOf(pool)),
    };
  });
  const { health, overrides, rooms, announcements, sharding } = current;
  return { version, config, slots, health, overrides, rooms, announcements, sharding };
}

/** A pool's slots in a snapshot. A name such as `constructor` is a pool's only where the snapshot has that pool. */
export function slotsIn(snapshot: Snapshot, pool: string): PoolSlots | undefined {
  return Object.hasOwn(snapshot.slots, pool) ? snapshot.slots[pool] : undefined;
}

/** What is known of an origin's health; as with {@link slotsIn}, whatever its name. */
export function healthIn(snapshot: Snapshot, pool: string, origin: string): OriginHealth | undefined {
  const origins = Object.hasOwn(snapshot.health, pool) ? snapshot.health[pool] : undefined;
  return origins !== undefined && Object.hasOwn(origins, origin) ? origins[origin] : undefined;
}

/** The weights of a pool's origins, in their order. */
export function weightsOf(pool: Pool): number[] {
  return pool.origins.map((origin) => origin.weight);
}

function newSlots(pool: Pool): PoolSlots {
  return { origins: pool.origins.map((origin) => origin.name), slots: newTable(weightsOf(pool)) };
}

function slotsOf(config: Config, make: (pool: Pool) => PoolSlots): Record<string, PoolSlots> {
  return Object.fromEntries(config.pools.map((pool) => [pool.name, make(pool)]));
}
