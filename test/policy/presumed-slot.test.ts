import { describe, expect, it } from "vitest";
import { newRoom, type Room } from "../../src/policy/room.ts";
import { exchangeWith, type Told } from "../../src/policy/room-exchange.ts";
import { bookingMs, COMMON_LANE } from "../../src/policy/room-rules.ts";
import { slotsInUse } from "../../src/policy/room-slots.ts";
import { roomOf } from "../support/room-figures.ts";

const RULES = { ...roomOf(10), sessionMs: 8000 };
const START_MS = 1_800_000_000_000;

function tell(
  room: Room,
  edge: string,
  seq: number,
  atMs: number,
  told: Partial<Told> & { wants?: number } = {},
) {
  const { wants = 0, ...rest } = told;
  const lanes = { [COMMON_LANE]: { batches: [], holds: 0, wants } };
  const report: Told = {
    edge,
    seq,
    lanes,
    letIn: [],
    bookings: [],
    ended: [],
    isInTrouble: false,
    ...rest,
  };
  return exchangeWith(room, report, atMs);
}

// Found by the simulator: `npm run simulate -- --seed 4402`.
describe("a slot that a dead edge has presumably used", () => {
  it("stays its user's, though a user of another edge is heard of elsewhere first", () => {
    const room = newRoom(RULES, START_MS);
    // The first edge lets somebody in with its slot and dies without a word.
    tell(room, "dead", 1, START_MS, { wants: 1 });
    const laterMs = START_MS + 4000;
    tell(room, "live", 1, laterMs, { wants: 1 });
    // The live one lets a user in, whose next request is at a third edge, which tells first.
    const untilMs = laterMs + 100 + bookingMs(RULES);
    tell(room, "third", 1, laterMs + 900, { bookings: [["guest", untilMs + 800]] });
    const letIn = [{ id: "guest", lane: COMMON_LANE, givenAtMs: laterMs + 100, untilMs }];
    tell(room, "live", 2, laterMs + 1000, { letIn });
    // One for the guest, and one for the dead edge's user.
    expect(slotsInUse(room.slots)).toEqual({ active: 1, leased: 1 });
    tell(room, "live", 3, laterMs + 2000, { ended: [["guest", laterMs + 1500]] });
    expect(slotsInUse(room.slots)).toEqual({ active: 0, leased: 1 });
  });

  it("is the user's of whom its own edge tells late", () => {
    const room = newRoom(RULES, START_MS);
    tell(room, "slow", 1, START_MS, { wants: 1 });
    const laterMs = START_MS + 4000;
    const untilMs = START_MS + 100 + bookingMs(RULES);
    tell(room, "third", 1, laterMs, { bookings: [["guest", untilMs + 800]] });
    const letIn = [{ id: "guest", lane: COMMON_LANE, givenAtMs: START_MS + 100, untilMs }];
    tell(room, "slow", 2, laterMs + 1000, { letIn });
    expect(slotsInUse(room.slots)).toEqual({ active: 1, leased: 0 });
  });
});
