import { describe, expect, it } from "vitest";
import { newRoom, type Room } from "../../src/policy/room.ts";
import { exchangeWith, type Told } from "../../src/policy/room-exchange.ts";
import { bookingMs, COMMON_LANE } from "../../src/policy/room-rules.ts";
import { roomOf } from "../support/room-figures.ts";

const RULES = { ...roomOf(10), admitPerMinute: 60, sessionMs: 8000 };
const START_MS = 1_800_000_000_000;

function tell(room: Room, edge: string, seq: number, atMs: number, told: Partial<Told> = {}, wants = 0) {
  const lanes = { [COMMON_LANE]: { batches: [], holds: 0, wants } };
  const report: Told = { edge, seq, lanes, letIn: [], bookings: [], ended: [], isInTrouble: false, ...told };
  return exchangeWith(room, report, atMs);
}

function admitted({ pace }: Room): number {
  return [...pace.bySecond.values()].reduce((sum, count) => sum + count, 0);
}

function guest(givenAtMs: number): Told["letIn"][number] {
  return { id: "guest", lane: COMMON_LANE, givenAtMs, untilMs: givenAtMs + bookingMs(RULES) };
}

// Found by the simulator: `npm run simulate -- --seed 1848`, and 7559.
describe("a user who is out before the edge that gave the slot has told of it", () => {
  it("counts in the pace once, though another edge tells of the end first", () => {
    const room = newRoom(RULES, START_MS);
    tell(room, "first", 1, START_MS, {}, 1);
    tell(room, "other", 1, START_MS + 500, { ended: [["guest", START_MS + 400]] });
    expect(admitted(room)).toBe(1);
    tell(room, "other", 2, START_MS + 600, { ended: [["guest", START_MS + 400]] });
    const letIn = [guest(START_MS + 100)];
    tell(room, "first", 2, START_MS + 1000, { letIn });
    // Whose answer was lost.
    tell(room, "first", 3, START_MS + 2000, { letIn });
    expect(admitted(room)).toBe(1);
  });

  it("counts in the pace beside the one whose slot was presumed used", () => {
    const room = newRoom(RULES, START_MS);
    tell(room, "dead", 1, START_MS, {}, 1);
    const laterMs = START_MS + 4000;
    tell(room, "live", 1, laterMs, {}, 1);
    const { id, givenAtMs, untilMs } = guest(laterMs + 100);
    tell(room, "third", 1, laterMs + 500, { bookings: [[id, untilMs + 800]] });
    tell(room, "third", 2, laterMs + 600, { ended: [[id, laterMs + 550]] });
    tell(room, "live", 2, laterMs + 1000, { letIn: [{ id, lane: COMMON_LANE, givenAtMs, untilMs }] });
    expect(admitted(room)).toBe(2);
  });

  it("counts no more when it was known to be in, or to be over", () => {
    const room = newRoom(RULES, START_MS);
    tell(room, "first", 1, START_MS, {}, 2);
    tell(room, "first", 2, START_MS + 300, { letIn: [guest(START_MS + 100)] });
    tell(room, "other", 1, START_MS + 500, { ended: [["guest", START_MS + 400]] });
    expect(admitted(room)).toBe(1);
    const overAtMs = START_MS + 100 + bookingMs(RULES) + 1000;
    const late = newRoom(RULES, START_MS);
    tell(late, "first", 1, START_MS, {}, 2);
    tell(late, "first", 2, START_MS + 300, { letIn: [guest(START_MS + 100)] });
    tell(late, "first", 3, overAtMs, {}, 1);
    tell(late, "other", 1, overAtMs + 100, { ended: [["guest", overAtMs]] });
    expect(admitted(late)).toBe(1);
  });
});
