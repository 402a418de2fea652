/** What a change would do, told before it is done: shares old and new, and how many users move. */
import { countSlots, movedShare, renameOwners, SLOTS } from "../policy/slot-table.ts";
import type { Room } from "./load.ts";
import { type Snapshot, slotsIn, weightsOf } from "./snapshot.ts";

export interface OriginChange {
  readonly origin: string;
  /** Configured weight; absent when the origin is new. */
  readonly weightBefore?: number;
  /** Absent when the origin leaves. */
  readonly weightAfter?: number;
  /** Share of users, 0 to 1, counted in slots. */
  readonly shareBefore: number;
  readonly shareAfter: number;
}

export interface PoolChange {
  readonly pool: string;
  readonly kind: "added" | "removed" | "changed";
  /** Share of the pool's users whose origin changes, 0 to 1. */
  readonly moved: number;
  readonly origins: readonly OriginChange[];
}

/** A room that an operator changes by command. */
export interface RoomChange {
  readonly room: string;
  /** Absent for a room that is not in the configuration any more. */
  readonly before?: RoomInForce;
  readonly after?: RoomInForce;
}

/** What a room does at a moment while all its regions are there. */
export interface RoomInForce {
  readonly mode: Room["mode"];
  readonly activeLimit: number;
  readonly admitPerMinute: number;
}

export interface ChangePlan {
  readonly fromVersion: number;
  readonly toVersion: number;
  /** Pools whose origins, weights or users' places change. */
  readonly pools: readonly PoolChange[];
  /** Other top-level parts that differ, by their key in the file. */
  readonly otherParts: readonly string[];
  /** Rooms that are changed by command. */
  readonly rooms?: readonly RoomChange[];
}

/** Compares two snapshots. A plan without pools and parts is no change. */
export function planChange(before: Snapshot, after: Snapshot): ChangePlan {
  const names = new Set([...Object.keys(before.slots), ...Object.keys(after.slots)]);
  const pools = [...names].flatMap((name) => poolChange(before, after, name));
  return {
    fromVersion: before.version,
    toVersion: after.version,
    pools,
    otherParts: differingParts(before, after),
  };
}

/** True when the plan changes nothing at all. */
export function isEmptyPlan(plan: ChangePlan): boolean {
  return plan.pools.length === 0 && plan.otherParts.length === 0;
}

function poolChange(before: Snapshot, after: Snapshot, name: string): PoolChange[] {
  const old = slotsIn(before, name);
  const now = slotsIn(after, name);
  const oldWeights = weightsByOrigin(before, name);
  const newWeights = weightsByOrigin(after, name);
  const origins = [...new Set([...oldWeights.keys(), ...newWeights.keys()])];
  const shareIn = (slots: typeof old, origin: string): number => {
    if (slots === undefined) return 0;
    const index = slots.origins.indexOf(origin);
    return index < 0 ? 0 : (countSlots(slots.slots, slots.origins.length)[index] ?? 0) / SLOTS;
  };
  const moved =
    old === undefined || now === undefined
      ? 0
      : movedShare(renameOwners(old.slots, old.origins, now.origins), now.slots);
  const changes = origins.map((origin) => {
    const weightBefore = oldWeights.get(origin);
    const weightAfter = newWeights.get(origin);
    return {
      origin,
      ...(weightBefore === undefined ? {} : { weightBefore }),
      ...(weightAfter === undefined ? {} : { weightAfter }),
      shareBefore: shareIn(old, origin),
      shareAfter: shareIn(now, origin),
    };
  });
  const kind = old === undefined ? "added" : now === undefined ? "removed" : "changed";
  const same =
    kind === "changed" &&
    moved === 0 &&
    changes.every(
      (change) => change.weightBefore === change.weightAfter && change.weightBefore !== undefined,
    );
  return same ? [] : [{ pool: name, kind, moved, origins: changes }];
}

function weightsByOrigin(snapshot: Snapshot, poolName: string): Map<string, number> {
  const pool = snapshot.config.pools.find((candidate) => candidate.name === poolName);
  if (pool === undefined) return new Map();
  const weights = weightsOf(pool);
  return new Map(pool.origins.map((origin, index) => [origin.name, weights[index] ?? 0]));
}

/** Everything but the weights, compared as data; a pool's other settings count as the part `pools`. */
function differingParts(before: Snapshot, after: Snapshot): string[] {
  const old = partsOf(before);
  const now = partsOf(after);
  return [...new Set([...old.keys(), ...now.keys()])].filter((key) => old.get(key) !== now.get(key)).sort();
}

function partsOf(snapshot: Snapshot): Map<string, string> {
  const withoutWeights = {
    ...snapshot.config,
    pools: snapshot.config.pools.map((pool) => ({
      ...pool,
      origins: pool.origins.map(({ weight: _, ...rest }) => rest),
    })),
  };
  return new Map(Object.entries(withoutWeights).map(([key, value]) => [key, JSON.stringify(value)]));
}
