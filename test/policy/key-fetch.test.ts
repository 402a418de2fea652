import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  areUsable,
  decideKeyFetch,
  decideUnknownKey,
  FETCH_EVERY_MS,
  fetchBegan,
  fetchEnded,
  KEYS_DEADLINE_MS,
  KEYS_FRESH_MS,
  KEYS_OLD_MS,
  KEYS_USABLE_MS,
  nothingFetched,
} from "../../src/policy/key-fetch.ts";

const START_MS = 1_700_000_000_000;

/** A set that was fetched at `START_MS`. */
function fetched() {
  const state = nothingFetched();
  fetchBegan(state, START_MS);
  fetchEnded(state, START_MS, true);
  return state;
}

describe("when keys are fetched", () => {
  it("is once for requests whose clocks are not quite the same", () => {
    for (const [decide, state] of [
      [decideKeyFetch, nothingFetched()],
      [decideUnknownKey, fetched()],
    ] as const) {
      const nowMs = START_MS + FETCH_EVERY_MS;
      expect(decide(state, nowMs)).toBe("before");
      fetchBegan(state, nowMs);
      for (const behindMs of [0, 1, 20, 500]) expect(decide(state, nowMs - behindMs)).toBe("wait");
    }
  });

  it.each([
    [0, "use"],
    [KEYS_FRESH_MS - 1, "use"],
    [KEYS_FRESH_MS, "behind"],
    [KEYS_OLD_MS - 1, "behind"],
    [KEYS_OLD_MS, "before"],
    [KEYS_USABLE_MS, "before"],
    // The clock of a request that is a little behind, and a clock that was set back: they look new, and are not.
    [-50, "use"],
    [-FETCH_EVERY_MS, "behind"],
  ])("at an age of %d ms: %s", (ageMs, decision) => {
    expect(decideKeyFetch(fetched(), START_MS + ageMs)).toBe(decision);
  });

  it("at once where there are none, while others wait for them until the deadline", () => {
    const state = nothingFetched();
    expect(decideKeyFetch(state, START_MS)).toBe("before");
    expect(areUsable(state, START_MS)).toBe(false);
    fetchBegan(state, START_MS);
    expect(decideKeyFetch(state, START_MS)).toBe("wait");
    expect(decideKeyFetch(state, START_MS + KEYS_DEADLINE_MS - 1)).toBe("wait");
    expect(decideKeyFetch(state, START_MS + KEYS_DEADLINE_MS)).toBe("use");
    fetchEnded(state, START_MS, false);
    expect(decideKeyFetch(state, START_MS + 1)).toBe("use");
    expect(decideKeyFetch(state, START_MS + FETCH_EVERY_MS)).toBe("before");
  });

  it("for a day they may be used without others", () => {
    expect(areUsable(fetched(), START_MS + KEYS_USABLE_MS - 1)).toBe(true);
    expect(areUsable(fetched(), START_MS + KEYS_USABLE_MS)).toBe(false);
  });

  it("a minute apart or more, whatever comes and however fetches end", () => {
    const step = fc.record({
      afterMs: fc.integer({ min: -100, max: 20_000 }),
      isUnknownKey: fc.boolean(),
      end: fc.constantFrom("keys", "failure", "never"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const state = nothingFetched();
        let nowMs = START_MS;
        let lastMs = Number.NEGATIVE_INFINITY;
        for (const { afterMs, isUnknownKey, end } of steps) {
          nowMs += afterMs;
          const decision = isUnknownKey ? decideUnknownKey(state, nowMs) : decideKeyFetch(state, nowMs);
          if (decision !== "before" && decision !== "behind") continue;
          expect(nowMs - lastMs).toBeGreaterThanOrEqual(FETCH_EVERY_MS);
          lastMs = nowMs;
          fetchBegan(state, nowMs);
          if (end !== "never") fetchEnded(state, nowMs, end === "keys");
        }
      }),
    );
  });

  it("an answer that a later fetch has overtaken changes nothing", () => {
    const state = nothingFetched();
    fetchBegan(state, START_MS);
    fetchBegan(state, START_MS + FETCH_EVERY_MS);
    expect(fetchEnded(state, START_MS, true)).toBe(false);
    expect(areUsable(state, START_MS + FETCH_EVERY_MS)).toBe(false);
    expect(state.isRunning).toBe(true);
  });
});
