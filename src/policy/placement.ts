/** How much of a pool's new users each origin takes: priorities, slow start and panic as one list of weights. */
import type { Availability } from "./availability.ts";
import {
  healthyShare,
  inPanic,
  type PanicOptions,
  type PoolAvailability,
  poolAvailability,
} from "./panic.ts";
import { type PriorityLoads, priorityLoads } from "./priority.ts";

export interface PlacementMember {
  /** What the origin is due when all is well: its slots. */
  readonly weight: number;
  /** 0 is the first choice. */
  readonly priority: number;
  readonly availability: Availability;
}

export interface PlacementOptions {
  readonly overProvisioningFactor: number;
  /** Percent; 0 switches panic off. */
  readonly panicThresholdPercent: number;
}

export interface Placements extends PoolAvailability {
  /** By origin, any positive scale; zeros where nobody new may go. */
  readonly weights: readonly number[];
}

/**
 * A pool's origins together, by priority. With one priority the pool panics by its healthy share; with several, a level
 * panics only when all levels together cannot take the load (Envoy), so a standby is used before the dead are.
 */
export function placePool(
  members: readonly PlacementMember[],
  options: PlacementOptions,
  panic: PanicOptions,
): Placements {
  const whole = poolAvailability(members, panic);
  const levels = levelsOf(members);
  if (levels.length <= 1 || whole.kind === "maintenance") {
    return { ...whole, weights: sharesOf(whole.origins, members) };
  }
  const { loads, panic: inPanicLevels } = loadsOf(members, options);
  const panics = (priority: number) => inPanicLevels[levels.indexOf(priority)] === true;
  const origins = members.map(({ priority, availability }) =>
    panics(priority) ? inPanic(availability, panic) : availability,
  );
  const isPanic = levels.some((level, index) => panics(level) && (loads[index] ?? 0) > 0);
  const placed = members.map((member, index) => ({
    ...member,
    availability: origins[index] ?? member.availability,
  }));
  return { kind: isPanic ? "panic" : "normal", origins, weights: placementWeights(placed, options, loads) };
}

/** By origin, any positive scale; zeros where nobody new may go. `loads` in percent by level, left out: by health. */
export function placementWeights(
  members: readonly PlacementMember[],
  options: PlacementOptions,
  loads: readonly number[] = loadsOf(members, options).loads,
): number[] {
  const levels = levelsOf(members);
  const shares = sharesOf(
    members.map(({ availability }) => availability),
    members,
  );
  if (levels.length <= 1) return shares;
  const weights = members.map(({ priority }, index) => {
    const levelShare = sum(shares.filter((_, other) => members[other]?.priority === priority));
    return levelShare === 0
      ? 0
      : ((loads[levels.indexOf(priority)] ?? 0) * (shares[index] ?? 0)) / levelShare;
  });
  // Rounding may give all the load to a level where nobody is left: whoever can take users then does.
  return sum(weights) > 0 ? weights : shares;
}

/** What an operator took out is not counted: it is no sign of trouble. */
function loadsOf(members: readonly PlacementMember[], options: PlacementOptions): PriorityLoads {
  return priorityLoads(
    levelsOf(members).map((level) => {
      const counted = members.filter(
        ({ priority, availability: { state } }) =>
          priority === level && state !== "maintenance" && state !== "draining",
      );
      const totalWeight = sum(counted.map(({ weight }) => weight));
      return { totalWeight, healthyWeight: totalWeight * healthyShare(counted) };
    }),
    options,
  );
}

function levelsOf(members: readonly PlacementMember[]): number[] {
  return [...new Set(members.map(({ priority }) => priority))].sort((a, b) => a - b);
}

function sharesOf(origins: readonly Availability[], members: readonly PlacementMember[]): number[] {
  return origins.map(({ takesNewUsers, factor }, index) =>
    takesNewUsers ? (members[index]?.weight ?? 0) * factor : 0,
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
