// A room with on_error = "open" whose object cannot be reached: who waits comes in too, and who came in stays in.
import { describe, expect, it } from "vitest";
import { type Asked, newRoomEdge, Rooms, showing } from "./room-edge.ts";

const OPEN = { on_error: "open", active_limit: 1 } as const;
/** What is known of the Room is too old to go by. */
const STALE_MS = 1600;

async function withLine(more: Record<string, string | number> = {}, rooms = new Rooms()) {
  const edge = await newRoomEdge({ ...OPEN, ...more }, rooms);
  const inside = await edge.ask();
  const waiting = [await edge.ask(), await edge.ask(), await edge.ask()];
  expect([inside, ...waiting].map(({ status }) => status)).toEqual([200, 503, 503, 503]);
  await edge.settled();
  return { edge, inside, waiting };
}

describe.each(["throws", "hangs"] as const)(
  "a room that lets in while its object %s",
  { timeout: 60_000 },
  (mood) => {
    it("lets in whoever waits, by a request or a poll, as readily as newcomers", async () => {
      const { edge, waiting } = await withLine();
      edge.rooms.mood = mood;
      await scheduler.wait(STALE_MS);
      const [first, second] = waiting as [Asked, Asked];
      const polled = await edge.ask(showing(first), "/.tidegate/queue/main");
      expect(polled.json).toMatchObject({ state: "admitted" });
      expect((await edge.ask(showing(second))).status).toBe(200);
      expect((await edge.ask()).status).toBe(200);
      expect(edge.counts()).toMatchObject({
        'tidegate_room_admissions_total{room="main",lane="",how="open"}': 3,
      });
    });
  },
);

describe("users who came in while the Room could not be reached", { timeout: 60_000 }, () => {
  it("stay in when it is back, over the limit, and keep others out until enough have left", async () => {
    const { edge, inside, waiting } = await withLine();
    edge.rooms.mood = "throws";
    await scheduler.wait(STALE_MS);
    const passes = [await edge.ask(), await edge.ask(showing(waiting[0] as Asked))];
    edge.rooms.mood = "well";
    await expect
      .poll(async () => (await edge.rooms.room("main").view()).active, { timeout: 15_000, interval: 200 })
      .toBe(3);
    for (let n = 0; n < 3; n += 1) {
      for (const [index, pass] of passes.entries()) {
        const again = await edge.ask(showing(pass));
        expect(again.status).toBe(200);
        if (again.response.headers.has("tidegate-pass")) passes[index] = again;
      }
      expect((await edge.ask()).status).toBe(503);
      await scheduler.wait(400);
    }
    expect(await edge.rooms.room("main").view()).toMatchObject({ active: 3, free: -2 });
    for (const one of [inside, ...passes]) {
      await edge.ask(showing(one), "/.tidegate/queue/main/leave", "POST");
    }
    await expect
      .poll(async () => (await edge.ask(showing(waiting[1] as Asked))).status, { timeout: 20_000 })
      .toBe(200);
  });

  it("stay in though the edge that let them in is gone", async () => {
    const rooms = new Rooms();
    const { edge } = await withLine({}, rooms);
    rooms.mood = "throws";
    await scheduler.wait(STALE_MS);
    const pass = await edge.ask();
    expect(pass.status).toBe(200);
    // That edge reaches the Room no more.
    const other = await newRoomEdge(OPEN, new Rooms(rooms));
    for (let n = 0; n < 6; n += 1) {
      expect((await other.ask(showing(pass))).status).toBe(200);
      await scheduler.wait(300);
    }
  });

  it("have used up the ticket with which they came in", async () => {
    const { edge, waiting } = await withLine();
    edge.rooms.mood = "throws";
    await scheduler.wait(STALE_MS);
    const [first] = waiting as [Asked];
    const pass = await edge.ask(showing(first));
    expect(pass.status).toBe(200);
    edge.rooms.mood = "well";
    await expect
      .poll(async () => (await edge.rooms.room("main").view()).active, { timeout: 15_000, interval: 200 })
      .toBe(2);
    await edge.ask(showing(pass), "/.tidegate/queue/main/leave", "POST");
    await edge.settled();
    const room = edge.rooms.room("main");
    const claims = atob(
      (first.json.ticket.split(".")[1] as string).replaceAll("-", "+").replaceAll("_", "/"),
    );
    const { id, t } = JSON.parse(claims) as { id: string; t: number };
    const claim = {
      lane: "",
      ticketId: id,
      passId: id,
      arrivedAtMs: t,
      presentUntilSeconds: 0,
      pollAfterMs: 2000,
    };
    expect(await room.claim(claim)).toEqual({ kind: "used" });
  });
});

describe("a room that lets in while its object cannot be reached", { timeout: 60_000 }, () => {
  it("lets nobody in who waits while it is held", async () => {
    const edge = await newRoomEdge({ ...OPEN, mode: "hold" });
    const waiting = await edge.ask();
    edge.rooms.mood = "throws";
    await scheduler.wait(STALE_MS);
    for (let n = 0; n < 3; n += 1) {
      expect((await edge.ask(showing(waiting), "/.tidegate/queue/main")).json.state).toBe("paused");
    }
  });

  it("queues on while it answers", async () => {
    const { edge, waiting } = await withLine();
    await scheduler.wait(STALE_MS);
    expect((await edge.ask(showing(waiting[0] as Asked), "/.tidegate/queue/main")).json.state).toBe(
      "waiting",
    );
  });
});
