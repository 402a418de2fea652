// Tickets that an address holds: the object that counts them, and the stage of a room that asks it.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { HoldClaim } from "../../src/config/room-api.ts";
import { newRoomEdge, Rooms, showing } from "./room-edge.ts";

/** Far ahead of the real clock, by which alarms ring: here they ring by hand only. */
const NOW_MS = Date.UTC(2096, 11, 1, 10);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MOST = 3;

let objects = 0;
function newObject() {
  objects += 1;
  return env.PLACES.getByName(`addresses-of-test-${objects}`);
}

const claim = (ticketId: string, more: Partial<HoldClaim> = {}): HoldClaim => ({
  room: "main",
  owner: "address",
  ticketId,
  forMs: HOUR_MS,
  most: MOST,
  ...more,
});

describe("an object that counts an address's tickets", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(NOW_MS);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("gives as many as there may be to a hundred who come at once, over an eviction", async () => {
    const object = newObject();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => object.hold(claim(`a${n}`))));
    await evictDurableObject(object);
    const more = await Promise.all(Array.from({ length: 50 }, (_, n) => object.hold(claim(`b${n}`))));
    expect([...answers, ...more].filter(({ kind }) => kind === "held").length).toBe(MOST);
    expect(more[0]).toEqual({ kind: "full", retryAfterMs: MINUTE_MS });
  });

  it("counts one that is shown again for longer, and never refuses it", async () => {
    const object = newObject();
    for (const id of ["a", "b", "c"]) await object.hold(claim(id));
    vi.setSystemTime(NOW_MS + HOUR_MS / 2);
    await object.hold(claim("a", { most: undefined }));
    vi.setSystemTime(NOW_MS + HOUR_MS);
    // Two were not heard of again.
    const kinds = [];
    for (const id of ["d", "e", "f"]) kinds.push((await object.hold(claim(id))).kind);
    expect(kinds).toEqual(["held", "held", "full"]);
    // One of those that were forgotten comes back, and is counted beside the others.
    expect(await object.hold(claim("b", { most: undefined }))).toEqual({ kind: "held" });
    await object.letGo("main", "address", "d");
    expect((await object.hold(claim("f"))).kind).toBe("full");
    await object.letGo("main", "address", "e");
    expect((await object.hold(claim("f"))).kind).toBe("held");
  });

  it("forgets by its alarm what counts no more", async () => {
    const object = newObject();
    await object.hold(claim("a", { forMs: MINUTE_MS }));
    await object.hold(claim("b"));
    await object.letGo("main", "address", "b");
    vi.setSystemTime(NOW_MS + MINUTE_MS);
    await runDurableObjectAlarm(object);
    const rows = await runInDurableObject(object, (_, { storage: { sql } }) =>
      ["held", "held_counts", "held_over"].flatMap((table) => sql.exec(`SELECT * FROM ${table}`).toArray()),
    );
    expect(rows).toEqual([]);
    expect(await runInDurableObject(object, (_, { storage }) => storage.getAlarm())).toBeNull();
  });
});

describe("a room that caps the tickets of an address", { timeout: 60_000 }, () => {
  /** One is in, so that everybody else waits. */
  async function fullRoom(rooms = new Rooms(), more: Parameters<typeof newRoomEdge>[2] = {}) {
    const edge = await newRoomEdge({ active_limit: 1, tickets_per_address: 2 }, rooms, more);
    const inside = await edge.ask();
    expect(inside.status).toBe(200);
    return { edge, inside };
  }

  it("refuses one more, and gives one when somebody leaves the line", async () => {
    const { edge } = await fullRoom();
    const waiting = [await edge.ask(), await edge.ask()];
    expect(waiting.map(({ status }) => status)).toEqual([503, 503]);
    const refused = await edge.ask();
    expect([refused.status, refused.json.type]).toEqual([429, "/.tidegate/problems/too-many-tickets"]);
    // Whoever has one keeps it, and another address has its own.
    expect((await edge.ask(showing(waiting[1] as never))).status).toBe(503);
    expect((await edge.ask({ "cf-connecting-ip": "203.0.113.8" })).status).toBe(503);
    await edge.ask(showing(waiting[0] as never), "/.tidegate/queue/main/leave", "POST");
    await edge.settled();
    expect((await edge.ask()).status).toBe(503);
    expect((await edge.ask()).status).toBe(429);
  });

  it("gives one when somebody behind the address is let in", async () => {
    const { edge, inside } = await fullRoom();
    const [first] = [await edge.ask(), await edge.ask()];
    expect((await edge.ask()).status).toBe(429);
    await edge.ask(showing(inside), "/.tidegate/queue/main/leave", "POST");
    await expect
      .poll(async () => (await edge.ask(showing(first as never))).status, { timeout: 20_000 })
      .toBe(200);
    await edge.settled();
    expect((await edge.ask()).status).toBe(503);
    expect((await edge.ask()).status).toBe(429);
  });

  it("gives a ticket when the address's object does not answer, and counts it with its next poll", async () => {
    const rooms = new Rooms();
    const { edge } = await fullRoom(rooms);
    rooms.placesMood = "hangs";
    const waiting = [await edge.ask(), await edge.ask(), await edge.ask()];
    expect(waiting.map(({ status }) => status)).toEqual([503, 503, 503]);
    for (const { tookMs } of waiting) expect(tookMs).toBeLessThan(3000);
    rooms.placesMood = "well";
    for (const one of waiting.slice(0, 2)) expect((await edge.ask(showing(one))).status).toBe(503);
    expect((await edge.ask()).status).toBe(429);
  });

  it("asks twice in an hour of a ticket that polls, and no more", async () => {
    const { edge } = await fullRoom();
    let told = await edge.ask();
    for (let n = 0; n < 20; n += 1) told = await edge.ask(showing(told), "/.tidegate/queue/main");
    expect(edge.rooms.calls.filter((call) => call === "hold").length).toBe(1);
  });

  it("counts a ticket at the address that took it, wherever it is shown", async () => {
    const { edge } = await fullRoom();
    const elsewhere = { "cf-connecting-ip": "203.0.113.8" };
    const taken = await edge.ask();
    await edge.ask({ ...showing(taken), ...elsewhere });
    expect((await edge.ask()).status).toBe(503);
    expect((await edge.ask()).status).toBe(429);
  });

  it("counts no verified user, nor the ticket of one who has logged in since", async () => {
    const HASH = "ca64daa8b294dc4835d29ca02a6a47427ebc6a225ea3ac2e15f8417fb6601db2";
    const keys = { identity: { api_keys: { header: "X-Api-Key", sha256: { ann: HASH } } } };
    const ann = { "x-api-key": "key-of-ann" };
    const { edge } = await fullRoom(new Rooms(), keys);
    const waiting = [await edge.ask(), await edge.ask()];
    expect((await edge.ask(ann)).status).toBe(503);
    expect((await edge.ask()).status).toBe(429);
    expect((await edge.ask({ ...showing(waiting[0] as never), ...ann })).status).toBe(503);
    await edge.settled();
    expect((await edge.ask()).status).toBe(503);
    expect((await edge.ask()).status).toBe(429);
  });
});
