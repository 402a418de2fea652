import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketOf, peopleBefore } from "../../src/policy/crowd-curve.ts";
import { lineFromNumbers } from "../../src/policy/line.ts";
import { curveOf } from "../../src/policy/presence.ts";
import { advanceRoom, newRoom, type Room, setRules } from "../../src/policy/room.ts";
import { adoptPass, claimSlot } from "../../src/policy/room-claim.ts";
import { exchangeWith, type Told } from "../../src/policy/room-exchange.ts";
import { publishRoom } from "../../src/policy/room-publication.ts";
import { peopleUpTo } from "../../src/policy/room-queue.ts";
import type { RoomEvent, RoomRules } from "../../src/policy/room-rules.ts";
import { slotsInUse } from "../../src/policy/room-slots.ts";

const START_MS = 1_800_000_000_000;

const RULES: RoomRules = {
  mode: "auto",
  activeLimit: 2,
  admitPerMinute: 1_000_000,
  reachable: 1,
  sessionMs: 300_000,
  renews: true,
  claimWindowMs: 20_000,
  ticketLifeMs: 3_600_000,
  lanes: [],
  events: [],
};

/** A room, and people who come to it; one edge tells of all. */
function aRoom(rules: Partial<RoomRules> = {}) {
  const room = newRoom({ ...RULES, ...rules }, START_MS);
  let nowMs = START_MS;
  let seq = 0;
  const tell = (
    lane = "",
    part: Partial<Told> = {},
    moves: Told["lanes"][string]["batches"][0]["moves"] = [],
  ) => {
    seq += 1;
    const batches = [{ seq, untilMs: nowMs, moves }];
    const none = { letIn: [], bookings: [], ended: [], isInTrouble: false };
    return exchangeWith(
      room,
      { edge: "e", seq, lanes: { [lane]: { batches, holds: 0, wants: 0 } }, ...none, ...part },
      nowMs,
    );
  };
  return {
    room,
    pass: (ms: number) => {
      nowMs += ms;
      advanceRoom(room, nowMs);
    },
    now: () => nowMs,
    tell,
    /** Passes whose users are out now. */
    end: (...ids: readonly string[]) => tell("", { ended: ids.map((id) => [id, nowMs] as const) }),
    /** They arrive now and count as waiting for three minutes. */
    join: (people: number, lane = "") => {
      const to = Math.floor(nowMs / 1000) + 179;
      tell(lane, {}, [{ bucket: bucketOf(nowMs), from: 0, to, count: people }]);
      return nowMs;
    },
    claim: (id: string, arrivedAtMs: number, lane = "", pollAfterMs = 2000) =>
      claimSlot(
        room,
        { ...{ lane, ticketId: id, passId: id, arrivedAtMs, pollAfterMs }, presentUntilSeconds: 0 },
        nowMs,
      ).kind,
    wants: (count: number, lane = "") =>
      tell(lane, { lanes: { [lane]: { batches: [], holds: 0, wants: count } } }).slots[lane] ?? 0,
    use: () => slotsInUse(room.slots),
    frontierMs: (lane = "") => room.queues.get(lane)?.frontierMs ?? 0,
  };
}

/** Fills a room with people who came in from the line. */
function fill(crowd: ReturnType<typeof aRoom>, count: number, lane = ""): void {
  const atMs = crowd.join(count, lane);
  crowd.pass(2000);
  for (let index = 0; index < count; index += 1) crowd.claim(`in ${lane} ${index}`, atMs, lane);
  crowd.pass(2000);
  for (let index = 0; index < count; index += 1) crowd.claim(`in ${lane} ${index}`, atMs, lane);
}

