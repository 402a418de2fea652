/** Who is counted after a time in which the Room could hear nobody: all who were there, and nobody twice. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUCKET_MS, bucketOf, peopleBefore } from "../../src/policy/crowd-curve.ts";
import { applyReport, crowdOf, expire, type Move, newPresence } from "../../src/policy/presence.ts";
import { packPresence, unpackPresence } from "../../src/policy/presence-blob.ts";
import { bridgeSilence } from "../../src/policy/silence.ts";

const START_S = 1_800_000_000;
const START_MS = START_S * 1000;

function aCount() {
  let presence = newPresence();
  const seqs = new Map<string, number>();
  return {
    tell: (moves: readonly Move[], nowMs: number, edge = "e") => {
      const seq = (seqs.get(edge) ?? 0) + 1;
      seqs.set(edge, seq);
      applyReport(presence, { edge, seq, untilMs: nowMs, moves }, nowMs);
    },
    restart: () => {
      presence = unpackPresence(packPresence(presence));
    },
    bridge: (nowMs: number) => bridgeSilence(presence, nowMs),
    total: (nowMs: number) => {
      expire(presence, nowMs);
      return presence.total;
    },
    before: (atMs: number, nowMs: number) => peopleBefore(crowdOf(presence, nowMs).curve, atMs / BUCKET_MS),
  };
}

const came = (atMs: number, to: number, count = 1): Move => ({ bucket: bucketOf(atMs), from: 0, to, count });

describe("people who waited before a silence", () => {
  it("are ahead of whoever comes first after it, though their time would be over", () => {
    const count = aCount();
    count.tell([came(START_MS, START_S + 4, 3)], START_MS);
    count.restart();
    const nowMs = START_MS + 60_000;
    count.bridge(nowMs);
    expect(count.before(nowMs, nowMs)).toBe(3);
    // One comes back and is one person still; the others have left, and are counted for as long as they were to be.
    count.tell([{ bucket: bucketOf(START_MS), from: START_S + 4, to: START_S + 70, count: 1 }], nowMs);
    expect(count.total(nowMs)).toBe(3);
    expect(count.total(nowMs + 3900)).toBe(3);
    expect(count.total(nowMs + 4000)).toBe(1);
  });

  it("are not counted on for a moment's silence, nor for a day's", () => {
    for (const [silentMs, total] of [
      [2900, 0],
      [3_600_001, 0],
      [3_600_000, 1],
    ] as const) {
      const count = aCount();
      count.tell([came(START_MS, START_S + 1)], START_MS);
      count.bridge(START_MS + silentMs);
      expect(count.total(START_MS + silentMs)).toBe(total);
    }
  });

  it("are all counted and none twice, whoever polled in the silence, told it late or never, or came back after", () => {
    const person = fc.record({
      arrivedMs: fc.integer({ min: 0, max: 5000 }),
      untilS: fc.integer({ min: 6, max: 120 }),
      edge: fc.constantFrom("e", "f"),
      /** Seconds after the silence began: a poll that its edge could not tell then. */
      polledS: fc.option(fc.integer({ min: 0, max: 120 }), { nil: undefined }),
      polledFor: fc.integer({ min: 4, max: 120 }),
      isBack: fc.boolean(),
    });
    const all = fc.uniqueArray(person, {
      minLength: 1,
      maxLength: 12,
      selector: ({ arrivedMs }) => bucketOf(START_MS + arrivedMs),
    });
    fc.assert(
      fc.property(all, fc.integer({ min: 4, max: 150 }), fc.boolean(), (people, silentS, isRestart) => {
        const count = aCount();
        const sinceMs = START_MS + 5500;
        for (const edge of ["e", "f"]) {
          const its = people.filter((one) => one.edge === edge);
          count.tell(
            its.map(({ arrivedMs, untilS }) => came(START_MS + arrivedMs, START_S + untilS)),
            sinceMs,
            edge,
          );
        }
        if (isRestart) count.restart();
        let nowMs = sinceMs + silentS * 1000;
        count.bridge(nowMs);
        expect(count.total(nowMs)).toBe(people.length);
        // What edges could not tell: as `freezeMoves`, without what is over.
        const polled = people.map((one) => {
          const atS = one.polledS;
          const from = START_S + one.untilS;
          if (atS === undefined || atS >= silentS) return { ...one, from };
          const to = START_S + 5 + atS + one.polledFor;
          if (to * 1000 > nowMs)
            count.tell([{ bucket: bucketOf(START_MS + one.arrivedMs), from, to, count: 1 }], nowMs, one.edge);
          // One that was over in the silence is told by no edge, and its ticket says it all the same.
          return { ...one, from: to };
        });
        expect(count.total(nowMs)).toBe(people.length);
        nowMs += 500;
        for (const { arrivedMs, from, isBack } of polled) {
          const to = Math.floor(nowMs / 1000) + 170;
          if (isBack) count.tell([{ bucket: bucketOf(START_MS + arrivedMs), from, to, count: 1 }], nowMs);
        }
        const back = polled.filter(({ isBack }) => isBack).length;
        expect(count.total(nowMs)).toBeLessThanOrEqual(people.length);
        // Whoever is not back is forgotten in time, whoever is stays.
        expect(count.total(nowMs + 160_000)).toBeGreaterThanOrEqual(back);
        expect(count.total(nowMs + 169_000)).toBe(back);
      }),
      { numRuns: 500 },
    );
  });
});
