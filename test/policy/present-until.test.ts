import { describe, expect, it } from "vitest";
import { afterMove, countedFrom, type NotedPresence } from "../../src/policy/present-until.ts";

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
