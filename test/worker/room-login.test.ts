// A user who logs in while in a room, and comes with more devices: one slot, one place, one call for one question.
import { describe, expect, it } from "vitest";
import { type Asked, newRoomEdge, Rooms, showing } from "./room-edge.ts";

/** SHA-256 of `key-of-ann` and `key-of-bob`. */
const HASHES = {
  ann: "ca64daa8b294dc4835d29ca02a6a47427ebc6a225ea3ac2e15f8417fb6601db2",
  bob: "808a1d81b5de08d72083995df738947d519d230a20c236003268f0f4b65ee475",
};
const KEYS = { identity: { api_keys: { header: "X-Api-Key", sha256: HASHES } } };
const ANN = { "x-api-key": "key-of-ann" };
const BOB = { "x-api-key": "key-of-bob" };

const newEdge = (active_limit: number, rooms = new Rooms(), session = "60s") =>
  newRoomEdge({ active_limit, session }, rooms, KEYS);
const activeIn = async ({ rooms }: { rooms: Rooms }) => (await rooms.room("main").view()).active;

describe("a user who logs in while in the room", { timeout: 30_000 }, () => {
  it("has the pass for the user from then on, and other devices share the slot", async () => {
    const edge = await newEdge(3);
    const before = await edge.ask();
    await edge.settled();
    const after = await edge.ask({ ...ANN, ...showing(before) });
    expect([before.status, after.status]).toEqual([200, 200]);
    expect(after.response.headers.get("tidegate-pass")).toMatch(/^eyJ/);
    const laptop = await edge.ask({ ...ANN, "user-agent": "Laptop/1" });
    expect(laptop.status).toBe(200);
    await edge.settled();
    expect(await activeIn(edge)).toBe(1);
    // With the new pass all is as ever: known, and at once.
    const calls = edge.rooms.calls.length;
    const on = await edge.ask({ ...ANN, ...showing(after) });
    expect([on.status, on.isAtOnce, edge.rooms.calls.length]).toEqual([200, true, calls]);
    expect(edge.counts()).toMatchObject({
      'tidegate_room_admissions_total{room="main",lane="",how="adopt"}': 1,
    });
  });

  it("is asked for once, however many requests show the pass at the same time", async () => {
    const edge = await newEdge(3);
    const before = await edge.ask();
    await edge.settled();
    const asked = await Promise.all(
      Array.from({ length: 20 }, () => edge.ask({ ...ANN, ...showing(before) })),
    );
    expect(new Set(asked.map(({ status }) => status))).toEqual(new Set([200]));
    expect(edge.rooms.calls.filter((call) => call === "adopt")).toHaveLength(1);
    await edge.settled();
    expect(await activeIn(edge)).toBe(1);
  });

  it("keeps the pass from the next who logs in with a copy of it", async () => {
    const rooms = new Rooms();
    const [one, other] = [await newEdge(1, rooms), await newEdge(1, rooms)];
    const before = await one.ask();
    await one.settled();
    expect((await one.ask({ ...ANN, ...showing(before) })).status).toBe(200);
    const bob = await other.ask({ ...BOB, ...showing(before) });
    expect([bob.status, bob.json.state]).toEqual([503, "waiting"]);
    // Nor does it let anybody in without a login, once that edge has heard of it.
    const copy = () => other.ask(showing(before)).then(({ status }) => status);
    await expect.poll(copy, { timeout: 5000, interval: 200 }).toBe(503);
    await one.settled();
    expect(await activeIn(one)).toBe(1);
  });

  it("goes on without a user while the Room does not answer", async () => {
    const edge = await newEdge(1);
    const before = await edge.ask();
    await edge.settled();
    edge.rooms.mood = "throws";
    const after = await edge.ask({ ...ANN, ...showing(before) });
    expect([after.status, after.response.headers.get("tidegate-pass")]).toEqual([200, null]);
    edge.rooms.mood = "well";
    expect((await edge.ask({ ...ANN, ...showing(before) })).status).toBe(200);
    await edge.settled();
    expect(await activeIn(edge)).toBe(1);
  });
});

