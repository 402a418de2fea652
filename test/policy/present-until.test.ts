import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countedUntil } from "../../src/policy/presence.ts";
import { afterMove, countedFrom, type NotedPresence, nextUntil } from "../../src/policy/present-until.ts";

/** What an edge tells of a ticket whose copies are shown in this order, each getting a new copy. */
function movesOf(shown: readonly (readonly [copy: number, next: number])[]) {
  let noted: NotedPresence | undefined;
  return shown.map(([copy, next]) => {
    const from = countedFrom(noted, copy);
    noted = afterMove(noted, copy, next);
    return [from, next];
  });
}

describe("a ticket that is shown at one edge", () => {
  it("is counted on from what it says", () => {
    expect(movesOf([[0, 4], [4, 6]])).toEqual([[0, 4], [4, 6]]); // biome-ignore format: pairs
  });

  it("is one person, however often the same copy is shown", () => {
    expect(movesOf([[4, 6], [4, 7], [4, 7], [4, 8]])).toEqual([[4, 6], [6, 7], [7, 7], [7, 8]]); // biome-ignore format: pairs
  });

  it("is one person for as long as the same copy is shown", () => {
    const polls = Array.from({ length: 20 }, (_, n) => [4, 6 + n] as const);
    expect(movesOf(polls)).toEqual(polls.map(([copy, next], n) => [n === 0 ? copy : next - 1, next]));
  });

  it("is one person in two tabs", () => {
    expect(movesOf([[4, 6], [4, 7], [6, 8], [7, 9]])).toEqual([[4, 6], [6, 7], [7, 8], [8, 9]]); // biome-ignore format: pairs
  });

  it("is counted on from a copy that another edge has made since", () => {
    expect(movesOf([[4, 60], [12, 14]])).toEqual([[4, 60], [12, 14]]); // biome-ignore format: pairs
  });
});

describe("a ticket that is shown at several edges, more often than was told", () => {
  it("is one person, whatever was told between", () => {
    const edges = [undefined, undefined] as (NotedPresence | undefined)[];
    const moves = fc.array(
      fc.record({ at: fc.nat(1), afterMs: fc.integer({ min: 0, max: 300 }), told: fc.nat(400) }),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(moves, (polls) => {
        edges.fill(undefined);
        let nowMs = 0;
        let shown = 0;
        for (const { at, afterMs, told } of polls) {
          nowMs += afterMs;
          const intervalMs = 1600 + told;
          const from = countedFrom(edges[at], shown);
          // Where it is counted is where it was put last: nobody is left behind.
          expect(from).toBe(shown);
          const until = nextUntil(from, countedUntil(nowMs, intervalMs, 1000), intervalMs);
          edges[at] = afterMove(edges[at], shown, until);
          shown = until;
        }
      }),
    );
  });

  it("counts by the shorter interval when the wait is suddenly short", () => {
    expect([nextUntil(220, 104, 2000), nextUntil(105, 104, 2000), nextUntil(0, 104, 2000)]).toEqual([
      104, 105, 104,
    ]);
  });
});
