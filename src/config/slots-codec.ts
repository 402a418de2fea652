/** Slot tables as text, for storage and caches. */
import { SLOTS } from "../policy/slot-table.ts";
import type { PoolSlots, Snapshot } from "./snapshot.ts";

/** One row a pool: name, origins, slots in base64. */
export function encodeSlots(slots: Snapshot["slots"]): string {
  return JSON.stringify(
    Object.entries(slots).map(([pool, { origins, slots: table }]) => [pool, origins, table.toBase64()]),
  );
}

/** The inverse of {@link encodeSlots}; throws on text that it did not write. */
export function decodeSlots(text: string): Record<string, PoolSlots> {
  const rows = JSON.parse(text) as [string, string[], string][];
  return Object.fromEntries(
    rows.map(([pool, origins, table]) => {
      const slots = Uint8Array.fromBase64(table);
      if (slots.length !== SLOTS) throw new Error(`pool ${pool} has ${slots.length} slots, not ${SLOTS}`);
      return [pool, { origins, slots }];
    }),
  );
}
