import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  earnBudget,
  fullBudget,
  hasBudget,
  retryBackOffMs,
  spendBudget,
} from "../../src/policy/retry-budget.ts";

const times = (count: number, act: () => void) => {
  for (let done = 0; done < count; done++) act();
};

// gRPC proposal A6, "Throttling Retry Attempts and Hedged RPCs": maxTokens 10, tokenRatio 0.1.
describe("the retry budget", () => {
  it("allows retries after four failures in a row, and none after the fifth: tokens are at the half", () => {
    const budget = fullBudget();
    times(4, () => spendBudget(budget));
    expect(hasBudget(budget)).toBe(true);
    spendBudget(budget);
    expect(hasBudget(budget)).toBe(false);
  });

  it("allows one again after the first success: half and a tenth", () => {
    const budget = { ...fullBudget(), milliTokens: 5000 };
    earnBudget(budget);
    expect(hasBudget(budget)).toBe(true);
  });

  it("earns a failure back with exactly ten successes", () => {
    const budget = fullBudget();
    spendBudget(budget);
    times(9, () => earnBudget(budget));
    expect(budget.milliTokens).toBe(9900);
    earnBudget(budget);
    expect(budget).toEqual(fullBudget());
  });

  it("never goes below nothing: a long outage is forgotten in 51 successes", () => {
    const budget = fullBudget();
    times(1000, () => spendBudget(budget));
    times(50, () => earnBudget(budget));
    expect(hasBudget(budget)).toBe(false);
    earnBudget(budget);
    expect(hasBudget(budget)).toBe(true);
  });

  it("is as large as it is configured, and earns as much", () => {
    const budget = fullBudget(2, 0.5);
    spendBudget(budget);
    expect(hasBudget(budget)).toBe(false);
    earnBudget(budget);
    expect(hasBudget(budget)).toBe(true);
    times(10, () => earnBudget(budget));
    expect(budget).toEqual(fullBudget(2, 0.5));
  });

  it("stays between nothing and ten", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 300 }), (successes) => {
        const budget = fullBudget();
        for (const succeeded of successes) {
          if (succeeded) earnBudget(budget);
          else spendBudget(budget);
          expect(budget.milliTokens).toBeGreaterThanOrEqual(0);
          expect(budget.milliTokens).toBeLessThanOrEqual(10_000);
        }
      }),
    );
  });
});

describe("the wait before a retry", () => {
  // Envoy's router documentation (x-envoy-max-retries): 0 to 24, 0 to 74, 0 to 174 ms, capped at ten times the base.
  it.each([
    [1, 24],
    [2, 74],
    [3, 174],
    [4, 249],
    [20, 249],
  ])("number %i is at most %i ms", (retry, most) => {
    expect(retryBackOffMs(retry, 1 - Number.EPSILON)).toBe(most);
    expect(retryBackOffMs(retry, 0)).toBe(0);
  });
});
