import { describe, expect, it } from "vitest";
import { isInTrouble, noSigns, noteAnswer } from "../../src/policy/self-protection.ts";

const NOW = 1_700_000_000_000;

/** So many answers within a second, of which so many are failures, at its end. */
function second(answers: number, failures: number, atMs = NOW) {
  const signs = noSigns();
  for (let n = 0; n < answers; n += 1) noteAnswer(signs, n >= answers - failures, atMs);
  return signs;
}

describe("a pool that turns requests away", () => {
  it.each([
    [1, 1, true],
    [20, 1, true],
    [40, 1, false],
    [40, 2, true],
    [1000, 49, false],
    [1000, 50, true],
    [1000, 0, false],
  ])("of %d answers %d: trouble %s", (answers, failures, expected) => {
    expect(isInTrouble(second(answers, failures), NOW)).toBe(expected);
  });

  it("keeps newcomers back for three seconds after the last sign", () => {
    const signs = second(10, 1);
    expect([isInTrouble(signs, NOW + 2999), isInTrouble(signs, NOW + 3000)]).toEqual([true, false]);
    expect(noteAnswer(signs, true, NOW + 2000)).toBe(true);
    expect(isInTrouble(signs, NOW + 4999)).toBe(true);
  });

  it("counts the last second too: the first failure of a second is one in a hundred there", () => {
    const signs = second(100, 0);
    expect(noteAnswer(signs, true, NOW + 1000)).toBe(false);
    for (let n = 0; n < 4; n += 1) noteAnswer(signs, true, NOW + 1000);
    expect(noteAnswer(signs, true, NOW + 1000)).toBe(true);
  });

  it("counts nothing of before the last second", () => {
    const signs = second(1000, 0);
    expect(noteAnswer(signs, true, NOW + 2000)).toBe(true);
  });

  it("keeps hardly anybody back for one failure in a hundred, evenly at 60 requests a second", () => {
    const signs = noSigns();
    let inTrouble = 0;
    for (let n = 1; n <= 60 * 60; n += 1) {
      const atMs = NOW + (n * 1000) / 60;
      noteAnswer(signs, n % 100 === 0, atMs);
      if (isInTrouble(signs, atMs)) inTrouble += 1;
    }
    expect(inTrouble).toBe(0);
  });

  it("keeps nobody back on a clock that was set back", () => {
    expect(isInTrouble(second(1, 1), NOW - 60_000)).toBe(false);
  });
});
