import { describe, expect, it } from "vitest";
import { randomFrom } from "../support/lease-model.ts";
import type { Crowd } from "../support/room-crowd.ts";
import {
  arrivalsAtOnce,
  arrivalsByChance,
  callsPerSecond,
  estimatesWithin,
  figuresOf,
  inversions,
  issueErrors,
  roomOf,
} from "../support/room-figures.ts";
import { simulateRoom } from "../support/room-simulation.ts";

const STAY_MS = [5000, 60_000] as const;

function crowdOf(crowd: Partial<Crowd> & Pick<Crowd, "arrivals" | "untilMs">): Crowd {
  return {
    ...{ seed: 1, edges: 8, rules: roomOf(100), stayMs: STAY_MS, leaving: 0.3, saidToEnd: 0.8 },
    delayMs: [1, 10],
    ...crowd,
  };
}

function show(name: string, figures: unknown): void {
  console.log(name, JSON.stringify(figures));
}

describe("10,000 users within a second, of whom 100 may be in", () => {
  const run = simulateRoom(
    crowdOf({ arrivals: arrivalsAtOnce(10_000, 1000, randomFrom(3)), untilMs: 3_600_000 }),
  );
  const figures = figuresOf(run, 8000);
  show("10,000 in 1 s", figures);

  it("are never more than the limit at any instant", () => {
    expect(figures.mostInUse).toBeLessThanOrEqual(100);
    expect(figures.mostInside).toBeLessThanOrEqual(100);
  });

  it("use 95 % of the slots while anyone waits", () => {
    expect(figures.used).toBeGreaterThanOrEqual(0.95);
  });

  it("take a freed slot within 3 s at the 95th percentile", () => {
    expect(figures.idleMs.p95).toBeLessThanOrEqual(3000);
  });

  it("all get their turn unless they leave, and no position grows", () => {
    expect(figures.lost).toBe(0);
    expect(figures.grew).toBe(0);
  });

  it("leave every slot free in the end", () => {
    expect(run.samples.at(-1)).toMatchObject({ active: 0, leased: 0, waiting: 0, inside: 0 });
  });
});

describe("10,000 users within ten seconds", () => {
  const arrivalsOf = (seed: number) => arrivalsAtOnce(10_000, 10_000, randomFrom(seed));
  /** Short stays, so that all are called within minutes. */
  const called = (edges: number, seed: number) => {
    const rules = { ...roomOf(200), sessionMs: 2000 };
    const crowd = { edges, seed, rules, leaving: 0, stayMs: [500, 1500] as const, saidToEnd: 1 };
    return simulateRoom(crowdOf({ ...crowd, arrivals: arrivalsOf(seed), untilMs: 240_000 })).people;
  };
  it("are called by arrival over eight edges", { timeout: 240_000 }, () => {
    const people = called(8, 5);
    expect(people.filter(({ calledAtMs }) => Number.isFinite(calledAtMs)).length).toBeGreaterThan(9000);
    show("8 edges, Kendall-tau distance", inversions(people));
    expect(inversions(people)).toBeLessThanOrEqual(0.001);
  });

  it("are called by arrival without an inversion in one", () => {
    expect(inversions(called(1, 6))).toBe(0);
  }, 60_000);
});

describe("the position that 10,000 users are told at issue", () => {
  const errorsOf = (edges: number, seed: number, withinMs: number) => {
    const rules = { ...roomOf(200), mode: "hold" as const };
    const arrivals = arrivalsAtOnce(10_000, withinMs, randomFrom(seed));
    const crowd = { edges, seed, rules, leaving: 0, arrivals, untilMs: withinMs + 2000 };
    const run = simulateRoom(crowdOf(crowd));
    expect(figuresOf(run, 0).grew).toBe(0);
    return issueErrors(run.people);
  };

  it.each([1000, 10_000])("is exact in one edge, for arrivals within %d ms", (withinMs) => {
    expect(errorsOf(1, 6, withinMs).places.max).toBe(0);
  });

  it.each([
    [1000, 5],
    [1000, 15],
    [10_000, 5],
  ])("is within 1 % over eight, or two places near the head, for arrivals within %d ms", (withinMs, seed) => {
    const { ofAllowed, shares, answeredAfterMs, places } = errorsOf(8, seed, withinMs);
    show(`8 edges, ${withinMs} ms, errors at issue`, { places, shares, ofAllowed, answeredAfterMs });
    expect(ofAllowed.p99).toBeLessThanOrEqual(1);
    // Of the first dozens, ten of whom came in one millisecond.
    expect(ofAllowed.max).toBeLessThanOrEqual(2);
    expect(answeredAfterMs.max).toBeLessThanOrEqual(600);
  });
});

