/** A short history in equal steps of time: what was counted in each, and how high levels were at its end. */

export interface Step {
  /** Epoch milliseconds, a multiple of the step. */
  readonly startMs: number;
  /** Sums over the step, by key. */
  readonly counts: Record<string, number>;
  /** The last value in the step, by key. */
  readonly levels: Record<string, number>;
}

export interface Ring {
  readonly stepMs: number;
  /** So many steps are kept. */
  readonly length: number;
  /** Oldest first; steps in which nothing happened are left out. */
  readonly steps: Step[];
}

/** Keys of one step at most: names come from configurations, so there are few. */
const MAX_KEYS = 2_000;

export function newRing(stepMs: number, length: number): Ring {
  return { stepMs, length, steps: [] };
}

/** The step of that moment, begun if need be. What comes late, or from a clock that went back, counts for the newest. */
export function stepAt(ring: Ring, nowMs: number): Step {
  const startMs = Math.floor(nowMs / ring.stepMs) * ring.stepMs;
  const newest = ring.steps.at(-1);
  if (newest !== undefined && newest.startMs >= startMs) return newest;
  const step: Step = { startMs, counts: {}, levels: {} };
  ring.steps.push(step);
  const oldestMs = startMs - (ring.length - 1) * ring.stepMs;
  while ((ring.steps[0]?.startMs ?? oldestMs) < oldestMs) ring.steps.shift();
  return step;
}

export function addCount(step: Step, key: string, by: number): void {
  const before = step.counts[key];
  if (before === undefined && Object.keys(step.counts).length >= MAX_KEYS) return;
  step.counts[key] = (before ?? 0) + by;
}

export function setLevel(step: Step, key: string, value: number): void {
  if (step.levels[key] === undefined && Object.keys(step.levels).length >= MAX_KEYS) return;
  step.levels[key] = value;
}

/** Steps that may have changed since a moment: the one that was open then, and all later ones. */
export function stepsSince(ring: Ring, sinceMs: number): readonly Step[] {
  return ring.steps.filter(({ startMs }) => startMs + ring.stepMs > sinceMs);
}