describe("the frontier", () => {
  it("never goes back, whatever is told, claimed and configured", () => {
    const step = fc.record({
      passMs: fc.nat(8000),
      people: fc.nat(30),
      limit: fc.integer({ min: 0, max: 20 }),
      claims: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const crowd = aRoom();
        let frontierMs = 0;
        for (const [index, { passMs, people, limit, claims }] of steps.entries()) {
          if (people > 0) crowd.join(people);
          setRules(crowd.room, { ...RULES, activeLimit: limit }, crowd.now());
          crowd.pass(passMs);
          for (let claim = 0; claim < claims; claim += 1)
            crowd.claim(`${index} ${claim}`, crowd.frontierMs());
          expect(crowd.frontierMs()).toBeGreaterThanOrEqual(frontierMs);
          frontierMs = crowd.frontierMs();
          const { active, leased } = crowd.use();
          expect(leased).toBe(0);
          expect(active).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("gives people who were told to ask again in a minute the time to come, before it passes others", () => {
    const crowd = aRoom({ activeLimit: 10_000 });
    const passed: number[] = [];
    // A thousand a second come, and nobody of those who are called claims.
    for (let second = 0; second < 45; second += 1) {
      crowd.join(1000);
      crowd.pass(1000);
      const { presence } = crowd.room.queues.get("") ?? {};
      passed.push(presence === undefined ? 0 : peopleUpTo(curveOf(presence), crowd.frontierMs()));
    }
    expect(passed[15]).toBeGreaterThanOrEqual(10_000);
    // With each second in which nobody comes fewer are taken to be there: a quarter of the minute, not all after ten seconds.
    expect(passed[40]).toBeLessThanOrEqual(13_000);
    expect(passed[44]).toBeGreaterThan(passed[15] ?? 0);
  });
});

describe("somebody who is called", () => {
  it("and does not come has a slot kept for a claim window, which then is the next one's", () => {
    const crowd = aRoom({ activeLimit: 1 });
    const first = crowd.join(1);
    crowd.pass(1000);
    const second = crowd.join(1);
    crowd.pass(2000);
    expect(crowd.frontierMs()).toBeGreaterThanOrEqual(first);
    expect(crowd.frontierMs()).toBeGreaterThanOrEqual(second);
    crowd.pass(15_000);
    expect(crowd.claim("second", second)).toBe("standing");
    crowd.pass(6000);
    expect(crowd.claim("second", second)).toBe("admitted");
    expect(crowd.claim("first", first)).toBe("standing");
    expect(crowd.use().active).toBe(1);
  });

  it("and does not come holds up the next of the same moment for twice a poll, though the window is shorter", () => {
    const crowd = aRoom({ activeLimit: 1, claimWindowMs: 1000 });
    const both = crowd.join(2);
    crowd.pass(2000);
    expect(crowd.claim("second", both + 40)).toBe("standing");
    let waitedMs = 0;
    while (crowd.claim("second", both + 40) === "standing") {
      crowd.pass(100);
      waitedMs += 100;
    }
    // Told to ask again in two seconds, a quarter more where the line has moved since: twice that, whatever the window.
    expect(waitedMs).toBeGreaterThanOrEqual(3900);
    expect(waitedMs).toBeLessThanOrEqual(5200);
  });

  it("and comes late is the first of all, and not above the limit", () => {
    const crowd = aRoom({ activeLimit: 1 });
    const first = crowd.join(1);
    crowd.pass(1000);
    const second = crowd.join(2);
    crowd.pass(2000);
    crowd.pass(30_000);
    expect(crowd.claim("second", second)).toBe("admitted");
    expect(crowd.claim("third", second)).toBe("standing");
    expect(crowd.claim("first", first)).toBe("standing");
    crowd.end("second");
    expect(crowd.claim("third", second)).toBe("standing");
    expect(crowd.claim("first", first)).toBe("admitted");
    expect(crowd.use().active).toBe(1);
  });

  it("and was told to ask again in 15 s has its slot kept for 30", () => {
    const crowd = aRoom({ activeLimit: 1 });
    const first = crowd.join(1);
    crowd.pass(1000);
    const second = crowd.join(1);
    fillWith(crowd.room, crowd.now());
    crowd.pass(2000);
    expect(crowd.claim("first", first, "", 15_000)).toBe("standing");
    crowd.end("somebody");
    crowd.pass(28_000);
    expect(crowd.claim("second", second)).toBe("standing");
    crowd.pass(3000);
    expect(crowd.claim("second", second)).toBe("admitted");
  });
});

/** Somebody is in who came in by a slot of another edge. */
function fillWith(room: Room, nowMs: number): void {
  const letIn = [{ id: "somebody", lane: "", givenAtMs: nowMs, untilMs: nowMs + 300_000 }];
  exchangeWith(
    room,
    {
      edge: "other",
      seq: 1,
      lanes: {},
      letIn,
      bookings: [],
      ended: [],
      isInTrouble: false,
    },
    nowMs,
  );
}

describe("newcomers", () => {
  it("get slots while nobody waits, and none while somebody waits who is not called", () => {
    const crowd = aRoom({ activeLimit: 10 });
    expect(crowd.wants(4)).toBe(4);
    crowd.join(1);
    expect(crowd.wants(4)).toBe(0);
  });

  it("get none of the slots that are kept for those who are called", () => {
    const crowd = aRoom({ activeLimit: 3 });
    crowd.join(2);
    crowd.pass(2000);
    expect(crowd.wants(3)).toBe(1);
  });
});

describe("slots for those who wait", () => {
  const publishedFree = ({ room, now }: ReturnType<typeof aRoom>) =>
    publishRoom(room, advanceRoom(room, now()), now()).lanes[""]?.free;

  it("are published, as many as are free, and none while nobody is let in", () => {
    const crowd = aRoom({ activeLimit: 5 });
    const atMs = crowd.join(9);
    crowd.pass(2000);
    expect(publishedFree(crowd)).toBe(5);
    crowd.claim("a", atMs);
    crowd.claim("b", atMs);
    expect(publishedFree(crowd)).toBe(3);
    setRules(crowd.room, { ...RULES, activeLimit: 1 }, crowd.now());
    expect(publishedFree(crowd)).toBe(0);
    setRules(crowd.room, { ...RULES, activeLimit: 5, mode: "hold" }, crowd.now());
    expect(publishedFree(crowd)).toBe(0);
  });
});

describe("people who left", () => {
  it("are no longer counted when their time is over", () => {
    const crowd = aRoom({ mode: "hold" });
    crowd.tell("", {}, [{ bucket: bucketOf(crowd.now()), from: 0, to: crowd.now() / 1000 + 8, count: 3 }]);
    expect(crowd.room.queues.get("")?.presence.total).toBe(3);
    crowd.pass(8000);
    expect(crowd.room.queues.get("")?.presence.total).toBe(0);
  });
});

describe("lanes", () => {
  const lanes = [{ name: "pay", sharePercent: 20 }];

  it("lend what nobody of them wants, and get it back as slots free up", () => {
    const crowd = aRoom({ activeLimit: 10, lanes });
    fill(crowd, 10);
    expect(crowd.use().active).toBe(10);
    const pay = crowd.join(3, "pay");
    const common = crowd.join(3);
    crowd.pass(2000);
    expect(crowd.claim("p1", pay, "pay")).toBe("standing");
    crowd.end("in  0");
    expect(crowd.claim("c1", common)).toBe("standing");
    crowd.pass(2000);
    expect(crowd.claim("p1", pay, "pay")).toBe("admitted");
  });

  it("keep their share when everybody wants all", () => {
    const crowd = aRoom({ activeLimit: 10, lanes });
    const pay = crowd.join(20, "pay");
    const common = crowd.join(20);
    for (let turn = 0; turn < 4; turn += 1) {
      crowd.pass(2000);
      for (let index = 0; index < 20; index += 1) {
        crowd.claim(`p${index}`, pay, "pay");
        crowd.claim(`c${index}`, common);
      }
    }
    expect(slotsInUse(crowd.room.slots, "pay").active).toBe(2);
    expect(slotsInUse(crowd.room.slots, "").active).toBe(8);
  });
});

describe("a room of whose regions few can be reached", () => {
  it("throws nobody out, and lets nobody in before it is below its limit", () => {
    const crowd = aRoom({ activeLimit: 4 });
    fill(crowd, 4);
    const next = crowd.join(1);
    setRules(crowd.room, { ...RULES, activeLimit: 4, reachable: 0.5 }, crowd.now());
    crowd.pass(2000);
    expect(crowd.use().active).toBe(4);
    crowd.end("in  0", "in  1");
    expect(crowd.claim("next", next)).toBe("standing");
    crowd.end("in  2");
    expect(crowd.claim("next", next)).toBe("admitted");
  });
});

describe("a pool that turns requests away", () => {
  it("all of them: lets nobody in until two seconds after the last", () => {
    const crowd = aRoom();
    const atMs = crowd.join(1);
    crowd.pass(2000);
    crowd.tell("", { isInTrouble: true, answers: { requests: 4, failures: 4 } });
    expect(crowd.claim("one", atMs)).toBe("standing");
    expect(crowd.wants(1)).toBe(0);
    crowd.pass(1999);
    expect(crowd.claim("one", atMs)).toBe("standing");
    crowd.pass(1);
    expect(crowd.claim("one", atMs)).toBe("admitted");
  });

  it("a fifth of them: has four fifths of those who are in, and slots that come free beyond go to nobody", () => {
    const crowd = aRoom({ activeLimit: 10 });
    const ids = Array.from({ length: 10 }, (_, at) => `user ${at}`);
    const letIn = ids.map((id) => ({
      ...{ id, lane: "", givenAtMs: START_MS, untilMs: START_MS + 60_000 },
    }));
    crowd.tell("", { letIn });
    crowd.tell("", { isInTrouble: true, answers: { requests: 40, failures: 8 } });
    const leave = (id = "") => crowd.tell("", { ended: [[id, START_MS + 10]] });
    leave(ids[0]);
    leave(ids[1]);
    expect(crowd.wants(1)).toBe(0);
    leave(ids[2]);
    expect(crowd.wants(2)).toBe(1);
  });
});

describe("an event", () => {
  const event: RoomEvent = {
    ...{ name: "sale", startMs: START_MS + 60_000, endMs: START_MS + 120_000, prequeueMs: 30_000 },
    ...{ isLottery: false, activeLimit: 5, admitPerMinute: undefined },
  };

  it("has its pre-queue wait and its own limit while it runs", () => {
    const crowd = aRoom({ events: [event] });
    crowd.pass(31_000);
    const atMs = crowd.join(10);
    crowd.pass(10_000);
    expect(crowd.frontierMs()).toBe(0);
    expect(publishRoom(crowd.room, advanceRoom(crowd.room, crowd.now()), crowd.now()).isPaused).toBe(true);
    crowd.pass(20_000);
    for (let turn = 0; turn < 3; turn += 1) {
      for (let index = 0; index < 10; index += 1) crowd.claim(`t${index}`, atMs);
      crowd.pass(2000);
    }
    expect(crowd.use().active).toBe(5);
    crowd.pass(60_000);
    expect(advanceRoom(crowd.room, crowd.now()).limit).toBe(2);
    expect(crowd.use().active).toBe(5);
  });

  it("publishes the places that a lot has drawn, though their times are long over", () => {
    const crowd = aRoom({ events: [{ ...event, isLottery: true }] });
    const firstMs = event.startMs - event.prequeueMs;
    const line = () => {
      const now = advanceRoom(crowd.room, crowd.now());
      return lineFromNumbers(publishRoom(crowd.room, now, crowd.now()).lanes[""]?.line ?? []);
    };
    crowd.pass(30_000);
    for (let n = 0; n < 25; n += 1) {
      crowd.pass(1000);
      line();
      // The last who come are drawn to be the first.
      const bucket = bucketOf(firstMs + (25 - n) * 1000);
      crowd.tell("", {}, [{ bucket, from: 0, to: Math.floor(crowd.now() / 1000) + 179, count: 10 }]);
    }
    crowd.pass(event.startMs - crowd.now());
    const placesMs = [1, 11, 25].map((second) => firstMs + second * 1000);
    expect(placesMs.map((atMs) => peopleBefore(line(), bucketOf(atMs)))).toEqual([0, 100, 240]);
  });
});

describe("a pass", () => {
  it("that is over and is used once more late gets no slot", () => {
    const crowd = aRoom({ activeLimit: 1, sessionMs: 10_000 });
    const atMs = crowd.join(1);
    crowd.pass(2000);
    expect(crowd.claim("one", atMs)).toBe("admitted");
    crowd.pass(11_100);
    const late = crowd.tell("", { bookings: [["one", crowd.now() + 10_000]] });
    expect(late).toMatchObject({ booked: [], gone: ["one"] });
    expect(crowd.use().active).toBe(0);
  });

  it("that an edge gave and could not tell of has the slot that is presumed", () => {
    const crowd = aRoom({ activeLimit: 2 });
    expect(crowd.wants(1)).toBe(1);
    crowd.pass(3000);
    expect(crowd.use()).toEqual({ active: 0, leased: 1 });
    const { booked } = crowd.tell("", { edge: "other", bookings: [["one", crowd.now() + 300_000]] });
    expect(booked).toHaveLength(1);
    expect(crowd.use()).toEqual({ active: 1, leased: 0 });
  });

  it("is not booked for longer where use does not renew it", () => {
    const crowd = aRoom({ renews: false });
    const atMs = crowd.join(1);
    crowd.pass(2000);
    crowd.claim("one", atMs);
    const untilMs = crowd.now() + RULES.sessionMs;
    crowd.pass(60_000);
    expect(crowd.tell("", { bookings: [["one", crowd.now() + RULES.sessionMs]] }).booked).toEqual([
      ["one", untilMs],
    ]);
  });
});

describe("a user who was out and has come in anew", () => {
  const letInAt = (givenAtMs: number) => ({
    letIn: [{ id: "user", lane: "", givenAtMs, untilMs: givenAtMs + RULES.sessionMs }],
  });

  it("stays in when an edge tells once more of the end before that", () => {
    const crowd = aRoom();
    crowd.tell("", letInAt(crowd.now()));
    crowd.pass(1000);
    const ended = [["user", crowd.now()]] as const;
    expect(crowd.tell("", { ended })).toBeDefined();
    expect(crowd.use().active).toBe(0);
    crowd.pass(500);
    crowd.tell("", { edge: "other", ...letInAt(crowd.now()) });
    // The first edge's exchange was not answered.
    crowd.tell("", { ended });
    expect(crowd.use().active).toBe(1);
    expect(crowd.room.ended.has("user")).toBe(false);
    crowd.pass(500);
    crowd.end("user");
    expect(crowd.use().active).toBe(0);
  });

  it("stays in when the end is told only after that, or in the same breath", () => {
    const crowd = aRoom();
    crowd.tell("", letInAt(crowd.now()));
    const endedAtMs = crowd.now() + 1000;
    crowd.pass(2000);
    crowd.tell("", { ...letInAt(crowd.now()), ended: [["user", endedAtMs]] });
    expect(crowd.use().active).toBe(1);
    const other = aRoom();
    other.tell("", letInAt(other.now()));
    other.pass(2000);
    expect(other.claim("user", other.now())).toBe("admitted");
    other.tell("", { ended: [["user", other.now() - 1000]] });
    expect(other.use().active).toBe(1);
  });

  it("and whose return is told after the end has a slot", () => {
    const crowd = aRoom();
    const cameAtMs = crowd.now();
    crowd.pass(1000);
    crowd.end("user");
    crowd.tell("", letInAt(cameAtMs));
    expect(crowd.use().active).toBe(0);
    crowd.tell("", letInAt(crowd.now() + 1));
    expect(crowd.use().active).toBe(1);
  });
});

describe("a pass whose user has logged in", () => {
  const inside = (...ids: readonly string[]) => {
    const crowd = aRoom({ activeLimit: 3 });
    const letIn = ids.map((id) => ({
      ...{ id, lane: "", givenAtMs: crowd.now() },
      untilMs: crowd.now() + RULES.sessionMs,
    }));
    crowd.tell("", { letIn });
    crowd.pass(1000);
    return crowd;
  };

  it("becomes the user's, with the same slot, and is itself over", () => {
    const crowd = inside("pass");
    expect(adoptPass(crowd.room, "pass", "user", crowd.now()).kind).toBe("adopted");
    expect([...crowd.room.slots.active.keys()]).toEqual(["user"]);
    expect(crowd.room.ended.has("pass")).toBe(true);
    expect(adoptPass(crowd.room, "pass", "user", crowd.now()).kind).toBe("adopted");
    expect(crowd.use().active).toBe(1);
  });

  it("is nobody else's to adopt", () => {
    const crowd = inside("pass");
    adoptPass(crowd.room, "pass", "user", crowd.now());
    expect(adoptPass(crowd.room, "pass", "another", crowd.now()).kind).toBe("refused");
    expect([...crowd.room.slots.active.keys()]).toEqual(["user"]);
  });

  it("gives its slot back when the user is in already", () => {
    const crowd = inside("pass", "user");
    expect(crowd.use().active).toBe(2);
    expect(adoptPass(crowd.room, "pass", "user", crowd.now()).kind).toBe("adopted");
    expect(crowd.use().active).toBe(1);
  });

  it("waits to be known while an edge may not have told of it", () => {
    const crowd = aRoom({ activeLimit: 3 });
    expect(crowd.wants(1)).toBe(1);
    expect(adoptPass(crowd.room, "pass", "user", crowd.now()).kind).toBe("unknown");
    expect(crowd.use()).toEqual({ active: 0, leased: 1 });
    // The edge fell silent: the slot is presumed used, by this one.
    crowd.pass(3000);
    expect(adoptPass(crowd.room, "pass", "user", crowd.now()).kind).toBe("adopted");
    expect(crowd.use()).toEqual({ active: 1, leased: 0 });
  });
});

describe("an exchange that comes late", () => {
  it("leases no slots that the edge has given back, even when its lease is forgotten", () => {
    const crowd = aRoom();
    expect(crowd.wants(2)).toBe(1);
    crowd.tell();
    crowd.pass(10_000);
    const lanes = { "": { batches: [], holds: 1, wants: 0 } };
    crowd.tell("", { seq: 1, lanes });
    expect(crowd.use().leased).toBe(0);
  });
});
