import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isWatchTurn,
  MAX_HELD_BYTES,
  MAX_WATCHED_BYTES,
  noteBadBody,
  nothingWatched,
  SAMPLE,
  watchKind,
} from "../../src/policy/body-watch.ts";

const NOW_MS = 1_700_000_000_000;
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("turns", () => {
  it("come once in each block of sixteen, with at most thirty answers between two", () => {
    fc.assert(
      fc.property(fc.array(random, { minLength: 10 * SAMPLE, maxLength: 10 * SAMPLE }), (randoms) => {
        const watch = nothingWatched();
        const turns = randoms.map((one) => isWatchTurn(watch, one, NOW_MS));
        for (let block = 0; block < 10; block++) {
          expect(turns.slice(block * SAMPLE, (block + 1) * SAMPLE).filter(Boolean)).toHaveLength(1);
        }
        const places = turns.flatMap((isTurn, index) => (isTurn ? [index] : []));
        for (const [index, place] of places.entries()) {
          expect(place - (places[index - 1] ?? -1)).toBeLessThanOrEqual(2 * SAMPLE - 1);
        }
      }),
    );
  });

  it("come with every answer for a minute after a bad body", () => {
    const watch = nothingWatched();
    noteBadBody(watch, NOW_MS);
    for (let answer = 0; answer < 3 * SAMPLE; answer++) {
      expect(isWatchTurn(watch, 0.5, NOW_MS + 59_999)).toBe(true);
    }
    const after = Array.from({ length: SAMPLE }, () => isWatchTurn(watch, 0.5, NOW_MS + 60_000));
    expect(after.filter(Boolean)).toHaveLength(1);
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
