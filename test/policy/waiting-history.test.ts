import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  HISTORY_HOURS,
  hourlyMost,
  hourlyMostAt,
  noteWaiting,
  sumOfHours,
  type WaitingHistory,
} from "../../src/policy/waiting-history.ts";

const HOUR_MS = 3_600_000;
const START_MS = 500_000 * HOUR_MS;
const NEVER = Array<null>(HISTORY_HOURS).fill(null);

const noted = fc.record({ afterMs: fc.integer({ min: 0, max: 5 * HOUR_MS }), waiting: fc.nat(100_000) });

interface Seen {
  readonly atMs: number;
  readonly waiting: number;
}

/** By the definition: what was seen in an hour, and null where nothing was. */
function expectedAt(seen: readonly Seen[], nowMs: number): (number | null)[] {
  const present = Math.floor(nowMs / HOUR_MS);
  return NEVER.map((_, index) => {
    const hour = present - HISTORY_HOURS + 1 + index;
    const people = seen.filter(({ atMs }) => Math.floor(atMs / HOUR_MS) === hour).map((one) => one.waiting);
    return people.length === 0 ? null : Math.max(...people);
  });
}

describe("the hours of a room", () => {
  it("tell the most who waited at once; an hour in which nobody looked is unknown, not empty", () => {
    fc.assert(
      fc.property(fc.array(noted, { maxLength: 60 }), fc.nat(30 * HOUR_MS), (steps, later) => {
        const history: WaitingHistory = new Map();
        const seen: Seen[] = [];
        let nowMs = START_MS;
        for (const { afterMs, waiting } of steps) {
          nowMs += afterMs;
          noteWaiting(history, waiting, nowMs);
          seen.push({ atMs: nowMs, waiting });
        }
        expect(hourlyMost(history, nowMs + later)).toEqual(expectedAt(seen, nowMs + later));
      }),
    );
  });

  it("come back from storage as they were, whenever that was", () => {
    fc.assert(
      fc.property(fc.array(noted, { minLength: 2, maxLength: 40 }), fc.nat(39), (steps, cut) => {
        const run = (restartsAt: number | undefined) => {
          let history: WaitingHistory = new Map();
          let nowMs = START_MS;
          for (const [index, { afterMs, waiting }] of steps.entries()) {
            if (index === restartsAt) history = new Map(JSON.parse(JSON.stringify([...history])));
            nowMs += afterMs;
            noteWaiting(history, waiting, nowMs);
          }
          return hourlyMost(history, nowMs);
        };
        expect(run(cut % steps.length)).toEqual(run(undefined));
      }),
    );
  });

  it("stay 24 and honest over any jump of the clock: nothing is told of an hour that was not seen", () => {
    const jumps = fc.array(
      fc.record({ atMs: fc.integer({ min: 0, max: 100 * HOUR_MS }), waiting: fc.nat(1000) }),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(jumps, (steps) => {
        const history: WaitingHistory = new Map();
        const seen: Seen[] = [];
        for (const { atMs, waiting } of steps) {
          noteWaiting(history, waiting, START_MS + atMs);
          seen.push({ atMs: START_MS + atMs, waiting });
          const told = hourlyMost(history, START_MS + atMs);
          const real = expectedAt(seen, START_MS + atMs);
          expect(told).toHaveLength(HISTORY_HOURS);
          for (const [hour, people] of told.entries()) if (people !== null) expect(real[hour]).not.toBeNull();
          expect(told.at(-1)).toBeGreaterThanOrEqual(waiting);
          expect(history.size).toBeLessThanOrEqual(HISTORY_HOURS);
        }
      }),
    );
  });

  it("lose little when the clock is put back over the hour, and nothing of the hour before", () => {
    const history: WaitingHistory = new Map();
    noteWaiting(history, 7, START_MS - 1);
    noteWaiting(history, 9, START_MS);
    noteWaiting(history, 3, START_MS - 1);
    expect(hourlyMost(history, START_MS - 1).at(-1)).toBe(7);
    noteWaiting(history, 5, START_MS);
    expect(hourlyMost(history, START_MS).slice(-2)).toEqual([7, 5]);
  });
});

describe("hours that an edge heard a while ago", () => {
  it("move on with its clock, and are the same as if they were told now", () => {
    fc.assert(
      fc.property(
        fc.array(noted, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: -2 * HOUR_MS, max: 30 * HOUR_MS }),
        (steps, later) => {
          const history: WaitingHistory = new Map();
          let nowMs = START_MS;
          for (const { afterMs, waiting } of steps) {
            nowMs += afterMs;
            noteWaiting(history, waiting, nowMs);
          }
          const heard = hourlyMostAt(hourlyMost(history, nowMs), nowMs, nowMs + later);
          const now = hourlyMost(history, nowMs + later);
          // A clock that is behind knows less of the oldest hours.
          const since = Math.max(0, Math.floor(nowMs / HOUR_MS) - Math.floor((nowMs + later) / HOUR_MS));
          expect(heard.slice(since)).toEqual(now.slice(since));
        },
      ),
    );
  });

  it("of several rooms are added, as far as they are known", () => {
    const one = [...NEVER.slice(3), 5, null, 2];
    const other = [...NEVER.slice(3), 1, null, null];
    expect(sumOfHours([one, other]).slice(-3)).toEqual([6, null, 2]);
    expect(sumOfHours([])).toEqual(NEVER);
  });
});
