import { describe, expect, it } from "vitest";
import { type Called, newQueue, type Queue } from "../../src/policy/room-queue.ts";
import { expected, noteCame } from "../../src/policy/room-turn.ts";

const NOW_MS = 1_800_000_000_000;

/** A line of which so many people were called in each ten milliseconds, one after the other. */
function calledIn(people: readonly number[]): Queue {
  const queue = newQueue(NOW_MS);
  for (const [index, count] of people.entries()) {
    const afterMs = NOW_MS + 10 * index;
    const times = { calledAtMs: NOW_MS, pollMs: 60_000, keptUntilMs: NOW_MS + 120_000 };
    const batch: Called = {
      afterMs,
      upToMs: afterMs + 10,
      all: count,
      people: count,
      isCertain: true,
      ...times,
    };
    queue.called.push(batch);
  }
  return queue;
}

const yetToCome = ({ called }: Queue) => called.reduce((sum, { people }) => sum + people, 0);

describe("somebody who comes when called", () => {
  it("is one of those of the same time", () => {
    const queue = calledIn([2, 3, 1]);
    noteCame(queue, "t", NOW_MS + 15);
    expect(queue.called.map(({ people }) => people)).toEqual([2, 2, 1]);
  });

  it("is one of those who lie in parts in the batches around, so that nobody is waited for who has come", () => {
    const queue = calledIn([0.25, 0.25, 0.25, 0.25, 0.5, 0.25, 0.25]);
    noteCame(queue, "t", NOW_MS + 5);
    expect(yetToCome(queue)).toBeCloseTo(1);
    noteCame(queue, "u", NOW_MS + 45);
    expect(yetToCome(queue)).toBeCloseTo(0);
    expect(expected(queue, NOW_MS)).toBe(0);
  });

  it("takes parts of people only, and of the nearest first: whole ones are others", () => {
    const queue = calledIn([1.5, 0.25, 2, 0.5, 3]);
    noteCame(queue, "t", NOW_MS + 15);
    const left = queue.called.map(({ afterMs, people }) => [(afterMs - NOW_MS) / 10, people]);
    expect(left).toEqual([
      [0, 1],
      [2, 2],
      [3, 0.25],
      [4, 3],
    ]);
  });

  it("is nobody more where it stands already, and where no parts are left", () => {
    const queue = calledIn([1, 2]);
    queue.standing.set("t", { arrivedAtMs: NOW_MS + 5, dueAtMs: NOW_MS, keptUntilMs: NOW_MS });
    noteCame(queue, "t", NOW_MS + 5);
    noteCame(queue, "u", NOW_MS + 25);
    expect(yetToCome(queue)).toBe(3);
  });
});
