// What Control tells Room objects: each change once, in rising numbers over restarts, again where it failed.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Env } from "../../src/config/env.ts";
import type { RoomApi, RoomSettings } from "../../src/config/room-api.ts";
import type { Snapshot } from "../../src/config/snapshot.ts";
import { RoomKeeper } from "../../src/control/room-keeper.ts";
import { newControl, walletSnapshot } from "./support.ts";

const NOW_MS = 1_800_000_000_000;
const VIEW = { waiting: 7, active: 3, leased: 2, free: 0, limit: 5, vanished: 0 };

const snapshotWith = (...rooms: readonly (readonly [name: string, limit: number])[]): Snapshot =>
  walletSnapshot({ hk: 1 }, 1, { rooms: rooms.map(([name, active_limit]) => ({ name, active_limit })) });

/** Rooms that write down what they are told. */
class World {
  readonly told: (readonly [room: string, seq: number, limit: number, reachable: number])[] = [];
  isDown = false;
  view: RoomApi["view"] = async () => VIEW;
  readonly env: Env;

  constructor() {
    const room = (name: string): Pick<RoomApi, "configure" | "view"> => ({
      configure: async (_: string, { seq, rules }: RoomSettings) => {
        if (this.isDown) throw new Error("unreachable");
        this.told.push([name, seq, rules.activeLimit, rules.reachable]);
      },
      view: () => this.view(),
    });
    this.env = { ...env, ROOM: { getByName: room } as unknown as Env["ROOM"] };
  }
}

const all = () => 1;