describe("the position that 2,000 users within four seconds are told at issue", () => {
  const errorsOf = (crowd: Partial<Crowd>) => {
    const rules = { ...roomOf(200), mode: "hold" as const };
    const arrivals = arrivalsAtOnce(2000, 4000, randomFrom(5));
    return issueErrors(
      simulateRoom(crowdOf({ rules, leaving: 0, arrivals, untilMs: 8000, ...crowd })).people,
    );
  };

  it.each([
    ["where an exchange takes 0.3 to 0.9 s", { delayMs: [150, 450] as const }, 2500],
    ["over 120 edges", { edges: 120 }, 1500],
  ])(
    "is within 1 %, or two places near the head, %s",
    (name, crowd, answeredMs) => {
      const { ofAllowed, shares, answeredAfterMs } = errorsOf(crowd);
      show(name, { shares, ofAllowed, answeredAfterMs });
      expect(ofAllowed.p95).toBeLessThanOrEqual(1);
      expect(answeredAfterMs.p95).toBeLessThanOrEqual(answeredMs);
    },
    60_000,
  );
});

describe("a small room of whose waiting users 30 % leave without a word", () => {
  // Hours in which somebody waits half of the time, and hours in which there is always a line.
  it.each([
    [1, 0.0275, 12],
    [4, 0.0275, 6],
    [10, 0.033, 3],
  ])(
    "of %d slots has 94 % in use while anyone waits, and a freed one taken within 3 s",
    (limit, rate, hours) => {
      const arrivals = arrivalsByChance(rate * limit, hours * 3600, randomFrom(7));
      const run = simulateRoom(
        crowdOf({ rules: roomOf(limit), arrivals, untilMs: hours * 3_600_000, sampleMs: 1000 }),
      );
      const { used, idleMs, mostInUse } = figuresOf(run, 0);
      show(`${limit} slots`, { used, idleMs });
      expect(mostInUse).toBeLessThanOrEqual(limit);
      expect(used).toBeGreaterThanOrEqual(0.94);
      expect(idleMs.p95).toBeLessThanOrEqual(3000);
    },
    120_000,
  );
});

describe("thirty users who come in together and go together", () => {
  it("are followed by the next within a poll, an exchange and the way", () => {
    const run = simulateRoom(
      crowdOf({
        ...{ rules: roomOf(30), leaving: 0, saidToEnd: 0, stayMs: [40_000, 40_001] as const },
        ...{ arrivals: arrivalsAtOnce(150, 500, randomFrom(1)), untilMs: 120_000 },
      }),
    );
    const { idleMs, used } = figuresOf(run, 5000);
    show("all at once", { idleMs, used });
    expect(idleMs.p95).toBeLessThanOrEqual(3000);
  }, 60_000);
});

describe("24 hours", () => {
  it("conserve every slot", () => {
    const hours = 24;
    const run = simulateRoom(
      crowdOf({
        ...{ edges: 2, rules: roomOf(4), loss: 0.01 },
        arrivals: arrivalsByChance(0.11, hours * 3600, randomFrom(7)),
        untilMs: hours * 3_600_000 + 600_000,
        sampleMs: 5000,
      }),
    );
    const figures = figuresOf(run, 0);
    show("24 h", figures);
    expect(figures.mostInUse).toBeLessThanOrEqual(4);
    expect(figures.used).toBeGreaterThanOrEqual(0.95);
    expect(figures.idleMs.p95).toBeLessThanOrEqual(3000);
    expect(figures.lost).toBe(0);
    expect(figures.left).toBeGreaterThan(1000);
    // Nobody is in without a slot, and no slot is lost: all are free when everybody is out.
    for (const { inside, active, leased } of run.samples) expect(inside).toBeLessThanOrEqual(active + leased);
    expect(run.samples.at(-1)).toMatchObject({ active: 0, leased: 0, waiting: 0, inside: 0 });
  }, 60_000);
});

describe("an estimate", () => {
  it("is within 30 % for nine of ten users at a steady rate", () => {
    const run = simulateRoom(
      crowdOf({
        leaving: 0,
        arrivals: arrivalsAtOnce(3000, 1000, randomFrom(8)),
        untilMs: 900_000,
      }),
    );
    // All hundred came in at once, and go in waves for the first five of their stays: then the rate is steady.
    const share = estimatesWithin(run.people, 0.3, 180_000, 30_000);
    show("estimates within 30 %", share);
    expect(share).toBeGreaterThanOrEqual(0.9);
  }, 60_000);
});

describe("calls to the Room object", () => {
  it("are a few a second, for 1,000 waiters and for 10,000", () => {
    const calls = [1000, 10_000].map((waiters) => {
      const arrivals = arrivalsAtOnce(waiters, 1000, randomFrom(9));
      return callsPerSecond(simulateRoom(crowdOf({ leaving: 0, arrivals, untilMs: 120_000 })), 60, 120);
    });
    show("calls/s for 1,000 and 10,000", calls);
    // Eight edges a second, and those who are called: what the limit and the stays make, not the crowd.
    for (const each of calls) expect(each).toBeLessThanOrEqual(30);
  }, 60_000);
});
