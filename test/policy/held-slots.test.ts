import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EndedPasses } from "../../src/policy/ended-passes.ts";
import { HeldSlots } from "../../src/policy/held-slots.ts";
import { expireCalled, newQueue } from "../../src/policy/room-queue.ts";
import { stand } from "../../src/policy/room-turn.ts";

const steps = fc.array(
  fc.record({
    edge: fc.constantFrom("a", "b", "c", "d"),
    lane: fc.constantFrom("", "gold"),
    count: fc.nat(5),
    forMs: fc.nat(50),
    afterMs: fc.nat(20),
    does: fc.constantFrom("set", "set", "delete", "expire"),
  }),
  { maxLength: 60 },
);

describe("slots that edges hold", () => {
  it("sum up to what a walk over all edges finds, and end when their time is over", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const held = new HeldSlots<{ slots: ReadonlyMap<string, number>; untilMs: number }>();
        let nowMs = 0;
        for (const { edge, lane, count, forMs, afterMs, does } of all) {
          nowMs += afterMs;
          const before = [...held];
          if (does === "set") held.set(edge, { slots: new Map([[lane, count]]), untilMs: nowMs + forMs });
          else if (does === "delete") held.delete(edge);
          else {
            const over = before.filter(([, { untilMs }]) => nowMs >= untilMs);
            expect(held.takeOver(nowMs)).toEqual(over);
            expect([...held.values()].every(({ untilMs }) => nowMs < untilMs)).toBe(true);
          }
          for (const one of ["", "gold"]) {
            const walked = [...held.values()].reduce((sum, { slots }) => sum + (slots.get(one) ?? 0), 0);
            expect(held.count(one)).toBe(walked);
          }
          expect(held.count()).toBe(held.count("") + held.count("gold"));
        }
      }),
    );
  });
});

describe("passes that were ended", () => {
  it("are told newest last, so many at the most, and none that was taken back", () => {
    const doing = fc.record({ id: fc.constantFrom(..."abcdefgh"), isBack: fc.boolean() });
    fc.assert(
      fc.property(fc.array(doing, { maxLength: 50 }), (all) => {
        const ended = new EndedPasses(3);
        for (const [atMs, { id, isBack }] of all.entries()) {
          ended.delete(id);
          if (!isBack) ended.set(id, atMs);
          const newest = ended.newest();
          expect(newest.length).toBeLessThanOrEqual(3);
          expect(newest.every(([one, at]) => ended.get(one) === at)).toBe(true);
          expect(newest.map(([, at]) => at)).toEqual(newest.map(([, at]) => at).toSorted((a, b) => a - b));
          if (!isBack) expect(newest.at(-1)).toEqual([id, atMs]);
        }
      }),
    );
  });
});

describe("people who stand", () => {
  it("are forgotten when their slots are kept no longer, whatever the order in which they came", () => {
    const standing = fc.record({ id: fc.constantFrom(..."abcde"), afterMs: fc.nat(30), keptMs: fc.nat(90) });
    fc.assert(
      fc.property(fc.array(standing, { maxLength: 40 }), (all) => {
        const queue = newQueue(0);
        const known = new Map<string, number>();
        let nowMs = 0;
        for (const { id, afterMs, keptMs } of all) {
          nowMs += afterMs;
          stand(queue, id, { arrivedAtMs: nowMs, dueAtMs: nowMs, keptUntilMs: nowMs + keptMs });
          known.set(id, nowMs + keptMs);
          expireCalled(queue, nowMs);
          const left = [...known].filter(([, keptUntilMs]) => nowMs < keptUntilMs).map(([one]) => one);
          expect([...queue.standing.keys()].sort()).toEqual(left.sort());
        }
      }),
    );
  });
});
