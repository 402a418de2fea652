import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketOf } from "../../src/policy/crowd-curve.ts";
import {
  freezeMoves,
  hasMoves,
  lineSeen,
  localArrivals,
  movesAnswered,
  newPendingMoves,
  noteAdmitted,
  noteComing,
  noteDecided,
  noteMove,
} from "../../src/policy/move-batches.ts";
import { applyReport, newPresence } from "../../src/policy/presence.ts";

const NOW = 1_700_000_000_000;
const SECOND = NOW / 1000;
const waiting = (pending: ReturnType<typeof newPendingMoves>) =>
  localArrivals(pending).arrivals.reduce((sum, { count }) => sum + count, 0);

describe("what the Room has not heard of a line", () => {
  it("is told as counts, and again with the same number until it is answered", () => {
    const pending = newPendingMoves();
    for (let n = 0; n < 3; n += 1) noteMove(pending, NOW, 0, SECOND + 4);
    const [first] = freezeMoves(pending, NOW + 10);
    expect(first).toEqual({
      seq: 1,
      untilMs: NOW + 10,
      moves: [{ bucket: bucketOf(NOW), from: 0, to: SECOND + 4, count: 3 }],
    });
    noteMove(pending, NOW, SECOND + 4, SECOND + 6);
    const again = freezeMoves(pending, NOW + 1000);
    expect(again).toEqual([first, expect.objectContaining({ seq: 2 })]);
    movesAnswered(pending, again, NOW + 1000);
    expect(hasMoves(pending)).toBe(false);
    expect(freezeMoves(pending, NOW + 2000)).toEqual([{ seq: 3, untilMs: NOW + 2000, moves: [] }]);
  });

  it("is not all that came before, while it is not decided whether somebody waits", () => {
    const pending = newPendingMoves();
    noteComing(pending, "one", NOW - 30);
    noteComing(pending, "two", NOW - 20);
    expect(freezeMoves(pending, NOW)[0]?.untilMs).toBe(NOW - 30);
    noteDecided(pending, "one");
    expect(freezeMoves(pending, NOW)[1]?.untilMs).toBe(NOW - 20);
    // A request that was cut off says nothing any more.
    expect(freezeMoves(pending, NOW + 2000)[2]?.untilMs).toBe(NOW + 2000);
  });

  it("leaves out who is not counted any more, and what moves nobody", () => {
    const pending = newPendingMoves();
    noteMove(pending, NOW, SECOND + 4, SECOND + 4);
    expect(hasMoves(pending)).toBe(false);
    noteMove(pending, NOW, 0, SECOND - 1);
    expect(freezeMoves(pending, NOW)[0]?.moves).toEqual([]);
  });

  it("counts arrivals here until a line comes that was drawn after they were told", () => {
    const pending = newPendingMoves();
    noteMove(pending, NOW, 0, SECOND + 4);
    const told = freezeMoves(pending, NOW + 10);
    noteMove(pending, NOW + 20, 0, SECOND + 4);
    expect(waiting(pending)).toBe(2);
    movesAnswered(pending, told, NOW + 30);
    // A line that was drawn before: all edges of a moment get the same.
    lineSeen(pending, NOW - 100);
    expect([waiting(pending), localArrivals(pending).reportedUntilMs]).toEqual([2, 0]);
    lineSeen(pending, NOW + 30);
    expect([waiting(pending), localArrivals(pending).reportedUntilMs]).toEqual([1, NOW + 10]);
  });

  it("counts out at once who left or was let in here", () => {
    const pending = newPendingMoves();
    noteMove(pending, NOW, SECOND + 4, 0);
    noteAdmitted(pending, NOW, NOW + 40);
    expect(localArrivals(pending).left).toEqual([{ bucket: bucketOf(NOW), count: 2 }]);
    lineSeen(pending, NOW + 40);
    expect(localArrivals(pending).left).toEqual([{ bucket: bucketOf(NOW), count: 1 }]);
  });

  it("counts as an arrival who comes back and was counted no more, and takes away nobody who leaves then", () => {
    const pending = newPendingMoves();
    noteMove(pending, NOW - 60_000, SECOND - 30, SECOND + 4, false);
    expect([waiting(pending), pending.untold]).toEqual([1, 1]);
    // Told as it was signed: the Room may have counted on.
    expect(freezeMoves(pending, NOW)[0]?.moves).toEqual([
      { bucket: bucketOf(NOW - 60_000), from: SECOND - 30, to: SECOND + 4, count: 1 },
    ]);
    noteMove(pending, NOW - 70_000, SECOND - 30, 0, false);
    expect(localArrivals(pending).left).toEqual([]);
  });

  it("stays small while the Room is out of reach for long", () => {
    const pending = newPendingMoves();
    for (let n = 0; n < 100; n += 1) {
      noteMove(pending, NOW + n * 1000, 0, SECOND + n + 4);
      freezeMoves(pending, NOW + n * 1000);
    }
    expect(pending.frozen.length).toBeLessThan(16);
  });

  it("counts nobody twice and loses nobody, whatever exchange is lost", () => {
    const round = fc.record({
      joins: fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 5 }),
      fate: fc.constantFrom("answered", "report-lost", "answer-lost"),
    });
    fc.assert(
      fc.property(fc.array(round, { maxLength: 20 }), (rounds) => {
        const pending = newPendingMoves();
        const presence = newPresence();
        let people = 0;
        let nowMs = NOW;
        const exchange = (fate: "answered" | "report-lost" | "answer-lost") => {
          const told = freezeMoves(pending, nowMs);
          if (fate !== "report-lost") {
            for (const batch of told) applyReport(presence, { ...batch, edge: "e" }, nowMs);
          }
          if (fate === "answered") movesAnswered(pending, told, nowMs);
        };
        for (const { joins, fate } of rounds) {
          for (const backMs of joins) noteMove(pending, nowMs - backMs, 0, SECOND + 170);
          people += joins.length;
          exchange(fate);
          nowMs += 1000;
        }
        for (let n = 0; n < 2; n += 1) exchange("answered");
        expect(presence.total).toBe(people);
      }),
    );
  });
});
