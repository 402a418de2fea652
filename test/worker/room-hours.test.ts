// The hours of a room: kept by the Room object over its restarts, shown by an edge on the waiting page and the status page.
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { roomStub } from "../../src/config/env.ts";
import type { RoomApi, RoomReport } from "../../src/config/room-api.ts";
import { bucketOf } from "../../src/policy/crowd-curve.ts";
import type { HourlyMost } from "../../src/policy/waiting-history.ts";
import { newRoomEdge, Rooms } from "./room-edge.ts";

const HOUR_MS = 3_600_000;
const BROWSER = { accept: "text/html,application/xhtml+xml", "accept-language": "en" };

let seq = 0;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  seq = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

/** So many people come and wait for a minute. */
async function gather(room: Pick<RoomApi, "exchange">, people: number): Promise<HourlyMost | undefined> {
  const nowMs = Date.now();
  seq += 1;
  const move = { bucket: bucketOf(nowMs), from: 0, to: Math.floor(nowMs / 1000) + 60, count: people };
  const batches = people === 0 ? [] : [{ seq, untilMs: nowMs, moves: [move] }];
  const report: RoomReport = {
    ...{ edge: "edge", seq, letIn: [], bookings: [], ended: [], isInTrouble: false },
    lanes: { "": { batches, holds: 0, wants: 0 } },
    settings: {
      seq: 0,
      rules: {
        ...{
          mode: "hold",
          activeLimit: 1,
          admitPerMinute: 60,
          reachable: 1,
          sessionMs: 60_000,
          renews: true,
        },
        ...{ claimWindowMs: 20_000, ticketLifeMs: 3_600_000, lanes: [], events: [] },
      },
    },
  };
  return (await room.exchange(report)).publication.hours;
}

describe("a Room", () => {
  const stub = () => roomStub(env, "of-hours");
  const room = () => stub() as unknown as RoomApi;
  const evict = () => evictDurableObject(stub());

  it("tells the most who waited in each hour, also after a restart, and of no hour in which it was not asked", async () => {
    vi.setSystemTime(500_000 * HOUR_MS);
    await gather(room(), 40);
    await gather(room(), 2);
    vi.setSystemTime(500_001 * HOUR_MS);
    expect((await gather(room(), 0))?.slice(-3)).toEqual([null, 42, 0]);
    await scheduler.wait(1_100);
    await evict();
    vi.setSystemTime(500_003 * HOUR_MS);
    const hours = await gather(room(), 7);
    expect(hours).toHaveLength(24);
    expect(hours?.slice(-5)).toEqual([null, 42, 0, null, 7]);
  });
});

describe("an edge", { timeout: 30_000 }, () => {
  it("shows the hours on the waiting page and tells them on the status page, as far as they are known", async () => {
    const rooms = new Rooms();
    const nowMs = Date.now();
    for (const [index, people] of [5, 6, 1, 2, 1, 4, 8].entries()) {
      vi.setSystemTime(nowMs - (7 - index) * HOUR_MS);
      await gather(rooms.room("main") as unknown as RoomApi, people);
    }
    vi.useRealTimers();
    const edge = await newRoomEdge({ mode: "hold" }, rooms, {
      page: { status: { pools: { wallet: { en: "Payments" } } } },
    });
    const { status, response } = await edge.ask(BROWSER);
    expect(status).toBe(503);
    const html = await response.text();
    expect(html).toContain("People waiting in the last 24 hours");
    expect(html).toContain("–, 5, 6, 1, 2, 1, 4, 8, ");
    const { poolLine } = await import("../../src/edge/pool-line.ts");
    const line = poolLine(edge.snapshot, "wallet");
    expect(line?.history?.filter((people) => people !== null).slice(0, 7)).toEqual([5, 6, 1, 2, 1, 4, 8]);
  });

  it("says nothing of who waits by what it heard too long ago, and of the hours what it knows", async () => {
    vi.useRealTimers();
    const edge = await newRoomEdge({ mode: "hold" });
    for (let n = 0; n < 3; n += 1) await edge.ask();
    await edge.settled();
    const { poolLine } = await import("../../src/edge/pool-line.ts");
    const waiting = () => poolLine(edge.snapshot, "wallet");
    expect(waiting()?.waiting).toBe(3);
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 2 * HOUR_MS);
    expect(waiting()).toMatchObject({ waiting: 0, estimatedWaitSeconds: null });
    expect(waiting()?.history).toContain(3);
    expect(waiting()?.history?.slice(-2)).toEqual([null, null]);
  });
});
