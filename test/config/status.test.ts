import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
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
    expect(room).toEqual({ name: "main", mode: "hold", waiting: 0, active: 0, leased: 0, limit: 500 });
  });

  it("is plain data that JSON carries without loss", () => {
    const status = statusOf(firstSnapshot(wallet(50, 30, 20), 1), NOW_MS);
    expect(JSON.parse(JSON.stringify(status))).toEqual(status);
  });
});
