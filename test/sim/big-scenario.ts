/** A bank's holiday in one room: places all over the world, a rush at the start, and a region that dies and comes back. */
import { Chance } from "./chance.ts";
import type { Scenario } from "./scenario.ts";

export interface Scale {
  readonly seed: number;
  readonly users: number;
  readonly edges: number;
  readonly places: number;
  readonly minutes: number;
}

const MINUTE_MS = 60_000;
/** Of the users, so many come in the first twelfth of the time. */
const RUSH = 0.4;
/** From coming in until the slot is free again, about: three things to do, and a session's end for a fifth of the users. */
const STAY_MS = 75_000;

export function bigScenario({ seed, users, edges, places, minutes }: Scale): Scenario {
  const chance = new Chance(seed);
  const spanMs = minutes * MINUTE_MS;
  // Everybody has come in by the end, a third of the slots being gone for a twelfth of the time.
  const activeLimit = Math.ceil((users * STAY_MS) / (0.85 * spanMs));
  return {
    seed,
    edges,
    places,
    clockOffsetsMs: Array.from({ length: edges }, () => chance.between(-50, 50)),
    regions: [
      { name: "hk", weight: 50, priority: 0, answerMs: [5, 60] },
      { name: "sg", weight: 30, priority: 0, answerMs: [5, 80] },
      { name: "tk", weight: 20, priority: 0, answerMs: [5, 100] },
    ],
    affinity: "none",
    weather: { delayMs: [1, 40], lost: 0.001, doubled: 0.001, late: 0.0005, lateMs: 2000 },
    faults: [{ region: 1, fault: "refuses", fromMs: spanMs / 3, toMs: spanMs / 3 + spanMs / 12, share: 1 }],
    events: [],
    limit: { capacity: 60, refill: 20 },
    shards: 8,
    room: { activeLimit, admitPerMinute: 10_000_000, sessionMs: 60_000, claimWindowMs: 20_000, farEdges: 0 },
    ejection: { baseMs: 30_000, longestMs: 300_000 },
    slowStartMs: 30_000,
    probeMs: 5000,
    people: {
      count: users,
      withinMs: spanMs * 0.85,
      rush: { share: RUSH, withinMs: spanMs / 12 },
      actions: [2, 4],
      thinkMs: [5000, 30_000],
      againMs: 2000,
      paying: 0.2,
      leaving: 0.05,
      saidToEnd: 0.8,
      signedIn: 0,
      roaming: 0.01,
    },
    warmUpMs: 5000,
    calmFromMs: spanMs,
    endMs: spanMs,
    lookEveryMs: 5000,
  };
}
