/** What operators may say to a room by command. */
import { describe, expect, it } from "vitest";
import { editRoom, isRoomEdit, type RoomEdit } from "../../src/config/room-edit.ts";
import type { RoomOverride } from "../../src/config/room-override.ts";
import type { Snapshot } from "../../src/config/snapshot.ts";
import { snapshotOf, walletOf } from "./snapshots.ts";

const NOW_MS = Date.UTC(2026, 11, 1, 10);
const sale = { name: "sale", start: "2026-12-01T11:00:00Z", end: "2026-12-01T12:00:00Z", active_limit: 800 };
const ROOMS = ["main", "other"].map((name) => ({
  name,
  active_limit: 500,
  admit_per_minute: 600,
  events: [sale],
}));
const BEFORE: Snapshot = snapshotOf(walletOf({ hk: 1 }, { rooms: ROOMS }));

const room = (said: RoomOverride, name = "main"): RoomEdit => ({ kind: "room", room: name, ...said });
const reset = (name = "main"): RoomEdit => ({ kind: "room-reset", room: name });

function applied(snapshot: Snapshot, edit: RoomEdit, nowMs = NOW_MS) {
  const outcome = editRoom(snapshot, edit, nowMs);
  if (outcome.kind !== "ok") throw new Error(`the outcome is ${outcome.kind}`);
  return { after: { ...snapshot, rooms: outcome.rooms }, plan: outcome.plan, rooms: outcome.rooms };
}

function reasonOf(snapshot: Snapshot, edit: RoomEdit): string {
  const outcome = editRoom(snapshot, edit, NOW_MS);
  return outcome.kind === "refused" ? outcome.reason : outcome.kind;
}

describe("a word to a room", () => {
  it("is told by its kind", () => {
    expect([room({}), reset(), { kind: "drain" }].map(isRoomEdit)).toEqual([true, true, false]);
  });

  it("changes what it says and leaves the rest as it was said before", () => {
    const { after, rooms } = applied(BEFORE, room({ mode: "hold" }));
    expect(rooms).toEqual({ main: { mode: "hold" } });
    expect(applied(after, room({ activeLimit: 50 })).rooms).toEqual({
      main: { mode: "hold", activeLimit: 50 },
    });
    expect(applied(after, room({ mode: "auto" })).rooms).toEqual({ main: { mode: "auto" } });
    expect(applied(after, room({ admitPerMinute: 0 }, "other")).rooms).toEqual({
      main: { mode: "hold" },
      other: { admitPerMinute: 0 },
    });
  });

  it("tells what is in force and what will be, and makes no version", () => {
    expect(applied(BEFORE, room({ mode: "hold", activeLimit: 50 })).plan).toEqual({
      fromVersion: 1,
      toVersion: 1,
      pools: [],
      otherParts: [],
      rooms: [
        {
          room: "main",
          before: { mode: "auto", activeLimit: 500, admitPerMinute: 600 },
          after: { mode: "hold", activeLimit: 50, admitPerMinute: 600 },
        },
      ],
    });
  });

  it("goes before an event's limits, and says so", () => {
    const during = NOW_MS + 3_600_000;
    const { after, plan } = applied(BEFORE, room({ activeLimit: 50 }), during);
    expect(plan.rooms?.[0]).toMatchObject({ before: { activeLimit: 800 }, after: { activeLimit: 50 } });
    const back = applied(after, reset(), during).plan;
    expect(back.rooms?.[0]).toMatchObject({ before: { activeLimit: 50 }, after: { activeLimit: 800 } });
  });

  it("that was said before changes nothing", () => {
    const { after } = applied(BEFORE, room({ mode: "hold", activeLimit: 50 }));
    expect(editRoom(after, room({ activeLimit: 50 }), NOW_MS)).toEqual({ kind: "unchanged" });
    expect(editRoom(after, room({ activeLimit: 51 }), NOW_MS).kind).toBe("ok");
  });

  it("is refused without a room or a word, with the way out", () => {
    expect(reasonOf(BEFORE, room({ mode: "hold" }, "mian"))).toBe(
      'there is no room "mian"; there are: main, other',
    );
    expect(reasonOf(BEFORE, room({ mode: "hold" }, "constructor"))).toContain("there are: main, other");
    expect(reasonOf(snapshotOf(walletOf({ hk: 1 })), room({ mode: "hold" }))).toContain("has none");
    expect(reasonOf(BEFORE, room({}))).toContain("the mode, the limit or the rate");
  });
});

describe("taking words back", () => {
  it("leaves the room to the file, and other rooms to what was said to them", () => {
    const { after } = applied(BEFORE, room({ mode: "hold", activeLimit: 50 }));
    const { after: both } = applied(after, room({ mode: "off" }, "other"));
    const { rooms, plan } = applied(both, reset());
    expect(rooms).toEqual({ other: { mode: "off" } });
    expect(plan.rooms?.[0]).toMatchObject({ before: { mode: "hold" }, after: { mode: "auto" } });
  });

  it("is refused where nothing was said", () => {
    expect(reasonOf(BEFORE, reset())).toBe("room main goes by the file already");
    expect(reasonOf(BEFORE, reset("mian"))).toContain("there are: main, other");
  });

  it("works for a room that has left the configuration meanwhile", () => {
    const gone: Snapshot = { ...BEFORE, rooms: { old: { mode: "hold" } } };
    const { rooms, plan } = applied(gone, reset("old"));
    expect(rooms).toEqual({});
    expect(plan.rooms).toEqual([{ room: "old" }]);
  });
});
