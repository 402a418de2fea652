import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LEASE_MS } from "../../src/policy/lending.ts";
import type { BucketShape } from "../../src/policy/token-bucket.ts";
import {
  type Arrival,
  exactLevel,
  type Run,
  randomFrom,
  runWorld,
  spentIn,
  tokensOf,
  type World,
  worstFromStart,
  worstWindow,
} from "../support/lease-model.ts";

const perSecond = (capacity: number, refill: number): BucketShape => ({ capacity, refill, intervalMs: 1000 });
/** Leases are over and brought back, and the others forgotten. */
const QUIET_MS = 2500;
/** Sums of fractions. */
const ROUNDING = 1e-6;

/** Requests of one token at the same distances, over the edges in turn. */
function evenly(rate: number, seconds: number, edges = 1, fromMs = 0): Arrival[] {
  return Array.from({ length: rate * seconds }, (_, index) => ({
    atMs: fromMs + (index * 1000) / rate,
    edge: index % edges,
    cost: 1,
  }));
}

const near = (arrivals: readonly Arrival[], shape = perSecond(60, 20), edges = 1): World => ({
  shape,
  edges,
  arrivals,
  seed: 1,
  delayMs: [1, 1],
});

interface Trouble {
  readonly loses?: boolean;
  readonly refuses?: boolean;
  readonly dies?: boolean;
  readonly steps?: boolean;
  readonly restarts?: boolean;
}

/** Bursts of requests with pauses between them; answers overtake each other; clocks are wrong by seconds. */
function worlds(edges: readonly number[], { loses, refuses, dies, steps, restarts }: Trouble = {}) {
  return fc.nat(0x7fffffff).map((seed): World => {
    const random = randomFrom(seed);
    const int = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
    const one = <T>(of: readonly T[]): T => of[int(0, of.length - 1)] as T;
    const count = one(edges);
    const capacity = one([5, 10, 60, 200, 600]);
    const arrivals: Arrival[] = [];
    let atMs = 0;
    for (let bursts = int(1, 8); bursts > 0; bursts--) {
      atMs += one([0, 50, 500, 1500, 4000]);
      const gapMs = one([0, 1, 5, 30, 100]);
      for (let requests = int(1, 80); requests > 0; requests--) {
        atMs += random() * gapMs * 2;
        const cost = random() < 0.8 ? 1 : int(0, Math.min(capacity, 10));
        arrivals.push({ atMs, edge: int(0, count - 1), cost, isRefused: refuses === true && random() < 0.2 });
      }
    }
    const moments = () => [1, 2, 3].map(() => ({ edge: int(0, count - 1), atMs: random() * atMs }));
    return {
      shape: perSecond(capacity, one([0, 1, 5, 20, 200])),
      edges: count,
      arrivals,
      seed,
      delayMs: one([
        [1, 1],
        [0.2, 25],
        [1, 100],
      ]),
      loss: loses === true ? 0.1 : 0,
      deaths: dies === true ? moments() : [],
      restartsMs: restarts === true ? [1, 2, 3, 4].map(() => random() * atMs) : [],
      clockOffsetsMs: Array.from({ length: count }, () => int(-5000, 5000)),
      clockSteps: steps === true ? moments().map((moment) => ({ ...moment, byMs: int(-1500, 1500) })) : [],
    };
  });
}

const RUNS = { numRuns: 700 };
const ONE = [1];
const SEVERAL = [2, 3, 8];

