import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  newSlotLease,
  spendSlot,
  takeSlots,
  tellSlots,
  usableSlots,
  wantSlot,
} from "../../src/policy/slot-lease.ts";

const NOW = 1_700_000_000_000;

/** A lease of so many slots that ends in a second. */
function leaseOf(slots: number) {
  const lease = newSlotLease();
  tellSlots(lease, true, NOW);
  takeSlots(lease, slots, NOW + 1000);
  return lease;
}

describe("slots that an edge holds ahead", () => {
  it("are given away one by one, until they are gone or their time is over", () => {
    const lease = leaseOf(2);
    expect(spendSlot(lease, NOW + 999)).toBe(true);
    expect(spendSlot(lease, NOW + 1000)).toBe(false);
    expect(spendSlot(lease, NOW + 999)).toBe(true);
    expect(spendSlot(lease, NOW + 999)).toBe(false);
  });

  it("are worth nothing on a clock that was set back", () => {
    expect(usableSlots(leaseOf(2), NOW - 3_600_000)).toBe(0);
  });

  it("are asked for by who needs them, and by as many as came lately", () => {
    const lease = newSlotLease();
    wantSlot(lease);
    wantSlot(lease);
    expect(tellSlots(lease, true, NOW)).toEqual({ holds: 0, wants: 2 });
    takeSlots(lease, 2, NOW + 1000);
    spendSlot(lease, NOW);
    spendSlot(lease, NOW);
    expect(tellSlots(lease, true, NOW + 500)).toEqual({ holds: 0, wants: 2 });
    takeSlots(lease, 2, NOW + 1500);
    expect(tellSlots(lease, true, NOW + 1000)).toEqual({ holds: 1, wants: 0 });
    expect(tellSlots(lease, true, NOW + 1100)).toEqual({ holds: 0, wants: 0 });
  });

  it("go back when their lane is closed", () => {
    const lease = leaseOf(5);
    wantSlot(lease);
    expect(tellSlots(lease, false, NOW)).toEqual({ holds: 0, wants: 0 });
    expect(spendSlot(lease, NOW)).toBe(false);
  });

  it("that were not told of in time are not told as held", () => {
    const lease = leaseOf(5);
    lease.expected = 10;
    expect(tellSlots(lease, true, NOW + 1000).holds).toBe(0);
  });
});

/** What the Room believes: slots lent to the edge, and passes that it was told of. */
interface RoomSide {
  lent: number;
  told: number;
}

const step = fc.record({
  afterMs: fc.integer({ min: 0, max: 1500 }),
  newcomers: fc.integer({ min: 0, max: 4 }),
  isOpen: fc.boolean(),
  grants: fc.integer({ min: 0, max: 5 }),
  fate: fc.constantFrom("answered", "report-lost", "answer-lost", "answer-late"),
});

describe("whatever is lost or late", () => {
  it("an edge gives away no more than the Room takes it to have", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const lease = newSlotLease();
        const room: RoomSide = { lent: 0, told: 0 };
        let given = 0;
        let nowMs = NOW;
        const give = () => {
          if (spendSlot(lease, nowMs)) given += 1;
          else wantSlot(lease);
        };
        for (const { afterMs, newcomers, isOpen, grants, fate } of steps) {
          nowMs += afterMs;
          for (let n = 0; n < newcomers; n += 1) give();
          // Those that are given away and not told of are within what was lent.
          expect(given - room.told).toBeLessThanOrEqual(room.lent);
          const beganAtMs = nowMs;
          const { holds, wants } = tellSlots(lease, isOpen, nowMs);
          const letIn = given;
          if (fate === "report-lost") continue;
          const granted = Math.min(wants, grants);
          room.told = letIn;
          room.lent = holds + granted;
          // While the answer is on its way, what is held goes on being given away.
          nowMs += fate === "answer-late" ? 2500 : 20;
          give();
          if (fate !== "answer-lost") takeSlots(lease, granted, beganAtMs + 1000);
          expect(given - room.told).toBeLessThanOrEqual(room.lent);
        }
      }),
    );
  });
});
