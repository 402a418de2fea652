import { describe, expect, it } from "vitest";
import { fitsAll, fitting, noteFailing } from "../../src/policy/pool-fit.ts";

const NOW = 1_700_000_000_000;
const LIMIT = 100;

function failing(share: number, usersIn: number) {
  const fit = fitsAll();
  noteFailing(fit, share, usersIn, NOW);
  return fit;
}

describe("a room whose pool", () => {
  it("has not failed has its limit", () => {
    expect(fitting(fitsAll(), LIMIT, NOW)).toBe(LIMIT);
  });

  it.each([
    ["fails a tenth has nine tenths of those who are in", 0.1, 72],
    ["fails always has nobody new", 1, 0],
  ] as const)("%s", (_, share, expected) => {
    expect(fitting(failing(share, 80), LIMIT, NOW)).toBe(expected);
  });

  it("is well again has a fifth of its limit more each second, from a second after the last sign", () => {
    const fit = failing(0.5, 40);
    const after = (ms: number) => fitting(fit, LIMIT, NOW + ms);
    expect([0, 1000, 1500, 2000, 5000, 60_000].map(after)).toEqual([20, 20, 30, 40, 100, 100]);
  });

  it("has one place more each second, though its limit is two", () => {
    const fit = failing(1, 2);
    expect([1999, 2000, 3000].map((ms) => fitting(fit, 2, NOW + ms))).toEqual([0, 1, 2]);
  });

  it("failed by a clock that was set back is not closed for long", () => {
    expect(fitting(failing(1, 2), LIMIT, NOW - 60_000)).toBe(LIMIT);
  });
});
