/** How load spills from one priority to the next when origins fail: Envoy's rule, in integers. */

/** One priority, the highest first in a list. A healthy origin in slow start counts with its full weight. */
export interface PriorityLevel {
  readonly healthyWeight: number;
  readonly totalWeight: number;
}

export interface PriorityOptions {
  /** A level counts as fully healthy while this times its healthy share is 1 or more. ≥ 1. */
  readonly overProvisioningFactor: number;
  /** A level with a smaller healthy share is in panic, when all levels together cannot take the load. 0: never. */
  readonly panicThresholdPercent: number;
}

export const PRIORITY_DEFAULTS: PriorityOptions = { overProvisioningFactor: 1.4, panicThresholdPercent: 50 };

export interface PriorityLoads {
  /** Percent of the load for each level, whole numbers that sum to 100 (nothing for no levels). */
  readonly loads: readonly number[];
  /** Levels whose load goes to healthy and unhealthy origins alike. */
  readonly panic: readonly boolean[];
}

/**
 * The load of each level (Envoy, `priority.rst` and `load_balancer_impl.cc`; where they differ in rounding, the code).
 * A level takes what its health allows, the next takes what is left; when all together have less than full health, each
 * gets its part in proportion, and when all are in panic, in proportion to total weights. What rounding
 * leaves goes to the first level that can take it.
 */
export function priorityLoads(
  levels: readonly PriorityLevel[],
  { overProvisioningFactor, panicThresholdPercent }: PriorityOptions = PRIORITY_DEFAULTS,
): PriorityLoads {
  const overProvisioningPercent = Math.round(overProvisioningFactor * 100);
  const health = levels.map(({ healthyWeight, totalWeight }) =>
    totalWeight > 0 ? Math.min(100, Math.floor((overProvisioningPercent * healthyWeight) / totalWeight)) : 0,
  );
  const totalHealth = Math.min(100, sum(health));
  const panic = levels.map(
    ({ healthyWeight, totalWeight }) =>
      totalHealth < 100 &&
      (totalWeight > 0 ? (100 * healthyWeight) / totalWeight : 0) < Math.min(100, panicThresholdPercent),
  );
  if (panic.every(Boolean)) return { loads: spread(levels.map((level) => level.totalWeight)), panic };
  return { loads: totalHealth === 0 ? allToFirst(levels) : fill(health, totalHealth), panic };
}

/** Each level up to its health, until 100 are given out. */
function fill(health: readonly number[], totalHealth: number): number[] {
  let left = 100;
  const loads = health.map((percent) => {
    const load = Math.min(left, Math.floor((percent * 100) / totalHealth));
    left -= load;
    return load;
  });
  return withRest(loads, health);
}

/** In proportion to weight. */
function spread(weights: readonly number[]): number[] {
  const total = sum(weights);
  if (total <= 0) return allToFirst(weights);
  return withRest(
    weights.map((weight) => Math.floor((100 * weight) / total)),
    weights,
  );
}

/** Nobody can take the load, but it must sum to 100. */
function allToFirst(levels: readonly unknown[]): number[] {
  return levels.map((_, index) => (index === 0 ? 100 : 0));
}

function withRest(loads: readonly number[], ability: readonly number[]): number[] {
  const first = ability.findIndex((value) => value > 0);
  const rest = 100 - sum(loads);
  return loads.map((load, index) => (index === first ? load + rest : load));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
