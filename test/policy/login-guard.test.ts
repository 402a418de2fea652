import { describe, expect, it } from "vitest";
import {
  blockedUntilMs,
  FAILURE_WINDOW_MS,
  FAILURES_PER_WINDOW,
  type LoginGuard,
  noteFailure,
} from "../../src/policy/login-guard.ts";

const NOW_MS = 1_800_000_000_000;

function guardAfter(failures: number, address = "a"): LoginGuard {
  const guard: LoginGuard = new Map();
  for (let count = 0; count < failures; count += 1) noteFailure(guard, address, NOW_MS + count);
  return guard;
}

describe("an address that shows wrong tokens", () => {
  it("is listened to until there were ten in a minute, and then until the minute is over", () => {
    expect(blockedUntilMs(guardAfter(FAILURES_PER_WINDOW - 1), "a", NOW_MS + 100)).toBeUndefined();
    const guard = guardAfter(FAILURES_PER_WINDOW);
    expect(blockedUntilMs(guard, "a", NOW_MS + 100)).toBe(NOW_MS + FAILURE_WINDOW_MS);
    expect(blockedUntilMs(guard, "a", NOW_MS + FAILURE_WINDOW_MS - 1)).toBeDefined();
    expect(blockedUntilMs(guard, "a", NOW_MS + FAILURE_WINDOW_MS)).toBeUndefined();
  });

  it("starts anew after the minute", () => {
    const guard = guardAfter(FAILURES_PER_WINDOW);
    noteFailure(guard, "a", NOW_MS + FAILURE_WINDOW_MS);
    expect(blockedUntilMs(guard, "a", NOW_MS + FAILURE_WINDOW_MS)).toBeUndefined();
  });

  it("keeps nobody else out", () => {
    expect(blockedUntilMs(guardAfter(50), "b", NOW_MS)).toBeUndefined();
  });

  it("is not kept out for years by a clock that is set back", () => {
    expect(blockedUntilMs(guardAfter(50), "a", NOW_MS - 10 * FAILURE_WINDOW_MS)).toBeUndefined();
  });
});

describe("the memory of addresses", () => {
  it("is bounded, and forgets the oldest first", () => {
    const guard = guardAfter(FAILURES_PER_WINDOW);
    for (let index = 0; index < 20_000; index += 1) noteFailure(guard, `other ${index}`, NOW_MS + 100);
    expect(guard.size).toBeLessThanOrEqual(10_000);
    expect(guard.has("a")).toBe(false);
    expect(guard.has("other 19999")).toBe(true);
  });
});
