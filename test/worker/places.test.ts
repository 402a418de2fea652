// Places objects: one record for each signed-in user of each room, over evictions, forgotten when it is over.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { placesStub } from "../../src/config/env.ts";
import type { PlaceClaim } from "../../src/config/room-api.ts";
import { placeShardOf } from "../../src/policy/place-shard.ts";

/** Far ahead of the real clock, by which alarms ring: here they ring by hand only. */
const NOW_MS = Date.UTC(2096, 11, 1, 10);
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

let objects = 0;
/** A Places object that no other test has. */
function newPlaces() {
  objects += 1;
  return env.PLACES.getByName(`test-${objects}`);
}

type Places = ReturnType<typeof newPlaces>;

const claim = (ticketId: string, arrivedAtMs: number, more: Partial<PlaceClaim> = {}): PlaceClaim => ({
  room: "main",
  owner: "alice",
  ticketId,
  arrivedAtMs,
  expiresAtMs: NOW_MS + HOUR_MS,
  ...more,
});

const rowsOf = (places: Places) =>
  runInDurableObject(places, (_, { storage }) => storage.sql.exec("SELECT * FROM places").toArray().length);
const alarmOf = (places: Places) => runInDurableObject(places, (_, { storage }) => storage.getAlarm());

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(NOW_MS);
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a signed-in user", () => {
  it("has one place whatever the device: the earliest, in whatever order they come", async () => {
    const places = newPlaces();
    expect(await places.join(claim("phone", 500))).toEqual({
      kind: "waiting",
      ticketId: "phone",
      arrivedAtMs: 500,
    });
    expect(await places.join(claim("laptop", 700))).toMatchObject({ ticketId: "phone", arrivedAtMs: 500 });
    expect(await places.join(claim("tablet", 300))).toMatchObject({ ticketId: "tablet", arrivedAtMs: 300 });
    expect(await places.join(claim("phone", 500))).toMatchObject({ ticketId: "tablet", arrivedAtMs: 300 });
  });

  it("has one place when devices come at the same moment", async () => {
    const places = newPlaces();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, device) => places.join(claim(`device ${device}`, 500))),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  it("has a place of their own in each room, and nobody else's", async () => {
    const places = newPlaces();
    await places.join(claim("a", 500));
    expect(await places.join(claim("b", 600, { room: "other" }))).toMatchObject({ ticketId: "b" });
    expect(await places.join(claim("c", 700, { owner: "bob" }))).toMatchObject({ ticketId: "c" });
    expect(await rowsOf(places)).toBe(3);
  });

  it("is in on every device once let in, until the pass is over", async () => {
    const places = newPlaces();
    await places.join(claim("phone", 500));
    await places.admitted("main", "alice", "pass", NOW_MS + MINUTE_MS);
    expect(await places.join(claim("laptop", 100))).toEqual({ kind: "admitted", passId: "pass" });
    await places.admitted("main", "alice", "pass", NOW_MS + 2 * MINUTE_MS);
    vi.setSystemTime(NOW_MS + MINUTE_MS);
    expect(await places.join(claim("laptop", 100))).toEqual({ kind: "admitted", passId: "pass" });
    vi.setSystemTime(NOW_MS + 2 * MINUTE_MS);
    expect(await places.join(claim("laptop", 800))).toMatchObject({ kind: "waiting", ticketId: "laptop" });
  });

  it("begins anew after leaving", async () => {
    const places = newPlaces();
    await places.join(claim("a", 500));
    await places.leave("main", "alice");
    expect(await places.join(claim("b", 600))).toMatchObject({ ticketId: "b", arrivedAtMs: 600 });
    await places.admitted("main", "alice", "pass", NOW_MS + MINUTE_MS);
    await places.leave("main", "alice");
    expect(await places.join(claim("c", 700))).toMatchObject({ kind: "waiting", ticketId: "c" });
  });

  it("is found on the shard that the owner's hash says", async () => {
    const stub = placesStub(env, placeShardOf("somebody"));
    await stub.join(claim("a", 500, { owner: "somebody" }));
    const again = placesStub(env, placeShardOf("somebody"));
    expect(await again.join(claim("b", 600, { owner: "somebody" }))).toMatchObject({ ticketId: "a" });
  });
});

describe("a Places object after an eviction", () => {
  it("knows who waits and who is in", async () => {
    const places = newPlaces();
    await places.join(claim("a", 500));
    await places.admitted("main", "bob", "pass", NOW_MS + MINUTE_MS);
    await evictDurableObject(places);
    expect(await places.join(claim("b", 600))).toMatchObject({ ticketId: "a", arrivedAtMs: 500 });
    expect(await places.join(claim("c", 1, { owner: "bob" }))).toEqual({ kind: "admitted", passId: "pass" });
  });

  it("still sweeps, and sets no second alarm", async () => {
    const places = newPlaces();
    await places.join(claim("a", 500));
    const set = await alarmOf(places);
    await evictDurableObject(places);
    await places.join(claim("b", 600, { owner: "bob" }));
    expect(await alarmOf(places)).toBe(set);
  });
});

describe("a Places object's alarm", () => {
  it("forgets what is over, and nothing else", async () => {
    const places = newPlaces();
    await places.join(claim("a", 500));
    await places.join(claim("b", 500, { owner: "bob", expiresAtMs: NOW_MS + 2 * HOUR_MS }));
    await places.admitted("main", "carol", "pass", NOW_MS + MINUTE_MS);
    vi.setSystemTime(NOW_MS + HOUR_MS);
    await runDurableObjectAlarm(places);
    expect(await rowsOf(places)).toBe(1);
    expect(await places.join(claim("c", 900, { owner: "bob" }))).toMatchObject({ ticketId: "b" });
  });

  it("rings when the next record ends, at most once a minute, and not when none is left", async () => {
    const places = newPlaces();
    await places.join(claim("a", 500));
    await vi.waitFor(async () => expect(await alarmOf(places)).toBe(NOW_MS + MINUTE_MS));
    vi.setSystemTime(NOW_MS + MINUTE_MS);
    await runDurableObjectAlarm(places);
    expect(await alarmOf(places)).toBe(NOW_MS + HOUR_MS);
    vi.setSystemTime(NOW_MS + HOUR_MS);
    await runDurableObjectAlarm(places);
    expect(await alarmOf(places)).toBeNull();
    await places.join(claim("b", 600, { expiresAtMs: NOW_MS + 2 * HOUR_MS }));
    await vi.waitFor(async () => expect(await alarmOf(places)).toBe(NOW_MS + HOUR_MS + MINUTE_MS));
  });
});