/** Runs with the storage of an object that no other test has; `newKeeper` is a Control object that has started anew. */
async function inStorage(test: (world: World, newKeeper: () => RoomKeeper) => Promise<void>): Promise<void> {
  const world = new World();
  await runInDurableObject(newControl(), async (_, { storage }) => {
    await test(world, () => new RoomKeeper(world.env, storage.sql));
  });
}

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("rooms", () => {
  it("are told what to do once, and again when it changes", () =>
    inStorage(async (world, newKeeper) => {
      const keeper = newKeeper();
      await keeper.keep(snapshotWith(["main", 5], ["other", 9]), all, NOW_MS, true);
      await keeper.keep(snapshotWith(["main", 5], ["other", 9]), all, NOW_MS, true);
      expect(world.told).toEqual([
        ["main", NOW_MS, 5, 1],
        ["other", NOW_MS + 1, 9, 1],
      ]);
      await keeper.keep(snapshotWith(["main", 6], ["other", 9]), all, NOW_MS, true);
      expect(world.told.slice(2)).toEqual([["main", NOW_MS + 2, 6, 1]]);
    }));

  it("are told again after ten seconds, for one may have lost its storage", () =>
    inStorage(async (world, newKeeper) => {
      const keeper = newKeeper();
      for (const afterMs of [0, 9999, 10_000, 19_999, 20_000]) {
        await keeper.keep(snapshotWith(["main", 5]), all, NOW_MS + afterMs, true);
      }
      expect(world.told).toEqual(Array.from({ length: 3 }, () => ["main", NOW_MS, 5, 1]));
    }));

  it("are told what an operator says", () =>
    inStorage(async (world, newKeeper) => {
      const keeper = newKeeper();
      const snapshot = snapshotWith(["main", 5]);
      await keeper.keep(snapshot, all, NOW_MS, true);
      await keeper.keep({ ...snapshot, rooms: { main: { activeLimit: 2 } } }, all, NOW_MS, true);
      await keeper.keep(snapshot, all, NOW_MS, true);
      expect(world.told).toEqual([
        ["main", NOW_MS, 5, 1],
        ["main", NOW_MS + 1, 2, 1],
        ["main", NOW_MS + 2, 5, 1],
      ]);
    }));

  it("are told of regions that go and come, within a fifth of a second", () =>
    inStorage(async (world, newKeeper) => {
      const keeper = newKeeper();
      const snapshot = snapshotWith(["main", 5]);
      await keeper.keep(snapshot, all, NOW_MS, false);
      await keeper.keep(snapshot, () => 0.5, NOW_MS + 199, false);
      expect(world.told).toHaveLength(1);
      await keeper.keep(snapshot, () => 0.5, NOW_MS + 200, false);
      expect(world.told.slice(1)).toEqual([["main", NOW_MS + 200, 5, 0.5]]);
      await keeper.keep(snapshot, () => 0.6, NOW_MS + 201, true);
      expect(world.told.slice(2)).toEqual([["main", NOW_MS + 201, 5, 0.6]]);
    }));

  it("that cannot be reached are told a second later, under the same number", () =>
    inStorage(async (world, newKeeper) => {
      const keeper = newKeeper();
      const snapshot = snapshotWith(["main", 5]);
      world.isDown = true;
      await keeper.keep(snapshot, all, NOW_MS, true);
      world.isDown = false;
      await keeper.keep(snapshot, all, NOW_MS + 999, true);
      expect(world.told).toEqual([]);
      await keeper.keep(snapshot, all, NOW_MS + 1000, true);
      expect(world.told).toEqual([["main", NOW_MS, 5, 1]]);
    }));

  it("that cannot be reached are told of something new at once", () =>
    inStorage(async (world, newKeeper) => {
      const keeper = newKeeper();
      world.isDown = true;
      await keeper.keep(snapshotWith(["main", 5]), all, NOW_MS, true);
      world.isDown = false;
      await keeper.keep(snapshotWith(["main", 6]), all, NOW_MS + 1, true);
      expect(world.told).toEqual([["main", NOW_MS + 1, 6, 1]]);
    }));

  it("hear the same number again after Control has started anew, and higher ones after that", () =>
    inStorage(async (world, newKeeper) => {
      await newKeeper().keep(snapshotWith(["main", 5]), all, NOW_MS, true);
      const keeper = newKeeper();
      await keeper.keep(snapshotWith(["main", 5]), all, NOW_MS, true);
      await keeper.keep(snapshotWith(["main", 6]), all, NOW_MS, true);
      expect(world.told).toEqual([
        ["main", NOW_MS, 5, 1],
        ["main", NOW_MS, 5, 1],
        ["main", NOW_MS + 1, 6, 1],
      ]);
    }));

  it("listen to a Control object that has lost its storage", async () => {
    const numbers: number[] = [];
    for (const nowMs of [NOW_MS, NOW_MS + 60_000]) {
      await inStorage(async (world, newKeeper) => {
        const keeper = newKeeper();
        for (const limit of [5, 6, 7]) await keeper.keep(snapshotWith(["main", limit]), all, nowMs, true);
        numbers.push(...world.told.map(([, seq]) => seq));
      });
    }
    expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
    expect(new Set(numbers).size).toBe(6);
  });

  it("that leave the file and come back hear of higher numbers, also over a restart", () =>
    inStorage(async (world, newKeeper) => {
      const keeper = newKeeper();
      await keeper.keep(snapshotWith(["main", 5]), all, NOW_MS, true);
      await keeper.keep(snapshotWith(), all, NOW_MS, true);
      await newKeeper().keep(snapshotWith(["main", 5]), all, NOW_MS, true);
      expect(world.told).toEqual([
        ["main", NOW_MS, 5, 1],
        ["main", NOW_MS + 1, 5, 1],
      ]);
    }));
});

describe("what rooms say of themselves", () => {
  it("is asked of each, and silence has a reason", () =>
    inStorage(async (world, newKeeper) => {
      expect(await newKeeper().views(["main"])).toEqual(new Map([["main", { kind: "seen", view: VIEW }]]));
      world.view = async () => Promise.reject(new Error("broken"));
      expect((await newKeeper().views(["main"])).get("main")).toMatchObject({
        kind: "silent",
        reason: expect.stringContaining("broken"),
      });
    }));

  it("is waited for for a second", () =>
    inStorage(async (world, newKeeper) => {
      world.view = () => new Promise(() => undefined);
      const beganAtMs = Date.now();
      const seen = await newKeeper().views(["main", "other"]);
      expect(Date.now() - beganAtMs).toBeLessThan(2000);
      expect([...seen.values()].map(({ kind }) => kind)).toEqual(["silent", "silent"]);
    }));

  it("is said after they have heard of their limit", () =>
    inStorage(async (world, newKeeper) => {
      const keeper = newKeeper();
      world.isDown = true;
      await keeper.keep(snapshotWith(["main", 5]), all, NOW_MS, true);
      world.isDown = false;
      world.view = async () => ({ ...VIEW, limit: world.told.at(-1)?.[2] ?? 0 });
      expect((await keeper.views(["main"])).get("main")).toMatchObject({ view: { limit: 5 } });
    }));
});
