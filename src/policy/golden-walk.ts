/** Which slot the next request without affinity takes: a golden-ratio walk that visits all slots evenly. */
import { SLOTS } from "./slot-table.ts";

/**
 * 4,096 divided by the golden ratio, made odd: an odd step visits every slot once in 4,096 steps, and the golden
 * ratio keeps every shorter stretch of the walk spread as evenly as a step can (three-distance theorem).
 */
export const GOLDEN_STEP = 2531;

/**
 * The slot after `slot`. Each edge starts at a random slot: edges that start together and all begin at slot 0
 * would send their first requests to the same origin (seen in Envoy, issue 31378).
 */
export function nextSlot(slot: number): number {
  return (slot + GOLDEN_STEP) & (SLOTS - 1);
}

/** A random first slot from a random number in [0, 1). */
export function firstSlot(random: number): number {
  return Math.floor(random * SLOTS) & (SLOTS - 1);
}

/** A slot that goes with `slot` as a second choice: every slot once over all slots, and near none of its neighbours. */
export function pairedSlot(slot: number): number {
  return (slot * 1103 + 1789) & (SLOTS - 1);
}
