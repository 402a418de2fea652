/** Which edges Control has heard of lately, and what each of them was last given. */

/** An edge that has been silent for longer is taken for gone: isolates end without a word. */
const FORGET_AFTER_MS = 600_000;
const MAX_EDGES = 5_000;

export interface SeenEdge {
  /** The configuration's version. */
  readonly version: number;
  /** Version and count of live writes that it was given: see `Status.tag`. */
  readonly tag: string;
  /** Epoch milliseconds of Control's clock. */
  readonly seenAtMs: number;
}

/** By the edge's name; who was heard last comes last. */
export type EdgeRoll = Map<string, SeenEdge>;

export function noteEdge(roll: EdgeRoll, name: string, seen: SeenEdge): void {
  roll.delete(name);
  roll.set(name, seen);
  for (const [oldest, { seenAtMs }] of roll) {
    if (roll.size <= MAX_EDGES && seen.seenAtMs - seenAtMs < FORGET_AFTER_MS) break;
    roll.delete(oldest);
  }
}