describe("a lapsed pass", { timeout: 30_000 }, () => {
  /** A pass whose text is over and whose slot is not: its booking was made longer by those that followed it. */
  async function lapsed() {
    const edge = await newEdge(1, new Rooms(), "2s");
    // There before: on a busy machine its modules take longer to load than the slot lasts.
    const other = await newEdge(1, edge.rooms, "2s");
    const first = await edge.ask();
    const overAtMs = Date.now() + 2300;
    let latest = first;
    // Up to then, so that the slot is booked for a whole session more, however slow the machine is.
    while (Date.now() < overAtMs) {
      await scheduler.wait(400);
      const again = await edge.ask(showing(latest));
      if (again.response.headers.has("tidegate-pass")) latest = again;
    }
    await edge.settled();
    return { edge, other, first };
  }

  it("is asked about once by fifty requests of another edge at the same time", async () => {
    const { edge, other, first } = await lapsed();
    const asked: Asked[] = await Promise.all(Array.from({ length: 50 }, () => other.ask(showing(first))));
    expect(new Set(asked.map(({ status }) => status))).toEqual(new Set([200]));
    expect(edge.rooms.calls.filter((call) => call === "resume")).toHaveLength(1);
  });
});

describe("a signed-in user whose session was ended", { timeout: 30_000 }, () => {
  it("has one place again, whatever the device", async () => {
    const edge = await newEdge(1);
    const phone = await edge.ask(ANN);
    await edge.settled();
    const field = { "tidegate-pass": showing(phone)["tidegate-pass"] ?? "" };
    // Out by the word of somebody who does not say who it is: the user's shard hears nothing of it.
    expect((await edge.ask(field, "/.tidegate/queue/main/leave", "POST")).status).toBe(204);
    await edge.settled();
    const bob = await edge.ask(BOB);
    expect(bob.status).toBe(200);
    const places = [];
    for (const agent of ["Phone/1", "Laptop/1", "Watch/1"]) {
      places.push((await edge.ask({ ...ANN, "user-agent": agent })).json);
    }
    expect(places.map(({ position }) => position)).toEqual([1, 1, 1]);
    await edge.settled();
    expect((await edge.rooms.room("main").view()).waiting).toBe(1);
  });
});

describe("a user's pass that is shown without a proof of who it is", { timeout: 30_000 }, () => {
  it("lets the same client in until it is over, and is made to last by the user alone", async () => {
    const edge = await newEdge(1, new Rooms(), "2s");
    const own = showing(await edge.ask(ANN));
    await edge.settled();
    const seen: number[] = [];
    const renewed: boolean[] = [];
    for (let n = 0; n < 8; n += 1) {
      const again = await edge.ask(own);
      seen.push(again.status);
      renewed.push(again.response.headers.has("tidegate-pass"));
      await scheduler.wait(400);
    }
    expect(seen[0]).toBe(200);
    expect(seen.at(-1)).toBe(503);
    expect(renewed).not.toContain(true);
    expect((await edge.ask({ ...own, "user-agent": "Script/1" })).status).toBe(503);
    await edge.settled();
    expect(await activeIn(edge)).toBe(0);
  });
});

describe("a signed-in user who stays long", { timeout: 30_000 }, () => {
  it("is known to be in by devices that come after the first pass is over", async () => {
    const edge = await newEdge(1, new Rooms(), "3s");
    let shown = showing(await edge.ask(ANN));
    for (let n = 0; n < 12; n += 1) {
      await scheduler.wait(400);
      const again = await edge.ask({ ...ANN, ...shown });
      expect(again.status).toBe(200);
      if (again.response.headers.has("tidegate-pass")) shown = showing(again);
    }
    expect((await edge.ask({ ...ANN, "user-agent": "Laptop/1" })).status).toBe(200);
    await edge.settled();
    expect(await activeIn(edge)).toBe(1);
  });
});