describe("never more than capacity + rate × time", () => {
  const troubles: [string, Trouble][] = [
    ["when nothing is lost", {}],
    ["when asks and answers are lost", { loses: true }],
    ["when other limits refuse what this one has paid", { refuses: true }],
  ];

  it.each(troubles)("in any window of one edge, but for a token, %s", (_, trouble) => {
    fc.assert(
      fc.property(worlds(ONE, trouble), (given) => {
        const world: World = { ...given, delayMs: [1, 1] };
        expect(worstWindow(spentIn(runWorld(world)), world.shape)).toBeLessThanOrEqual(1 + ROUNDING);
      }),
      RUNS,
    );
  });

  // Measured: 20 tokens at 200/s in the worst of 20,000 worlds with delays up to 100 ms; above 1 in 0.2 % of them.
  it.each(troubles)(
    "but for three tokens and what comes in 150 ms, where messages overtake each other, %s",
    (_, trouble) => {
      fc.assert(
        fc.property(worlds(ONE, trouble), (world) => {
          const most = 3 + (world.shape.refill * 150) / 1000;
          expect(worstWindow(spentIn(runWorld(world)), world.shape)).toBeLessThanOrEqual(most);
        }),
        RUNS,
      );
    },
  );

  it.each<[string, Trouble]>([
    ...troubles,
    ["when edges die", { dies: true }],
    ["when the store starts anew", { restarts: true }],
    ["when all of it happens", { loses: true, refuses: true, dies: true, restarts: true }],
  ])("from the start of several edges, %s", (_, trouble) => {
    fc.assert(
      fc.property(worlds(SEVERAL, trouble), (world) => {
        expect(worstFromStart(spentIn(runWorld(world)), world.shape)).toBeLessThanOrEqual(ROUNDING);
      }),
      RUNS,
    );
  });

  // What an edge has spilled is not known to another. Measured: more than 1 in 0.6 % of 45,000 worlds, 16.4 at most.
  it("in any window of several edges, but for ten tokens and an eighth of the capacity", () => {
    fc.assert(
      fc.property(worlds(SEVERAL, { loses: true, refuses: true, dies: true }), (world) => {
        const most = 10 + world.shape.capacity / 8;
        expect(worstWindow(spentIn(runWorld(world)), world.shape)).toBeLessThanOrEqual(most);
      }),
      RUNS,
    );
  });

  it("but for the tokens lent ahead, when an edge's clock makes a step", () => {
    fc.assert(
      fc.property(worlds([...ONE, ...SEVERAL], { steps: true }), (world) => {
        const ahead = world.shape.refill / 2;
        expect(worstFromStart(spentIn(runWorld(world)), world.shape)).toBeLessThanOrEqual(ahead + 1);
      }),
      RUNS,
    );
  });
});

describe("when all is quiet", () => {
  it("every request has been decided, and no edge holds anything", () => {
    fc.assert(
      fc.property(worlds([...ONE, ...SEVERAL], { loses: true, refuses: true, steps: true }), (world) => {
        const run = runWorld(world);
        expect(run.verdicts).toHaveLength(world.arrivals.length);
        expect(run.held).toBe(0);
      }),
      RUNS,
    );
  });

  it("the store has what an exact bucket would have: one edge, messages in order", () => {
    fc.assert(
      fc.property(worlds(ONE), (given) => {
        const inOrder: World = { ...given, delayMs: [1, 1] };
        // What spilled is told with the next ask.
        const last = { atMs: runWorld(inOrder).endedAtMs + QUIET_MS, edge: 0, cost: 0 };
        const run = runWorld({ ...inOrder, arrivals: [...given.arrivals, last] });
        const exact = exactLevel(spentIn(run), given.shape, run.endedAtMs);
        expect(Math.abs(exact - run.bucketAt(run.endedAtMs).level)).toBeLessThanOrEqual(1);
      }),
      RUNS,
    );
  });

  it("no token is lost of a bucket that does not refill, whatever overtakes what", () => {
    fc.assert(
      fc.property(worlds([...ONE, ...SEVERAL], { refuses: true }), (given) => {
        const world: World = { ...given, shape: { ...given.shape, refill: 0 } };
        const run = runWorld(world);
        const level = run.bucketAt(run.endedAtMs).level;
        expect(level).toBeCloseTo(world.shape.capacity - tokensOf(spentIn(run)));
      }),
      RUNS,
    );
  });

  it("a bucket is full again after the time that it takes", () => {
    fc.assert(
      fc.property(worlds([...ONE, ...SEVERAL], { loses: true, dies: true, steps: true }), (given) => {
        const world: World = { ...given, shape: { ...given.shape, refill: 20 } };
        const run = runWorld(world);
        const fullAtMs = run.endedAtMs + (1000 * (world.shape.capacity + 10)) / 20;
        expect(run.bucketAt(fullAtMs).level).toBe(world.shape.capacity);
      }),
      RUNS,
    );
  });

  it("a lone request is let through when its tokens were there a round trip ago; of several edges, a lease ago", () => {
    fc.assert(
      fc.property(worlds([...ONE, ...SEVERAL]), fc.nat(7), fc.nat(5000), (given, edge, laterMs) => {
        const world: World = { ...given, delayMs: [1, 10] };
        const before = runWorld(world);
        const atMs = before.endedAtMs + QUIET_MS + laterMs;
        // A denial is believed a round trip too long; and what another spent took room to the end of its lease.
        const strictMs = 2 * world.delayMs[1] + (world.edges === 1 ? 0 : LEASE_MS + 200);
        const exact = exactLevel(spentIn(before), world.shape, atMs - strictMs);
        const cost = Math.floor(Math.min(exact, before.bucketAt(atMs - strictMs).level) + ROUNDING);
        const lone = { atMs, edge: edge % world.edges, cost };
        const run = runWorld({ ...world, arrivals: [...world.arrivals, lone] });
        expect(run.verdicts.find(({ arrival }) => arrival === lone)?.kind).toBe("admitted");
      }),
      RUNS,
    );
  });
});

