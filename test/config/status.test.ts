import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import type { SeenRoom } from "../../src/config/room-status.ts";
import { firstSnapshot, nextSnapshot } from "../../src/config/snapshot.ts";
import { statusOf } from "../../src/config/status.ts";
import { walletConfig } from "../support/config.ts";
import { type TomlTable, toToml } from "../support/toml.ts";

const NOW_MS = 1_700_000_000_000;

function configOf(table: TomlTable) {
  const loaded = loadConfig(toToml(table), { file: "tidegate.toml", environment: "production" });
  if (loaded.kind === "invalid") throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return loaded.config;
}

const wallet = (hk: number, sg: number, fra: number, more: TomlTable = {}) =>
  configOf(
    walletConfig(
      [
        { name: "hk", url: "https://hk.example", weight: hk },
        { name: "sg", url: "https://sg.example", weight: sg },
        { name: "fra", url: "https://fra.example", weight: fra },
      ],
      more,
    ),
  );

describe("the status of a snapshot", () => {
  it("tells the version and, for each origin, state, weights and share of users", () => {
    const well = { state: "healthy", reason: "ok", probes: [] };
    expect(statusOf(firstSnapshot(wallet(2, 1, 1), 12), NOW_MS)).toEqual({
      version: 12,
      pools: [
        {
          kind: "normal",
          slotsMoved: 0,
          name: "wallet",
          origins: [
            { name: "hk", ...well, weight: 2, effectiveWeight: 2, share: 0.5 },
            { name: "sg", ...well, weight: 1, effectiveWeight: 1, share: 0.25 },
            { name: "fra", ...well, weight: 1, effectiveWeight: 1, share: 0.25 },
          ],
        },
      ],
      rooms: [],
      overrides: [],
      announcements: [],
      limits: [],
      windows: [],
    });
  });

  it("counts shares in the slots in force, after changes too", () => {
    const next = nextSnapshot(firstSnapshot(wallet(2, 1, 1), 1), wallet(0, 1, 3), 2);
    expect(statusOf(next, NOW_MS).pools[0]?.origins.map(({ share }) => share)).toEqual([0, 0.25, 0.75]);
  });

  it("tells each room's mode and limit", () => {
    const rooms = [{ name: "main", active_limit: 500, admit_per_minute: 600, mode: "hold" }];
    const [room] = statusOf(firstSnapshot(wallet(1, 1, 1, { rooms }), 1), NOW_MS).rooms;
    expect(room).toEqual({
      name: "main",
      mode: "hold",
      waiting: 0,
      active: 0,
      leased: 0,
      limit: 500,
      admitPerMinute: 600,
      reachable: 1,
    });
  });

  it("tells what a room says of itself, and why when it says nothing", () => {
    const view = { waiting: 7, active: 480, leased: 12, free: 8, limit: 500, vanished: 0 };
    const seen = new Map<string, SeenRoom>([
      ["main", { kind: "seen", view }],
      ["silent", { kind: "silent", reason: "no answer" }],
    ]);
    const rooms = ["main", "silent"].map((name) => ({ name, active_limit: 500 }));
    const snapshot = firstSnapshot(wallet(1, 1, 1, { rooms }), 1);
    const [main, silent] = statusOf(snapshot, NOW_MS, undefined, undefined, seen).rooms;
    expect(main).toMatchObject({ waiting: 7, active: 480, leased: 12, limit: 500 });
    expect(main).not.toHaveProperty("reason");
    expect(silent).toMatchObject({ waiting: 0, active: 0, leased: 0, limit: 500, reason: "no answer" });
  });

  it("tells a room's limits in force: operators', events' and what regions are left", () => {
    const at = (ms: number) => new Date(NOW_MS + ms).toISOString();
    const events = [{ name: "sale", start: at(60_000), end: at(120_000), prequeue: "1m", active_limit: 800 }];
    const routes = [{ path: "/*", pool: "wallet", room: "main" }];
    const rooms = [{ name: "main", active_limit: 500, admit_per_minute: 600, events }];
    const snapshot = firstSnapshot(wallet(50, 30, 20, { rooms, routes }), 1);
    const drain = { id: 1, kind: "drain" as const, pool: "wallet", origin: "hk", startMs: 0, drainMs: 0 };
    const room = (nowMs: number, more = {}) => statusOf({ ...snapshot, ...more }, nowMs).rooms[0];
    expect(room(NOW_MS - 1)).not.toHaveProperty("event");
    expect(room(NOW_MS)).toMatchObject({ limit: 500, event: { name: "sale", phase: "prequeue" } });
    expect(room(NOW_MS + 60_000)).toMatchObject({ limit: 800, event: { name: "sale", phase: "running" } });
    expect(room(NOW_MS + 60_000, { overrides: [drain] })).toMatchObject({ limit: 400, reachable: 0.5 });
    const override = { mode: "hold", activeLimit: 100, admitPerMinute: 6 };
    expect(room(NOW_MS + 60_000, { rooms: { main: override } })).toMatchObject({
      mode: "hold",
      limit: 100,
      admitPerMinute: 6,
      override,
    });
  });

  it("is plain data that JSON carries without loss", () => {
    const status = statusOf(firstSnapshot(wallet(50, 30, 20), 1), NOW_MS);
    expect(JSON.parse(JSON.stringify(status))).toEqual(status);
  });
});
