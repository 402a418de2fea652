import { describe, expect, it } from "vitest";
import {
  exchangeAnswered,
  exchangeBegan,
  exchangeFailed,
  isAsking,
  isDown,
  isStale,
  mayExchange,
  newExchangePace,
} from "../../src/policy/exchange-pace.ts";

const NOW = 1_700_000_000_000;

/** After an exchange that was answered at once. */
function answered(nextInMs = 1000, mergeInMs = nextInMs / 10) {
  const pace = newExchangePace();
  exchangeBegan(pace, NOW);
  exchangeAnswered(pace, nextInMs, mergeInMs);
  return pace;
}

describe("an edge's exchanges with a Room", () => {
  it("begin at once when nothing is known", () => {
    const pace = newExchangePace();
    expect(mayExchange(pace, "look", NOW)).toBe(true);
    expect(isStale(pace, NOW)).toBe(true);
    expect(exchangeBegan(pace, NOW)).toBe(1);
  });

  it("are one at a time, and given up after a second", () => {
    const pace = newExchangePace();
    exchangeBegan(pace, NOW);
    expect([isAsking(pace, NOW + 999), mayExchange(pace, "urgent", NOW + 999)]).toEqual([true, false]);
    expect([isAsking(pace, NOW + 1000), mayExchange(pace, "urgent", NOW + 1000)]).toEqual([false, true]);
    exchangeBegan(pace, NOW + 1000);
    expect(pace.failures).toBe(1);
  });

  it.each([
    ["urgent", 50],
    ["merge", 100],
    ["soon", 250],
    ["paced", 1000],
    ["look", 1000],
  ] as const)("that are %s come %d ms apart at a pace of a second", (urgency, ms) => {
    expect(mayExchange(answered(), urgency, NOW + ms - 1)).toBe(false);
    expect(mayExchange(answered(), urgency, NOW + ms)).toBe(true);
    expect(mayExchange(answered(5000), urgency, NOW + 5 * ms - 1)).toBe(false);
  });

  it("say what is too old to answer by, and it gets older at a slower pace", () => {
    expect([isStale(answered(), NOW + 1499), isStale(answered(), NOW + 1500)]).toEqual([false, true]);
    expect(isStale(answered(5000), NOW + 7000)).toBe(false);
  });

  it("become seldom while they fail, and the Room is down from the second on", () => {
    const pace = answered();
    let nowMs = NOW;
    const gaps: number[] = [];
    const down: boolean[] = [];
    for (let n = 0; n < 7; n += 1) {
      exchangeBegan(pace, nowMs);
      exchangeFailed(pace, nowMs);
      down.push(isDown(pace));
      const failedAtMs = nowMs;
      while (!mayExchange(pace, "urgent", nowMs)) nowMs += 10;
      gaps.push(nowMs - failedAtMs);
    }
    expect(gaps).toEqual([50, 500, 1000, 2000, 4000, 8000, 8000]);
    expect(down).toEqual([false, true, true, true, true, true, true]);
    exchangeBegan(pace, nowMs);
    exchangeAnswered(pace, 1000, 100);
    expect(isDown(pace)).toBe(false);
  });

  it("are steady since the first after a gap", () => {
    const pace = answered();
    expect(pace.steadySinceMs).toBe(NOW);
    const next = (nowMs: number) => {
      exchangeBegan(pace, nowMs);
      exchangeAnswered(pace, 1000, 100);
      return pace.steadySinceMs;
    };
    expect([next(NOW + 1000), next(NOW + 4000), next(NOW + 7001)]).toEqual([NOW, NOW, NOW + 7001]);
  });

  it("are not held up by a clock that was set back", () => {
    expect(mayExchange(answered(), "look", NOW - 3_600_000)).toBe(true);
    expect(isStale(answered(), NOW - 3_600_000)).toBe(true);
  });
});
