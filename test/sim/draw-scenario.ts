/** Draws a small world from its seed. */
import { Chance } from "./chance.ts";
import type { Event, Fault, FaultyTime, Scenario } from "./scenario.ts";

const FAULTS: readonly Fault[] = ["refuses", "breaks-off", "hangs", "unavailable", "grey", "gateway"];

const WARM_UP_MS = 2000;

/** A small world: few edges and people, short sessions and a small room, so that everything is in dispute all the time. */
export function scenarioOf(seed: number): Scenario {
  const chance = new Chance(Math.imul(seed, 0x9e3779b1) ^ 0x51ed270b);
  const edges = chance.whole(1, 6);
  const regionCount = chance.whole(1, 3);
  const calmFromMs = 30_000;
  const priorities = chance.happens(0.15);
  const isRough = chance.happens(0.7);
  // Sometimes there is room for everybody, so that edges let people in by themselves.
  const activeLimit = chance.happens(0.35) ? chance.whole(10, 30) : chance.whole(1, 9);
  const people = chance.whole(4, 40);
  const admitPerMinute = chance.one([30, 120, 10_000, 10_000]);
  const sessionMs = chance.one([2000, 4000, 8000]);
  const isHasty = chance.happens(0.25);
  const actions = isHasty ? chance.whole(20, 60) : chance.whole(1, 8);
  const thinkMs = isHasty ? 20 : chance.one([500, 1500, 3000]);
  const againMs = isHasty ? 20 : 1000;
  const events = eventsOf(chance, edges, regionCount, activeLimit, calmFromMs);
  const leastLimit = Math.min(
    activeLimit,
    ...events.flatMap((event) => (event.kind === "limit" ? [event.activeLimit] : [])),
  );
  // An action may wait for a region or a bucket, and be tried five times.
  const stayMs = 2 * sessionMs + actions * thinkMs + 40_000;
  // Of two devices each may come in, the one after the other.
  const inTurnMs = 2 * people * Math.max(stayMs / leastLimit, 60_000 / admitPerMinute);
  return {
    seed,
    edges,
    places: chance.whole(1, edges),
    clockOffsetsMs: Array.from({ length: edges }, () => offsetOf(chance)),
    regions: Array.from({ length: regionCount }, (_, index) => ({
      name: `r${index}`,
      weight: chance.one([1, 1, 20, 50]),
      priority: priorities && index > 0 ? 1 : 0,
      answerMs: [5, chance.one([20, 80, 300])],
    })),
    affinity: chance.one(["user", "none"]),
    weather: isRough
      ? {
          delayMs: chance.one([
            [0.2, 2],
            [1, 25],
            [5, 80],
          ] as const),
          lost: chance.one([0, 0.01, 0.1]),
          doubled: chance.one([0, 0.05, 0.2]),
          late: chance.one([0, 0.02, 0.1]),
          lateMs: 4000,
        }
      : { delayMs: [0.2, 5], lost: 0, doubled: 0, late: 0, lateMs: 0 },
    faults: faultsOf(chance, regionCount, calmFromMs),
    events,
    limit: { capacity: chance.one([5, 10, 60]), refill: chance.one([1, 5, 20]) },
    shards: chance.whole(1, 2),
    room: {
      activeLimit,
      admitPerMinute,
      sessionMs,
      claimWindowMs: chance.one([2000, 10_000]),
      farEdges: farEdgesOf(seed),
    },
    ejection: { baseMs: chance.one([1000, 3000]), longestMs: 6000 },
    slowStartMs: chance.one([0, 3000, 8000]),
    probeMs: chance.one([1000, 2000]),
    people: {
      count: people,
      withinMs: chance.one([500, 5000, 25_000, 25_000]),
      actions: [1, actions],
      thinkMs: [thinkMs / 5, thinkMs],
      againMs,
      paying: chance.one([0.1, 0.5]),
      leaving: chance.one([0, 0.2]),
      saidToEnd: chance.one([0.2, 0.8, 1]),
      signedIn: chance.one([0, 0.3]),
      roaming: chance.one([0, 0.3, 1]),
    },
    warmUpMs: WARM_UP_MS,
    calmFromMs,
    endMs: calmFromMs + 120_000 + inTurnMs,
    lookEveryMs: 250,
  };
}

const KINDS = [
  "edge-dies",
  "edge-cut-off",
  "edge-cut-off",
  "object-dies",
  "object-dies",
  "clock-steps",
  "drain",
  "limit",
] as const;

/** Drawn apart, so that all else of a seed's world is as it was without them. */
function farEdgesOf(seed: number): number {
  const chance = new Chance(Math.imul(seed, 0x85ebca6b) ^ 0x2c1b3c6d);
  return chance.happens(0.2) ? chance.whole(400, 1200) : 0;
}

function offsetOf(chance: Chance): number {
  return chance.one([0, 0, 0, chance.between(-300, 300), chance.between(-5000, 5000), 3_600_000]);
}

function faultsOf(chance: Chance, regions: number, calmFromMs: number): FaultyTime[] {
  return Array.from({ length: chance.whole(0, 5) }, () => {
    const fromMs = chance.between(WARM_UP_MS, calmFromMs - 2000);
    return {
      region: chance.whole(0, regions - 1),
      fault: chance.one(FAULTS),
      fromMs,
      toMs: Math.min(calmFromMs, fromMs + chance.one([500, 3000, 12_000])),
      share: chance.one([0.3, 1, 1]),
    };
  });
}

function eventsOf(
  chance: Chance,
  edges: number,
  regions: number,
  activeLimit: number,
  calmFromMs: number,
): Event[] {
  return Array.from({ length: chance.one([0, 2, 4, 8]) }, () =>
    eventOf(chance, edges, regions, activeLimit, calmFromMs),
  );
}

function eventOf(
  chance: Chance,
  edges: number,
  regions: number,
  activeLimit: number,
  calmFromMs: number,
): Event {
  const when = () => chance.between(WARM_UP_MS, calmFromMs - 1000);
  const kind = chance.one(KINDS);
  switch (kind) {
    case "edge-cut-off": {
      const atMs = when();
      const forMs = Math.min(chance.one([1500, 8000]), calmFromMs - atMs);
      return { kind, atMs, edge: chance.whole(0, edges - 1), forMs };
    }
    case "edge-dies":
      return { kind, atMs: when(), edge: chance.whole(0, edges - 1) };
    case "object-dies": {
      const object = chance.one(["limiter", "room", "room", "control", "places"] as const);
      return { kind, atMs: when(), object, forMs: chance.one([0, 50, 1500, 6000]) };
    }
    case "clock-steps":
      return { kind, atMs: when(), edge: chance.whole(0, edges - 1), byMs: chance.between(-1500, 1500) };
    case "drain": {
      const atMs = when();
      const forMs = Math.min(chance.one([2000, 8000]), calmFromMs - atMs);
      return { kind, atMs, region: chance.whole(0, regions - 1), forMs };
    }
    case "limit":
      return { kind, atMs: when(), activeLimit: chance.whole(1, activeLimit + 2) };
  }
}
