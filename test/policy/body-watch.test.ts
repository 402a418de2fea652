import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isWatchTurn,
  LONGEST_PAUSE_MS,
  MAX_HELD_BYTES,
  MAX_WATCHED_BYTES,
  MOST_UNWATCHED,
  noteBadBody,
  nothingWatched,
  watchKind,
} from "../../src/policy/body-watch.ts";

const NOW_MS = 1_700_000_000_000;
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** Answers in order of time, with what chance says of each. */
const answers = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 100 }), random), { minLength: 50, maxLength: 500 })
  .map((steps) => {
    let atMs = NOW_MS;
    return steps.map(([afterMs, chance]) => {
      atMs += afterMs;
      return { atMs, chance };
    });
  });

describe("turns", () => {
  it("come with the first answer, and then within 75 ms and 64 answers, whichever is first", () => {
    fc.assert(
      fc.property(answers, (all) => {
        const watch = nothingWatched();
        let lastAtMs = Number.NEGATIVE_INFINITY;
        let unwatched = 0;
        for (const { atMs, chance } of all) {
          const isTurn = isWatchTurn(watch, chance, atMs);
          if (atMs - lastAtMs >= LONGEST_PAUSE_MS) expect(isTurn).toBe(true);
          unwatched = isTurn ? 0 : unwatched + 1;
          expect(unwatched).toBeLessThanOrEqual(MOST_UNWATCHED);
          if (isTurn) lastAtMs = atMs;
        }
      }),
    );
  });

  it("are few on a busy edge", () => {
    const watch = nothingWatched();
    const turns = Array.from({ length: 10_000 }, (_, n) => isWatchTurn(watch, 0.5, NOW_MS + n / 10));
    // A second at 10,000 answers a second: 1 in 64.
    expect(turns.filter(Boolean).length).toBe(Math.ceil(10_000 / (MOST_UNWATCHED + 1)));
  });

  it("go on after the clock went back", () => {
    const watch = nothingWatched();
    isWatchTurn(watch, 0.5, NOW_MS);
    expect(isWatchTurn(watch, 0.5, NOW_MS - 3_600_000)).toBe(true);
    expect(isWatchTurn(watch, 0.5, NOW_MS - 3_600_000)).toBe(false);
  });

  it("come with every answer for a minute after a bad body", () => {
    const watch = nothingWatched();
    isWatchTurn(watch, 0.5, NOW_MS);
    noteBadBody(watch, NOW_MS);
    for (let answer = 0; answer < 3 * MOST_UNWATCHED; answer++) {
      expect(isWatchTurn(watch, 0.5, NOW_MS + 59_999)).toBe(true);
    }
    expect(isWatchTurn(watch, 0.5, NOW_MS + 60_000)).toBe(true);
    expect(isWatchTurn(watch, 0.5, NOW_MS + 60_000)).toBe(false);
  });
});

describe("a body", () => {
  it.each([
    ["without a length is not watched", null, null, "not"],
    ["that is coded is not", "100", "gzip", "not"],
    ["that is empty is not", "0", null, "not"],
    ["whose length is no number is not", "many", null, "not"],
    ["that is small is held", String(MAX_HELD_BYTES), null, "hold"],
    ["that is larger flows", String(MAX_HELD_BYTES + 1), null, "flow"],
    ["of a megabyte flows", String(MAX_WATCHED_BYTES), null, "flow"],
    ["that is longer is not", String(MAX_WATCHED_BYTES + 1), null, "not"],
  ])("%s", (_, length, encoding, kind) => {
    expect(watchKind(length, encoding)).toBe(kind);
  });
});