describe("tokens that lie unused in another edge's lease", () => {
  it("are there for a lone request a lease after the user has left, a renewed lease included", () => {
    fc.assert(
      fc.property(worlds(SEVERAL), fc.nat(7), fc.nat(500), (given, edge, laterMs) => {
        const world: World = { ...given, shape: { ...given.shape, refill: 0 }, delayMs: [1, 10] };
        const lastMs = Math.max(...world.arrivals.map(({ atMs }) => atMs));
        // Renewed half a second after the last request at the latest; an edge that was denied believes it a little longer.
        const atMs = lastMs + LEASE_MS / 2 + LEASE_MS + 200 + 4 * world.delayMs[1] + laterMs;
        const left = world.shape.capacity - tokensOf(spentIn(runWorld(world)));
        const lone = { atMs, edge: edge % world.edges, cost: left };
        const run = runWorld({ ...world, arrivals: [...world.arrivals, lone] });
        expect(run.verdicts.find(({ arrival }) => arrival === lone)?.kind).toBe("admitted");
      }),
      RUNS,
    );
  });
});

describe("calls to the store", () => {
  it.each([
    [1, 1.05],
    [5, 0.22],
    [20, 0.08],
    [200, 0.03],
  ])("at %d requests/s on a limit of 20/s are %d a request at most, returns included", (rate, most) => {
    const { calls, returns, verdicts } = runWorld(near(evenly(rate, 20)));
    expect((calls + returns) / verdicts.length).toBeLessThanOrEqual(most);
  });

  it.each([0, 10_000, 30_000])(
    "are two at most for ten requests in a row, %d ms after the last, returns included",
    (pauseMs) => {
      for (const forgets of [false, true]) {
        const before = pauseMs === 0 ? [] : [{ atMs: 0, edge: 0, cost: 1 }];
        const callsOf = ({ calls, returns }: Run) => calls + returns;
        const first = callsOf(runWorld({ ...near(before), forgets }));
        const arrivals = [...before, ...evenly(20, 0.5, 1, pauseMs)];
        expect(callsOf(runWorld({ ...near(arrivals), forgets })) - first).toBeLessThanOrEqual(2);
      }
    },
  );

  it("are few when a user hammers an empty bucket over a slow network where answers overtake each other", () => {
    const world: World = { ...near(evenly(1000, 10), perSecond(600, 200)), delayMs: [1, 40] };
    const { calls, verdicts } = runWorld(world);
    expect(calls / verdicts.length).toBeLessThanOrEqual(0.08);
  });
});

describe("a bucket that is hammered", () => {
  it.each([
    ["one edge", 1, 0.999],
    ["eight edges", 8, 0.98],
  ])("lets all of it through and no more: %s", (_, edges, share) => {
    const shape = perSecond(600, 200);
    const seconds = 10;
    const run = runWorld(near(evenly(1000, seconds, edges), shape, edges));
    const most = shape.capacity + seconds * shape.refill;
    expect(run.admitted.length).toBeGreaterThanOrEqual(share * most);
    expect(run.admitted.length).toBeLessThanOrEqual(most + 1);
  });

  it("goes on where capacity is less than what edges are lent in a second", () => {
    const shape = perSecond(10, 20);
    const run = runWorld({ ...near(evenly(100, 10, 8), shape, 8), delayMs: [1, 5] });
    expect(run.admitted.length).toBeGreaterThanOrEqual(0.98 * 210);
  });

  it("does not run dry for good when answers are lost", () => {
    const run = runWorld({ ...near(evenly(100, 30, 8), perSecond(60, 20), 8), loss: 0.05 });
    const late = run.admitted.filter(({ decidedAtMs }) => decidedAtMs > 20_000);
    expect(late.length).toBeGreaterThanOrEqual(0.8 * 200);
  });
});

describe("5,000 requests at once over eight edges, for 50 tokens that never come back", () => {
  it("let exactly 50 through", () => {
    fc.assert(
      fc.property(fc.nat(0x7fffffff), (seed) => {
        const random = randomFrom(seed);
        const arrivals = Array.from({ length: 5000 }, () => ({
          atMs: 0,
          edge: Math.floor(random() * 8),
          cost: 1,
        }));
        const run = runWorld({ ...near(arrivals, perSecond(50, 0), 8), seed, delayMs: [1, 30] });
        expect(run.admitted).toHaveLength(50);
      }),
      { numRuns: 150 },
    );
  }, 30_000);
});
