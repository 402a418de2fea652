/** A claim that is answered late or not at all: its slot comes back within a claim window, or is its user's. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketOf } from "../../src/policy/crowd-curve.ts";
import { advanceRoom, newRoom } from "../../src/policy/room.ts";
import { claimSlot, unclaimSlot } from "../../src/policy/room-claim.ts";
import { exchangeWith } from "../../src/policy/room-exchange.ts";
import { bookingMs, type RoomRules } from "../../src/policy/room-rules.ts";

const START_MS = 1_800_000_000_000;
const WINDOW_MS = 20_000;
const POLL_MS = 5000;
const RULES: RoomRules = {
  mode: "auto",
  activeLimit: 1,
  admitPerMinute: 1_000_000,
  reachable: 1,
  sessionMs: 300_000,
  renews: true,
  claimWindowMs: WINDOW_MS,
  ticketLifeMs: 3_600_000,
  lanes: [],
  events: [],
};

/** One person is called, who claims. */
function aCall(rules: Partial<RoomRules> = {}) {
  const room = newRoom({ ...RULES, ...rules }, START_MS);
  const moves = [{ bucket: bucketOf(START_MS), from: 0, to: START_MS / 1000 + 170, count: 1 }];
  const lanes = { "": { batches: [{ seq: 1, untilMs: START_MS, moves }], holds: 0, wants: 0 } };
  const none = { letIn: [], bookings: [], ended: [], isInTrouble: false };
  exchangeWith(room, { edge: "e", seq: 1, lanes, ...none }, START_MS);
  let nowMs = START_MS + 10_000;
  advanceRoom(room, nowMs);
  return {
    room,
    wait: (ms: number) => {
      nowMs += ms;
      advanceRoom(room, nowMs);
    },
    now: () => nowMs,
    claim: (attempt?: string, answerByMs?: number) =>
      claimSlot(
        room,
        {
          ...{ lane: "", ticketId: "t", passId: "t", arrivedAtMs: START_MS, presentUntilSeconds: 0 },
          ...{ pollAfterMs: 2000, attempt, answerByMs },
        },
        nowMs,
      ),
    unclaim: (attempt: string) => unclaimSlot(room, "t", attempt, POLL_MS, nowMs),
    active: () => room.slots.active.size,
  };
}

describe("a claim that was long on its way", () => {
  it("takes no slot, and its ticket gets one when it asks again", () => {
    const call = aCall();
    expect(call.claim("a", call.now() - 1)).toEqual({ kind: "standing" });
    expect(call.active()).toBe(0);
    expect(call.claim("b", call.now())).toMatchObject({ kind: "admitted", isNew: true });
  });

  it("is answered all the same where the ticket has its slot already", () => {
    const call = aCall();
    call.claim("a");
    expect(call.claim("b", call.now() - 1)).toMatchObject({ kind: "admitted", isNew: false });
  });
});

describe("a claim whose user was told to ask again before it was answered", () => {
  it("has its slot kept for a claim window, or twice the poll, and no longer", () => {
    const call = aCall();
    call.claim("a");
    call.wait(1500);
    expect(call.unclaim("a")).toBe(true);
    call.wait(WINDOW_MS - 200);
    expect(call.active()).toBe(1);
    call.wait(300);
    expect(call.active()).toBe(0);
    const short = aCall({ claimWindowMs: 1000 });
    short.claim("a");
    short.unclaim("a");
    short.wait(2 * POLL_MS - 200);
    expect(short.active()).toBe(1);
    short.wait(300);
    expect(short.active()).toBe(0);
  });

  it("has the same slot, for as long as it was first given, when it asks again in time", () => {
    const call = aCall({ renews: false });
    const first = call.claim("a");
    call.unclaim("a");
    call.wait(POLL_MS);
    expect(call.claim("b")).toEqual({ ...first, isNew: false });
    call.wait(bookingMs({ ...RULES, renews: false }) - POLL_MS - 200);
    expect(call.active()).toBe(1);
  });

  it("has a slot again when it asks after that", () => {
    const call = aCall();
    call.claim("a");
    call.unclaim("a");
    call.wait(WINDOW_MS + 200);
    expect(call.claim("b")).toMatchObject({ kind: "admitted", isNew: true });
  });

  it("keeps what another claim has told of meanwhile", () => {
    const call = aCall();
    call.claim("a");
    call.claim("b");
    expect(call.unclaim("a")).toBe(false);
    expect(call.unclaim("b")).toBe(false);
    call.wait(WINDOW_MS + 200);
    expect(call.active()).toBe(1);
  });

  it("never loses a slot that its user was told of, nor keeps one for long that nobody was, in any order", () => {
    const act = fc.record({
      what: fc.constantFrom("claim", "unclaim", "wait"),
      which: fc.nat(5),
      waitMs: fc.integer({ min: 0, max: 8000 }),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        const call = aCall();
        /** Attempt → what it was answered; taken back by those whose answer was late. */
        const answers: {
          attempt: string;
          untilMs: number;
          atMs: number;
          isLate: boolean;
          isBack: boolean;
        }[] = [];
        for (const { what, which, waitMs } of acts) {
          if (what === "wait") call.wait(waitMs);
          if (what === "claim") {
            const attempt = `${answers.length}`;
            const claimed = call.claim(attempt);
            if (claimed.kind !== "admitted") continue;
            const isLate = which % 2 === 0;
            answers.push({ attempt, untilMs: claimed.untilMs, atMs: call.now(), isLate, isBack: false });
          }
          const late = answers.filter(({ isLate, isBack }) => isLate && !isBack);
          const back = late[which % Math.max(1, late.length)];
          if (what === "unclaim" && back !== undefined) {
            call.unclaim(back.attempt);
            back.isBack = true;
          }
          for (const { isLate, untilMs } of answers) {
            if (!isLate && untilMs > call.now() + 200) expect(call.active()).toBe(1);
          }
          expect(call.active()).toBeLessThanOrEqual(1);
        }
        if (answers.length !== 1 || answers[0]?.isLate !== true || !answers[0].isBack) return;
        call.wait(WINDOW_MS + 200);
        expect(call.active()).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
