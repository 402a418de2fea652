/** What operators are shown of a snapshot: states, weights and shares. */
import { countSlots, SLOTS } from "../policy/slot-table.ts";
import type { Status } from "./control-api.ts";
import type { Snapshot } from "./snapshot.ts";

export function statusOf(snapshot: Snapshot): Status {
  return {
    version: snapshot.version,
    pools: snapshot.config.pools.map((pool) => {
      const table = snapshot.slots[pool.name];
      const counts = table === undefined ? [] : countSlots(table.slots, table.origins.length);
      return {
        name: pool.name,
        origins: pool.origins.map((origin, index) => ({
          name: origin.name,
          state: "healthy",
          weight: origin.weight,
          effectiveWeight: origin.weight,
          share: (counts[index] ?? 0) / SLOTS,
        })),
      };
    }),
    rooms: snapshot.config.rooms.map((room) => ({
      name: room.name,
      mode: room.mode,
      waiting: 0,
      active: 0,
      leased: 0,
      limit: room.active_limit,
    })),
  };
}
