/** A signed-in user's one place, whatever the devices and the order in which they are heard. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afterJoin, afterLetIn, type OfferedPlace, placeEndMs } from "../../src/policy/place-record.ts";

const NOW_MS = 1_000_000;
const offer = (ticketId: string, arrivedAtMs: number, expiresAtMs = NOW_MS + 1000): OfferedPlace => ({
  ticketId,
  arrivedAtMs,
  expiresAtMs,
});
const waiting = (...args: Parameters<typeof offer>) => ({ kind: "waiting" as const, ...offer(...args) });
const inside = (untilMs: number, passId = "pass") => ({ kind: "in" as const, passId, untilMs });

describe("a user's place", () => {
  it("is the one that is offered while there is none", () => {
    expect(afterJoin(undefined, offer("a", 5), NOW_MS)).toEqual(waiting("a", 5));
  });

  it("stays when a second device comes later", () => {
    expect(afterJoin(waiting("a", 5), offer("b", 6), NOW_MS)).toEqual(waiting("a", 5));
  });

  it("becomes an earlier one that is told later: a ticket from before signing in is adopted", () => {
    expect(afterJoin(waiting("a", 5), offer("b", 4), NOW_MS)).toEqual(waiting("b", 4));
  });

  it("stays with the first ticket of two in the same millisecond", () => {
    expect(afterJoin(waiting("b", 5), offer("a", 5), NOW_MS)).toEqual(waiting("b", 5));
  });

  it("is kept for as long as the device that keeps it longest, whichever has the place", () => {
    const late = NOW_MS + 9000;
    expect(afterJoin(waiting("a", 5), offer("b", 6, late), NOW_MS)).toEqual(waiting("a", 5, late));
    expect(afterJoin(waiting("a", 5, late), offer("b", 4), NOW_MS)).toEqual(waiting("b", 4, late));
  });

  // Found by the simulator: `npm run simulate -- --seed 3239`, and 6440.
  it("is not one that has been used up, of whose pass nothing was heard", () => {
    const known = waiting("a", 5);
    expect(afterJoin(known, offer("b", 6), NOW_MS, undefined, "a")).toEqual(waiting("b", 6));
    // A second device has heard the same: the user has one place again.
    expect(afterJoin(waiting("b", 6), offer("c", 7), NOW_MS, undefined, "a")).toEqual(waiting("b", 6));
  });

  it("is forgotten at its end, and the next ticket is the place", () => {
    expect(afterJoin(waiting("a", 5, NOW_MS + 1), offer("b", 6), NOW_MS)).toMatchObject({ ticketId: "a" });
    expect(afterJoin(waiting("a", 5, NOW_MS), offer("b", 6), NOW_MS)).toEqual(waiting("b", 6));
  });

  it("is the earliest arrival of all that were offered, in any order and however often", () => {
    const offers = fc.array(
      fc.record({
        ticketId: fc.constantFrom("a", "b", "c", "d"),
        arrivedAtMs: fc.integer({ min: 0, max: 9 }),
        expiresAtMs: fc.integer({ min: NOW_MS + 1, max: NOW_MS + 100 }),
      }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(offers, (all) => {
        const known = all.reduce<ReturnType<typeof afterJoin> | undefined>(
          (record, one) => afterJoin(record, one, NOW_MS),
          undefined,
        );
        const [first] = [...all].sort((one, other) => one.arrivedAtMs - other.arrivedAtMs);
        expect(known).toEqual({
          kind: "waiting",
          ticketId: first?.ticketId,
          arrivedAtMs: first?.arrivedAtMs,
          expiresAtMs: Math.max(...all.map(({ expiresAtMs }) => expiresAtMs)),
        });
      }),
    );
  });
});

describe("a user who was let in", () => {
  it("has no place any more: every ticket leads to the pass, however early", () => {
    const record = afterLetIn(waiting("a", 5), "pass", NOW_MS + 10);
    expect(record).toEqual(inside(NOW_MS + 10));
    expect(afterJoin(record, offer("b", 1), NOW_MS)).toBe(record);
  });

  it("begins anew when the pass is over", () => {
    expect(afterJoin(inside(NOW_MS), offer("b", 6), NOW_MS)).toEqual(waiting("b", 6));
  });

  it("is in for as long as the longest pass: what comes late shortens nothing", () => {
    const record = inside(NOW_MS + 10);
    expect(afterLetIn(record, "pass", NOW_MS + 5)).toBe(record);
    expect(afterLetIn(record, "pass", NOW_MS + 20)).toEqual(inside(NOW_MS + 20));
    expect(afterLetIn(undefined, "pass", NOW_MS)).toEqual(inside(NOW_MS));
  });

  it("has a record until the end of the pass, and who waits until that of the ticket", () => {
    expect(placeEndMs(inside(7))).toBe(7);
    expect(placeEndMs(waiting("a", 1, 8))).toBe(8);
  });
});
