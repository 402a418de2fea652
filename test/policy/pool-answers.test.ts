import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnswersTold, isAgreed, noteAnswers } from "../../src/policy/pool-answers.ts";
import { isInTrouble, noSigns, noteAnswer, takeAnswers } from "../../src/policy/self-protection.ts";

const NOW_MS = 1_700_000_000_000;

describe("an edge's sign of trouble", () => {
  it.each([
    ["one failure at one of 3,000 edges with a request each", 3000, 1, false],
    ["one failure of a hundred", 3000, 30, false],
    ["three failures of a hundred", 3000, 90, true],
    ["one of eight edges with a request each", 8, 1, true],
  ] as const)("%s", (_, edges, failing, expected) => {
    const told: AnswersTold = new Map();
    for (let edge = 0; edge < edges; edge += 1)
      noteAnswers(told, { requests: 1, failures: edge < failing ? 1 : 0 }, NOW_MS + (edge % 1000));
    expect(isAgreed(told, { requests: 1, failures: 1 })).toBe(expected);
  });

  it("of an edge that tells no numbers is believed", () => {
    expect(isAgreed(new Map([[1, { requests: 1000, failures: 0 }]]), undefined)).toBe(true);
  });

  it("says nothing three seconds after the failures", () => {
    const told: AnswersTold = new Map();
    noteAnswers(told, { requests: 1, failures: 1 }, NOW_MS);
    noteAnswers(told, { requests: 1, failures: 0 }, NOW_MS + 3000);
    expect(isAgreed(told, { requests: 1, failures: 0 })).toBe(false);
  });

  it("of the only edge is always agreed, at a pace of a second and sooner when there is trouble", () => {
    const answers = fc.array(fc.record({ afterMs: fc.nat(40), isFailure: fc.boolean() }), { maxLength: 400 });
    fc.assert(
      fc.property(answers, fc.integer({ min: 1, max: 100 }), (all, oneIn) => {
        const signs = noSigns();
        const told: AnswersTold = new Map();
        let nowMs = NOW_MS;
        let toldAtMs = nowMs;
        for (const [index, { afterMs, isFailure }] of all.entries()) {
          nowMs += afterMs;
          const isSign = noteAnswer(signs, isFailure && index % oneIn === 0, nowMs);
          if (nowMs - toldAtMs < (isInTrouble(signs, nowMs) ? 250 : 1000)) continue;
          toldAtMs = nowMs;
          const some = takeAnswers(signs);
          noteAnswers(told, some, nowMs);
          if (isSign) expect(isAgreed(told, some)).toBe(true);
        }
      }),
    );
  });
});
