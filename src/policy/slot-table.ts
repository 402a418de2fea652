/** Which origin owns each of a pool's 4,096 slots, and how slots change hands when weights change. */

/** Slots in a pool: a share is exact to 1/4096, and one byte a slot keeps a table at 4 KiB. */
export const SLOTS = 4096;

/** Most origins a table can name: an owner is one byte and {@link NOBODY} is taken. */
export const MAX_ORIGINS = 255;

/** The owner of a slot that no origin owns (its origin has left the pool, or nothing has weight). */
export const NOBODY = 255;

/** Owner of each slot, as an index into the pool's origins in the order of the configuration. */
export type SlotTable = Uint8Array;

/**
 * How many slots each weight is due: largest remainder (Hamilton), so each count is the exact quota rounded up
 * or down. A weight above zero gets at least one slot, zero gets none. Where rounding leaves a choice, an origin
 * that holds one of its two counts already keeps it, so that nobody moves for a rounding.
 *
 * @param weights finite numbers ≥ 0, at most {@link MAX_ORIGINS} of them
 * @param current slots held now, in the same order; left out for a new table
 * @returns counts that sum to {@link SLOTS}, or all zero when no weight is above zero
 */
export function slotCounts(weights: readonly number[], current?: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total <= 0) return weights.map(() => 0);

  const quotas = weights.map((weight) => (weight / total) * SLOTS);
  const counts = quotas.map((quota) => (quota > 0 ? Math.max(1, Math.floor(quota)) : 0));
  let left = SLOTS - counts.reduce((sum, count) => sum + count, 0);

  const byClaim = quotas
    .map((quota, index) => ({
      index,
      habit: habitOf(current?.[index], Math.floor(quota)),
      remainder: quota - Math.floor(quota),
    }))
    .filter(({ index, remainder }) => remainder > 0 && (quotas[index] ?? 0) >= 1)
    .sort((a, b) => b.habit - a.habit || b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byClaim) {
    if (left <= 0) break;
    counts[index] = (counts[index] ?? 0) + 1;
    left -= 1;
  }
  // Rounding errors of the quotas may leave one over, and slots lifted to one may have taken too many.
  while (left !== 0) {
    const largest = counts.indexOf(Math.max(...counts));
    const step = left > 0 ? left : Math.max(left, 1 - (counts[largest] ?? 0));
    counts[largest] = (counts[largest] ?? 0) + step;
    left -= step;
  }
  return counts;
}

/** 1 to keep the count above the quota, -1 to keep the one below, 0 when neither is held now. */
function habitOf(held: number | undefined, below: number): number {
  if (held === below + 1) return 1;
  return held === below ? -1 : 0;
}

/** A new table: each origin owns one run of slots, in order. The same weights always give the same table. */
export function newTable(weights: readonly number[]): SlotTable {
  return inRuns(slotCounts(weights));
}

/** How many slots each of `origins` owners holds. */
export function countSlots(table: SlotTable, origins: number): number[] {
  const counts = new Array<number>(origins).fill(0);
  for (const owner of table) if (owner < origins) counts[owner] = (counts[owner] ?? 0) + 1;
  return counts;
}

/**
 * The table for new weights, moving only the slots that must move: an origin that is due fewer gives up just the
 * surplus, an origin that is due more takes just what it lacks, and all others keep every slot.
 *
 * @param current the table in force
 * @param weights the new weights, in the order that `current` names
 * @param home a table of the same weights to come back to, so that an undone change brings every user home;
 *   left out: the new table of the same weights, where there is a choice
 */
export function rebalance(current: SlotTable, weights: readonly number[], home?: SlotTable): SlotTable {
  const held = countSlots(current, weights.length);
  const due = slotCounts(weights, home === undefined ? held : countSlots(home, weights.length));
  const preferred = home ?? inRuns(due);
  const next = current.slice();
  const lacking = due.map((count, index) => Math.max(0, count - (held[index] ?? 0)));
  const surplus = due.map((count, index) => Math.max(0, (held[index] ?? 0) - count));

  const give = (slot: number, taker: number): void => {
    const giver = next[slot] ?? NOBODY;
    if (giver < surplus.length) surplus[giver] = (surplus[giver] ?? 0) - 1;
    lacking[taker] = (lacking[taker] ?? 0) - 1;
    next[slot] = taker;
  };
  const isFree = (slot: number): boolean => {
    const owner = next[slot] ?? NOBODY;
    return owner >= surplus.length || (surplus[owner] ?? 0) > 0;
  };

  for (let slot = 0; slot < SLOTS; slot++) {
    const taker = preferred[slot] ?? NOBODY;
    if (taker !== next[slot] && (lacking[taker] ?? 0) > 0 && isFree(slot)) give(slot, taker);
  }
  let taker = 0;
  // From the end, so that what is left of a run stays in one piece at its start.
  for (let slot = SLOTS - 1; slot >= 0; slot--) {
    while (taker < lacking.length && (lacking[taker] ?? 0) <= 0) taker++;
    if (taker === lacking.length) break;
    if (isFree(slot)) give(slot, taker);
  }
  return next;
}

/**
 * The table under other names: slots of origins that stay keep their owner by name, slots of origins that left
 * are owned by {@link NOBODY} until {@link rebalance} gives them out.
 */
export function renameOwners(
  table: SlotTable,
  before: readonly string[],
  after: readonly string[],
): SlotTable {
  const renamed = before.map((name) => {
    const index = after.indexOf(name);
    return index < 0 ? NOBODY : index;
  });
  return table.map((owner) => renamed[owner] ?? NOBODY);
}

/**
 * The table in force while some origins cannot take traffic: their slots are lent to the others in proportion to
 * the others' slots, and everybody else stays. Made from the owners' table each time, so slots go home by themselves.
 *
 * @param available by origin; when none is, the owners' table is returned as it is
 */
export function lendSlots(table: SlotTable, available: readonly boolean[]): SlotTable {
  if (available.every(Boolean)) return table;
  const counts = countSlots(table, available.length);
  const weights = counts.map((count, index) => (available[index] ? count : 0));
  if (weights.every((weight) => weight === 0)) return table;
  return rebalance(table, weights, table);
}

/** The share of slots, and so of users, whose owner differs between two tables over the same origins: 0 to 1. */
export function movedShare(before: SlotTable, after: SlotTable): number {
  let moved = 0;
  for (let slot = 0; slot < SLOTS; slot++) if (before[slot] !== after[slot]) moved++;
  return moved / SLOTS;
}

/** The same counts in one run an origin: where requests without affinity walk, so that short walks are even too. */
export function walkOrder(table: SlotTable, origins: number): SlotTable {
  return inRuns(countSlots(table, origins));
}

function inRuns(counts: readonly number[]): SlotTable {
  const table = new Uint8Array(SLOTS).fill(NOBODY);
  let start = 0;
  counts.forEach((count, index) => {
    table.fill(index, start, start + count);
    start += count;
  });
  return table;
}
