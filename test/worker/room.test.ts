// A Room object over evictions, settings and alarms: what it has promised, it keeps.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { roomStub } from "../../src/config/env.ts";
import type { Claim, LaneReport, RoomAnswer, RoomApi, RoomReport } from "../../src/config/room-api.ts";
import { bucketOf } from "../../src/policy/crowd-curve.ts";
import type { RoomEvent, RoomRules } from "../../src/policy/room-rules.ts";

const START_MS = 1_800_000_000_000;
const SESSION_MS = 60_000;

const RULES: RoomRules = {
  mode: "auto",
  activeLimit: 2,
  admitPerMinute: 6000,
  reachable: 1,
  sessionMs: SESSION_MS,
  renews: true,
  claimWindowMs: 20_000,
  ticketLifeMs: 3_600_000,
  lanes: [],
  events: [],
};

/** Each test has a Room of its own: after a `reset()` an eviction now and then finds an object's storage empty. */
let rooms = 0;
const stub = () => roomStub(env, `room-${rooms}`);
// A stub has its own promise types; what they come to is the same.
const room = () => stub() as unknown as RoomApi;
const evict = () => evictDurableObject(stub());
const configure = (rules: Partial<RoomRules> = {}, seq = 1) =>
  room().configure("main", { seq, rules: { ...RULES, ...rules } });

let seq = 0;

function exchange(lane: Partial<LaneReport> = {}, rest: Partial<RoomReport> = {}): Promise<RoomAnswer> {
  seq += 1;
  return room().exchange({
    ...{ edge: "edge", seq, letIn: [], bookings: [], ended: [], isInTrouble: false },
    lanes: { "": { batches: [], holds: 0, wants: 0, ...lane } },
    settings: { seq: 0, rules: RULES },
    ...rest,
  });
}

function claimOf(ticketId: string, arrivedAtMs = START_MS - 60_000): Claim {
  return { lane: "", ticketId, passId: ticketId, arrivedAtMs, presentUntilSeconds: 0, pollAfterMs: 2000 };
}

/** People who arrived at a time and wait; called by the time that this returns. */
async function gather(people: number, arrivedAtMs = START_MS - 60_000): Promise<void> {
  const nowMs = Date.now();
  const move = { bucket: bucketOf(arrivedAtMs), from: 0, to: Math.floor(nowMs / 1000) + 120, count: people };
  await exchange({ batches: [{ seq: seq + 1, untilMs: nowMs, moves: [move] }] });
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
  seq = 0;
  rooms += 1;
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a Room that was evicted", () => {
  it("keeps who is in, what is lent and what is presumed", async () => {
    await configure({ activeLimit: 4 });
    await gather(1);
    expect(await room().claim(claimOf("t1"))).toMatchObject({ kind: "admitted" });
    await exchange({ wants: 4 });
    const before = await room().view();
    expect(before.active).toBe(1);
    expect(before.leased).toBeGreaterThan(0);
    await evict();
    expect(await room().view()).toEqual(before);
    vi.setSystemTime(START_MS + 10_000);
    await evict();
    expect(await room().view()).toMatchObject({ active: 1, leased: before.leased });
  });

  it("keeps a ticket used, and a pass over that was ended", async () => {
    await configure();
    await gather(1);
    await room().claim(claimOf("t1"));
    await exchange({}, { ended: [["t1", START_MS]] });
    await evict();
    expect(await room().claim(claimOf("t1"))).toEqual({ kind: "used" });
    const answer = await exchange({}, { bookings: [["t1", START_MS + SESSION_MS]] });
    expect(answer).toMatchObject({ booked: [], gone: ["t1"] });
    expect(answer.publication.ended).toEqual([["t1", START_MS]]);
  });

  it("keeps its line and its frontier", async () => {
    await configure({ activeLimit: 1 });
    await gather(5);
    await exchange();
    const { publication: before } = await exchange();
    await runInDurableObject(stub(), () => scheduler.wait(1100));
    await evict();
    const { publication: after } = await exchange();
    expect(after.lanes[""]?.waiting).toBe(5);
    expect(after.lanes[""]?.frontierMs).toBeGreaterThanOrEqual(before.lanes[""]?.frontierMs ?? 0);
  });

  it("does not lend what it has counted in the last minute", async () => {
    await configure({ activeLimit: 100, admitPerMinute: 1 });
    await gather(2);
    expect(await room().claim(claimOf("t1"))).toMatchObject({ kind: "admitted" });
    await evict();
    vi.setSystemTime(START_MS + 55_000);
    expect(await room().claim(claimOf("t2"))).toEqual({ kind: "standing" });
    // What came up before it was evicted is not known to it.
    vi.setSystemTime(START_MS + 116_000);
    expect(await room().claim(claimOf("t2"))).toMatchObject({ kind: "admitted" });
  });
});

describe("a time in which a Room could hear nobody", () => {
  const SILENT_MS = 200_000;
  const waiting = async () => (await room().view()).waiting;

  it("does not count for those who wait, when it starts again", async () => {
    await configure({ mode: "hold" });
    await gather(5);
    vi.setSystemTime(START_MS + SILENT_MS);
    await evict();
    expect(await waiting()).toBe(5);
    vi.setSystemTime(START_MS + SILENT_MS + 119_000);
    expect(await waiting()).toBe(5);
    vi.setSystemTime(START_MS + SILENT_MS + 121_000);
    expect(await waiting()).toBe(0);
  });

  it("does not when an edge says that it could not reach it, and does when all were silent", async () => {
    await configure({ mode: "hold" });
    await gather(5);
    vi.setSystemTime(START_MS + SILENT_MS);
    await exchange({}, { wasCutOff: true });
    expect(await waiting()).toBe(5);
    vi.setSystemTime(START_MS + 2 * SILENT_MS);
    await exchange();
    expect(await waiting()).toBe(0);
  });
});

