import { describe, expect, it } from "vitest";
import { fitsAll, fitting, noteTold } from "../../src/policy/pool-fit.ts";
import { type Answers, isSign } from "../../src/policy/self-protection.ts";

const NOW = 1_700_000_000_000;
const LIMIT = 100;
const FRESH_MS = 1500;

/** Told by so many edges, with so many users in. */
function told(answers: readonly Answers[], usersIn: number, atMs = NOW) {
  const fit = fitsAll();
  for (const [at, one] of answers.entries()) noteTold(fit, `edge ${at}`, one, usersIn, FRESH_MS, atMs);
  return fit;
}

describe("a room whose pool", () => {
  it.each([
    ["was not heard of has its limit", [], 80, 100],
    ["serves all has its limit", [{ requests: 500, failures: 0 }], 80, 100],
    ["fails one in a hundred has its limit", [{ requests: 500, failures: 5 }], 80, 100],
    ["fails a tenth has nine tenths of those who are in", [{ requests: 500, failures: 50 }], 80, 72],
    ["fails always has nobody new", [{ requests: 3, failures: 3 }], 80, 0],
  ] as const)("%s", (_, answers, usersIn, expected) => {
    expect(fitting(told(answers, usersIn), LIMIT, NOW)).toBe(expected);
  });

  it("fails once at one edge of many is not closed for it", () => {
    const well = Array.from({ length: 40 }, () => ({ requests: 1, failures: 0 }));
    const failing = { requests: 1, failures: 1 };
    expect(isSign(failing)).toBe(true);
    expect(fitting(told([...well, failing], 80), LIMIT, NOW)).toBe(LIMIT);
    expect(fitting(told([failing], 80), LIMIT, NOW)).toBe(0);
  });

  it("was well at edges that have fallen silent gets nothing for that", () => {
    const fit = told(
      Array.from({ length: 40 }, () => ({ requests: 1, failures: 0 })),
      80,
    );
    noteTold(fit, "alone", { requests: 1, failures: 1 }, 80, FRESH_MS, NOW + FRESH_MS + 1);
    expect(fitting(fit, LIMIT, NOW + FRESH_MS + 1)).toBe(0);
    expect(fit.told.size).toBe(1);
  });

  it("is well again has a fifth of its limit more each second, from a second after the last sign", () => {
    const fit = told([{ requests: 2, failures: 1 }], 40);
    const after = (ms: number) => fitting(fit, LIMIT, NOW + ms);
    expect([0, 1000, 1500, 2000, 5000, 60_000].map(after)).toEqual([20, 20, 30, 40, 100, 100]);
  });

  it("has one place more each second, though its limit is two", () => {
    const fit = told([{ requests: 1, failures: 1 }], 2);
    expect([1999, 2000, 3000].map((ms) => fitting(fit, 2, NOW + ms))).toEqual([0, 1, 2]);
  });

  it("failed by a clock that was set back is not closed for long", () => {
    expect(fitting(told([{ requests: 1, failures: 1 }], 2), LIMIT, NOW - 60_000)).toBe(LIMIT);
  });
});
