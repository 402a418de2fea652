/** What a pool does when most of it is out: reads are spread over all, writes get the busy answer. */
import { type Availability, EVERYBODY } from "./availability.ts";

export interface PanicOptions {
  /** Panic begins when less than this share of the pool is healthy, 0 to 1; 0 switches it off. */
  readonly threshold: number;
  /** `spread` over all that are not in maintenance, or only over healthy ones. */
  readonly reads: "spread" | "healthy";
  /**
   * `busy`: no write goes anywhere and users get the busy answer. `healthy`: writes go on to healthy ones. `spread`: to all,
   * as reads. Security: a payment may then go to a region that is known to fail, and its outcome stays unknown.
   */
  readonly writes: "busy" | "healthy" | "spread";
}

export const PANIC_DEFAULTS: PanicOptions = { threshold: 0.5, reads: "spread", writes: "busy" };

export interface PoolMember {
  readonly weight: number;
  readonly availability: Availability;
}

export interface PoolAvailability {
  /** `maintenance`: the whole pool is, and users get the maintenance page. */
  readonly kind: "normal" | "panic" | "maintenance";
  /** What each origin takes, panic considered. */
  readonly origins: readonly Availability[];
}

/** A pool's origins together. */
export function poolAvailability(
  members: readonly PoolMember[],
  options: PanicOptions = PANIC_DEFAULTS,
): PoolAvailability {
  const origins = members.map(({ availability }) => availability);
  if (origins.length > 0 && origins.every(({ state }) => state === "maintenance"))
    return { kind: "maintenance", origins };
  if (healthyShare(members) >= options.threshold) return { kind: "normal", origins };
  return { kind: "panic", origins: origins.map((origin) => inPanic(origin, options)) };
}

/**
 * The share of the pool that is healthy, 0 to 1: by weight or by number, whichever is larger. By weight alone, losing the
 * larger of two regions (60/40) would be panic and refuse every write, and that is just what the other region is for.
 * Origins that an operator took out or that have no weight are not counted. With none to count all is well.
 */
export function healthyShare(members: readonly PoolMember[]): number {
  let weight = 0;
  let healthyWeight = 0;
  let number = 0;
  let healthyNumber = 0;
  for (const member of members) {
    const { state } = member.availability;
    if (member.weight <= 0 || state === "maintenance" || state === "draining") continue;
    const isHealthy = state === "healthy";
    weight += member.weight;
    number += 1;
    healthyWeight += isHealthy ? member.weight : 0;
    healthyNumber += isHealthy ? 1 : 0;
  }
  return number === 0 ? 1 : Math.max(healthyWeight / weight, healthyNumber / number);
}

/** What an origin takes while its pool, or its priority, panics. */
export function inPanic(origin: Availability, { reads, writes }: PanicOptions): Availability {
  if (origin.state === "maintenance") return origin;
  const takesReads = reads === "spread" || origin.takesReads;
  const takesWrites = writes === "spread" || (writes === "healthy" && origin.takesWrites);
  if (reads === "healthy" && writes !== "spread") return { ...origin, takesWrites };
  return { ...origin, ...EVERYBODY, takesReads, takesWrites, factor: 1, reason: "panic" };
}
