// Rooms by command: words that last, that every edge hears, and a limit that follows the regions.
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { roomStub } from "../../src/config/env.ts";
import type { RoomEdit } from "../../src/config/room-edit.ts";
import type { RoomOverride } from "../../src/config/room-override.ts";
import { bundleOf, changeOf, controlWith, exchangeOf, inForce, walletToml, weightsEdit } from "./support.ts";

let rooms = 0;
/** A room that no other test has. */
function newRoom() {
  rooms += 1;
  const name = `test-${rooms}`;
  const toml = walletToml(
    { hk: 50, sg: 30, fra: 20 },
    {
      routes: [{ path: "/*", pool: "wallet", room: name }],
      rooms: [{ name, active_limit: 500, admit_per_minute: 600 }],
    },
  );
  const say = (said: RoomOverride): RoomEdit => ({ kind: "room", room: name, ...said });
  return { name, toml, say, reset: { kind: "room-reset", room: name } as const };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a word to a room", () => {
  it("reaches the next edge that asks, makes no version and is shown", async () => {
    const { name, toml, say, reset } = newRoom();
    const control = await controlWith(toml);
    const before = await control.exchange(exchangeOf(bundleOf("first", 0)));
    const etag = before.kind === "snapshot" ? before.etag : "";
    const answer = await control.change(changeOf(say({ mode: "hold", activeLimit: 50 }), 1));
    expect(answer).toMatchObject({
      kind: "applied",
      plan: { rooms: [{ before: { mode: "auto" }, after: { mode: "hold" } }] },
    });
    expect(await control.exchange(exchangeOf(bundleOf("first", 0), { etag }))).toMatchObject({
      kind: "snapshot",
      snapshot: { version: 1, rooms: { [name]: { mode: "hold", activeLimit: 50 } } },
    });
    expect((await control.status()).rooms[0]).toMatchObject({ name, mode: "hold", limit: 50 });
    expect(await control.history()).toHaveLength(1);
    await control.change(changeOf(reset, 1));
    expect((await inForce(control)).rooms).toEqual({});
    expect((await control.status()).rooms[0]).toMatchObject({ mode: "auto", limit: 500 });
  });

  it("on trial changes nothing, said twice changes nothing, to nobody is refused", async () => {
    const { toml, say } = newRoom();
    const control = await controlWith(toml);
    const off = say({ mode: "off" });
    expect((await control.change(changeOf(off, 1, { dryRun: true }))).kind).toBe("planned");
    expect((await inForce(control)).rooms).toEqual({});
    expect((await control.change(changeOf(off, 1))).kind).toBe("applied");
    expect(await control.change(changeOf(off, 1))).toEqual({ kind: "unchanged", version: 1 });
    expect((await control.change(changeOf(newRoom().say({ mode: "off" }), 1))).kind).toBe("refused");
    expect((await control.change(changeOf(off, 7))).kind).toBe("conflict");
  });

  it("stays in force over changes of the file, rollbacks and evictions", async () => {
    const { name, toml, say } = newRoom();
    const control = await controlWith(toml);
    await control.change(changeOf(say({ mode: "hold" }), 1));
    await control.change(changeOf(weightsEdit({ sg: 10 }), 1));
    await control.change(changeOf({ kind: "rollback", version: 1 }, 2));
    await evictDurableObject(control);
    expect(await inForce(control)).toMatchObject({ version: 3, rooms: { [name]: { mode: "hold" } } });
    expect((await control.status()).rooms[0]).toMatchObject({ mode: "hold", override: { mode: "hold" } });
  });
});

describe("a room's limit", () => {
  it("shrinks with the regions that are there and grows back", async () => {
    const { toml } = newRoom();
    const control = await controlWith(toml);
    const limit = async () => (await control.status()).rooms[0]?.limit;
    expect(await limit()).toBe(500);
    await control.change(changeOf({ kind: "drain", pool: "wallet", origin: "hk", force: false }, 1));
    expect(await limit()).toBe(250);
    await control.change(changeOf({ kind: "undrain", pool: "wallet", origin: "hk" }, 1));
    expect(await limit()).toBe(500);
  });

  it("is told to the room without anybody looking", async () => {
    const { name, toml } = newRoom();
    const control = await controlWith(toml);
    await control.change(changeOf({ kind: "drain", pool: "wallet", origin: "hk", force: false }, 1));
    await vi.waitFor(async () => expect((await roomStub(env, name).view()).limit).toBe(250));
  });

  it("follows a maintenance window by the clock, with the next report of an edge", async () => {
    const { name, toml } = newRoom();
    const control = await controlWith(toml);
    const startMs = Date.now() + 60_000;
    const window = { startMs, endMs: startMs + 60_000, drainMs: 0, force: false };
    await control.change(changeOf({ kind: "maintenance-add", pool: "wallet", origin: "hk", ...window }, 1));
    vi.setSystemTime(startMs);
    await control.exchange(exchangeOf(bundleOf("first", 0), { edge: "edge" }));
    await vi.waitFor(async () => expect((await roomStub(env, name).view()).limit).toBe(250));
  });
});
