import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afterFailure, GIVE_UP_AFTER_MS } from "../../src/policy/alert-retry.ts";

describe("an alert that was not taken", () => {
  it("is sent again after 5 s, then twice as long each time, up to an hour", () => {
    const waits = Array.from({ length: 14 }, (_, index) => {
      const next = afterFailure(index + 1, 0, 0, 0);
      return next.kind === "again" ? next.atMs / 1000 : next.kind;
    });
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600, 3600]);
  });

  it("is given up after a day, and not before", () => {
    expect(afterFailure(30, 0, GIVE_UP_AFTER_MS - 1, 0).kind).toBe("again");
    expect(afterFailure(30, 0, GIVE_UP_AFTER_MS, 0)).toEqual({ kind: "give-up" });
  });

  it("waits at most a quarter longer by chance, and never goes back", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 0, max: GIVE_UP_AFTER_MS - 1 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (tries, ageMs, random) => {
          const next = afterFailure(tries, 0, ageMs, random);
          if (next.kind !== "again") throw new Error("it was given up");
          const plain = afterFailure(tries, 0, ageMs, 0);
          expect(next.atMs).toBeGreaterThan(ageMs);
          expect(next.atMs - ageMs).toBeLessThanOrEqual(
            1.25 * (plain.kind === "again" ? plain.atMs - ageMs : 0) + 1,
          );
        },
      ),
    );
  });
});
