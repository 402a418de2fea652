/** How much of a pool's new users each origin takes: priorities, slow start and panic as one list of weights. */
import type { Availability } from "./availability.ts";
import { priorityLoads } from "./priority.ts";

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

/** By origin, any positive scale; zeros where nobody new may go. */
export function placementWeights(members: readonly PlacementMember[], options: PlacementOptions): number[] {
  const levels = [...new Set(members.map(({ priority }) => priority))].sort((a, b) => a - b);
  const shares = members.map(({ weight, availability }) =>
    availability.takesNewUsers ? weight * availability.factor : 0,
  );
  if (levels.length <= 1) return shares;

  const { loads } = priorityLoads(
    levels.map((level) => {
      const ofLevel = members.filter(({ priority }) => priority === level);
      return {
        totalWeight: sum(ofLevel.map(({ weight }) => weight)),
        healthyWeight: sum(
          ofLevel.map(({ weight, availability }) => (availability.takesNewUsers ? weight : 0)),
        ),
      };
    }),
    options,
  );
  const weights = members.map(({ priority }, index) => {
    const level = levels.indexOf(priority);
    const levelShare = sum(shares.filter((_, other) => members[other]?.priority === priority));
    return levelShare === 0 ? 0 : ((loads[level] ?? 0) * (shares[index] ?? 0)) / levelShare;
  });
  // Rounding may give all the load to a level where nobody is left: whoever can take users then does.
  return sum(weights) > 0 ? weights : shares;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
