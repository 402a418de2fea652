import { describe, expect, it } from "vitest";
import { COPY_AGAIN_MS, giveUpCopy, MOST_BYTES, noCopies, takeCopy } from "../../src/policy/copy-budget.ts";

const NOW_MS = 1_800_000_000_000;

describe("the budget of copies", () => {
  it("lets each answer be copied once in its time", () => {
    const budget = noCopies();
    expect(takeCopy(budget, "a", 10, NOW_MS)).toBe(true);
    expect(takeCopy(budget, "a", 10, NOW_MS + COPY_AGAIN_MS - 1)).toBe(false);
    expect(takeCopy(budget, "b", 10, NOW_MS + COPY_AGAIN_MS - 1)).toBe(true);
    expect(takeCopy(budget, "a", 10, NOW_MS + COPY_AGAIN_MS)).toBe(true);
  });

  it("lets a copy that came to nothing be made again", () => {
    const budget = noCopies();
    takeCopy(budget, "a", 10, NOW_MS);
    giveUpCopy(budget, "a");
    expect(takeCopy(budget, "a", 10, NOW_MS)).toBe(true);
  });

  it("bounds the bytes of all copies together, also of those that came to nothing", () => {
    const budget = noCopies();
    expect(takeCopy(budget, "a", MOST_BYTES - 1, NOW_MS)).toBe(true);
    giveUpCopy(budget, "a");
    expect(takeCopy(budget, "b", 2, NOW_MS)).toBe(false);
    expect(takeCopy(budget, "b", 1, NOW_MS)).toBe(true);
    expect(takeCopy(budget, "c", MOST_BYTES, NOW_MS + COPY_AGAIN_MS)).toBe(true);
  });

  it("bounds the keys that it remembers", () => {
    const budget = noCopies();
    for (let n = 0; n < 5000; n++) takeCopy(budget, `key ${n}`, 1, NOW_MS);
    expect(budget.keys.size).toBe(1000);
  });

  it("goes on when the clock is set back", () => {
    const budget = noCopies();
    takeCopy(budget, "a", 10, NOW_MS);
    expect(takeCopy(budget, "a", 10, NOW_MS - 3_600_000)).toBe(true);
  });
});
