import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decideDrain,
  MAX_PRESENT,
  needsSeat,
  nobodyPresent,
  notePresent,
  parseSeat,
  RENEW_MS,
  type Seat,
  STAY_MS,
  seatValue,
  wasPresent,
} from "../../src/policy/drain.ts";

const MINUTE_MS = 60_000;
/** A whole minute. */
const NOW_MS = 30_000_000 * MINUTE_MS;
const seat = (tag: string, agoMs = 0): Seat => ({ tag, seenAtMs: NOW_MS - agoMs });
const stays = { kind: "stays" };
const leaves = (why: "new" | "deadline") => ({ kind: "goes-elsewhere", why });

describe("a seat", () => {
  it("is read as it was written, to the minute", () => {
    const tag = fc.stringMatching(/^[0-9a-z]{1,16}$/);
    fc.assert(
      fc.property(tag, fc.integer({ min: 0, max: 4_000_000_000_000 }), (name, seenAtMs) => {
        const read = parseSeat(seatValue({ tag: name, seenAtMs }));
        expect(read).toEqual({ tag: name, seenAtMs: seenAtMs - (seenAtMs % MINUTE_MS) });
      }),
    );
  });

  it.each([
    undefined,
    "",
    "hk",
    "hk.",
    ".abc",
    "HK.abc",
    "hk.abc.d",
    "hk.abc ",
    "hk.-1",
    "a".repeat(17),
    "hk.123456789",
  ])("is not read from '%s'", (value) => {
    expect(parseSeat(value)).toBeUndefined();
  });

  it("is set once, at another origin, and when it is five minutes old, and not with every answer", () => {
    expect(needsSeat(undefined, "hk", NOW_MS)).toBe(true);
    expect(needsSeat(seat("sg"), "hk", NOW_MS)).toBe(true);
    expect(needsSeat(seat("hk", RENEW_MS), "hk", NOW_MS)).toBe(true);
    expect(needsSeat(seat("hk", RENEW_MS - MINUTE_MS), "hk", NOW_MS)).toBe(false);
    expect(needsSeat(seat("hk", -86_400_000), "hk", NOW_MS)).toBe(true);
  });
});

describe("a user of a draining origin", () => {
  it("stays until the deadline with a seat there", () => {
    expect(decideDrain(NOW_MS + 1, "hk", seat("hk", MINUTE_MS), false, NOW_MS)).toEqual(stays);
    expect(decideDrain(NOW_MS, "hk", seat("hk", MINUTE_MS), true, NOW_MS)).toEqual(leaves("deadline"));
  });

  it("stays as long as it takes when there is no deadline", () => {
    expect(decideDrain(undefined, "hk", seat("hk"), false, NOW_MS)).toEqual(stays);
  });

  it("stays when this edge remembers them, without a cookie", () => {
    expect(decideDrain(undefined, "hk", undefined, true, NOW_MS)).toEqual(stays);
  });

  it("is new without either, or with another origin's seat", () => {
    expect(decideDrain(undefined, "hk", undefined, false, NOW_MS)).toEqual(leaves("new"));
    expect(decideDrain(undefined, "hk", seat("sg"), false, NOW_MS)).toEqual(leaves("new"));
  });

  it("is new again when they were away for longer than a session", () => {
    const lastSeat = (agoMs: number) => decideDrain(undefined, "hk", seat("hk", agoMs), false, NOW_MS);
    expect(lastSeat(STAY_MS + RENEW_MS - MINUTE_MS)).toEqual(stays);
    expect(lastSeat(STAY_MS + RENEW_MS)).toEqual(leaves("new"));
    expect(lastSeat(-DAY_MS)).toEqual(leaves("new"));
  });

  it("who comes at least every quarter of an hour keeps a seat that holds", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: STAY_MS - MINUTE_MS }), { maxLength: 40 }), (pauses) => {
        let nowMs = NOW_MS;
        let cookie = seatValue({ tag: "hk", seenAtMs: nowMs });
        for (const pauseMs of pauses) {
          nowMs += pauseMs;
          const held = parseSeat(cookie);
          expect(decideDrain(undefined, "hk", held, false, nowMs)).toEqual(stays);
          if (needsSeat(held, "hk", nowMs)) cookie = seatValue({ tag: "hk", seenAtMs: nowMs });
        }
      }),
    );
  });
});

const DAY_MS = 86_400_000;

describe("an edge's memory of who is there", () => {
  it("knows where a user was last, and nobody else", () => {
    const presence = nobodyPresent(NOW_MS);
    notePresent(presence, 7, 0, NOW_MS);
    expect(wasPresent(presence, 7, 0, NOW_MS)).toBe(true);
    expect(wasPresent(presence, 7, 1, NOW_MS)).toBe(false);
    expect(wasPresent(presence, 8, 0, NOW_MS)).toBe(false);
    notePresent(presence, 7, 1, NOW_MS + 1);
    expect(wasPresent(presence, 7, 0, NOW_MS + 1)).toBe(false);
  });

  it("forgets a user who stays away, between one and two quarters of an hour", () => {
    const presence = nobodyPresent(NOW_MS);
    notePresent(presence, 7, 0, NOW_MS + STAY_MS - 1);
    expect(wasPresent(presence, 7, 0, NOW_MS + 2 * STAY_MS - 2)).toBe(true);
    expect(wasPresent(presence, 7, 0, NOW_MS + 2 * STAY_MS)).toBe(false);
  });

  it("forgets everybody in a long quiet time", () => {
    const presence = nobodyPresent(NOW_MS);
    notePresent(presence, 7, 0, NOW_MS);
    expect(wasPresent(presence, 7, 0, NOW_MS + 2 * STAY_MS)).toBe(false);
  });

  it("is bounded, and keeps those who came last", () => {
    const presence = nobodyPresent(NOW_MS);
    for (let user = 0; user < 3 * MAX_PRESENT; user++) notePresent(presence, user, 0, NOW_MS);
    expect(presence.current.size + presence.previous.size).toBeLessThanOrEqual(2 * MAX_PRESENT);
    expect(wasPresent(presence, 3 * MAX_PRESENT - 1, 0, NOW_MS)).toBe(true);
    expect(wasPresent(presence, 2 * MAX_PRESENT, 0, NOW_MS)).toBe(true);
    expect(wasPresent(presence, 0, 0, NOW_MS)).toBe(false);
  });

  it("takes nobody for present who was not served there, whatever the clock does", () => {
    const visit = fc.record({
      user: fc.nat(5),
      origin: fc.nat(2),
      afterMs: fc.integer({ min: -STAY_MS, max: STAY_MS }),
    });
    fc.assert(
      fc.property(fc.array(visit, { maxLength: 60 }), (visits) => {
        const presence = nobodyPresent(NOW_MS);
        const last = new Map<number, number>();
        let nowMs = NOW_MS;
        for (const { user, origin, afterMs } of visits) {
          nowMs += afterMs;
          notePresent(presence, user, origin, nowMs);
          last.set(user, origin);
          for (let other = 0; other <= 5; other++) {
            for (let place = 0; place <= 2; place++) {
              if (wasPresent(presence, other, place, nowMs)) expect(last.get(other)).toBe(place);
            }
          }
          expect(wasPresent(presence, user, origin, nowMs)).toBe(true);
        }
      }),
    );
  });
});