describe("settings", () => {
  it("hold by their number, whatever comes first", async () => {
    await configure({ activeLimit: 7 }, 5);
    await configure({ activeLimit: 3 }, 4);
    expect((await room().view()).limit).toBe(7);
    await evict();
    await configure({ activeLimit: 3 }, 5);
    expect((await room().view()).limit).toBe(7);
  });

  it("of an edge hold only until Control says something", async () => {
    await exchange();
    expect((await room().view()).limit).toBe(2);
    await configure({ activeLimit: 9 }, 1);
    await exchange();
    expect((await room().view()).limit).toBe(9);
  });
});

describe("a claim", () => {
  it("holds one slot, however often it is made at once", async () => {
    await configure();
    await gather(1);
    const answers = await Promise.all(Array.from({ length: 100 }, () => room().claim(claimOf("t1"))));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await room().view()).toMatchObject({ active: 1, free: 1 });
  });

  it("of a ticket whose pass is over makes no second one", async () => {
    await configure();
    await gather(1);
    await room().claim(claimOf("t1"));
    vi.setSystemTime(START_MS + 2 * SESSION_MS);
    await evict();
    expect(await room().claim(claimOf("t1"))).toEqual({ kind: "used" });
    expect(await room().view()).toMatchObject({ active: 0 });
  });

  it("that was taken back leaves the ticket its place, over an eviction", async () => {
    await configure();
    await gather(1);
    await room().claim({ ...claimOf("t1"), attempt: "a" });
    await room().unclaim({ ticketId: "t1", passId: "t1", attempt: "a", pollAfterMs: 5000 });
    await evict();
    expect(await room().view()).toMatchObject({ active: 1 });
    vi.setSystemTime(START_MS + 20_100);
    expect(await room().view()).toMatchObject({ active: 0 });
    expect(await room().claim({ ...claimOf("t1"), attempt: "b" })).toMatchObject({ kind: "admitted" });
    // Told of, it is used up as any other.
    await room().unclaim({ ticketId: "t1", passId: "t1", attempt: "a", pollAfterMs: 5000 });
    vi.setSystemTime(START_MS + 3 * SESSION_MS);
    expect(await room().claim(claimOf("t1"))).toEqual({ kind: "used" });
  });

  it("that nobody waits for any more takes no slot", async () => {
    await configure();
    await gather(1);
    expect(await room().claim({ ...claimOf("t1"), answerByMs: START_MS - 1 })).toEqual({ kind: "standing" });
    expect(await room().view()).toMatchObject({ active: 0 });
    expect(await room().claim({ ...claimOf("t1"), answerByMs: START_MS })).toMatchObject({
      kind: "admitted",
    });
  });

  it("finds no slot above the limit", async () => {
    await configure();
    await gather(3);
    const answers = await Promise.all(["t1", "t2", "t3"].map((ticket) => room().claim(claimOf(ticket))));
    expect(answers.filter(({ kind }) => kind === "admitted")).toHaveLength(2);
  });
});

describe("the lottery of an event", () => {
  const event: RoomEvent = {
    ...{ name: "sale", startMs: START_MS + 60_000, endMs: START_MS + 120_000, prequeueMs: 60_000 },
    ...{ isLottery: true, activeLimit: undefined, admitPerMinute: undefined },
  };

  it("shows its commitment from the pre-queue on, and the seed of it after the start", async () => {
    await configure({ events: [event] });
    const [before] = await room().lottery();
    expect(before).toMatchObject({ event: "sale", seed: null });
    await evict();
    vi.setSystemTime(event.startMs);
    const [after] = await room().lottery();
    expect(after?.commitment).toBe(before?.commitment);
    const seed = Uint8Array.from(after?.seed?.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", seed));
    expect(Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")).toBe(after?.commitment);
  });

  it("tells edges the seed for the places, and calls nobody before the start", async () => {
    await configure({ events: [event] });
    await gather(3);
    const { publication } = await exchange({ wants: 3 });
    expect(publication).toMatchObject({ isPaused: true, lottery: { event: "sale" } });
    expect(publication.lanes[""]).toMatchObject({ frontierMs: 0, isOpen: false });
  });
});

describe("the alarm", () => {
  it("forgets used tickets whose life is over, and no others", async () => {
    await configure({ ticketLifeMs: 1_000_000 });
    await gather(2);
    await room().claim(claimOf("t1"));
    vi.setSystemTime(START_MS + 600_000);
    await gather(1);
    await room().claim(claimOf("t2"));
    vi.setSystemTime(START_MS + 1_200_000);
    expect(await runDurableObjectAlarm(stub())).toBe(true);
    const used = await runInDurableObject(stub(), (_, { storage }) =>
      storage.sql.exec("SELECT id FROM used").toArray(),
    );
    expect(used).toEqual([{ id: "t2" }]);
  });
});
