/** What a room is to do, made of the file, operators' words and the regions that are there. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Config, Room } from "../../src/config/load.ts";
import type { RoomOverride } from "../../src/config/room-override.ts";
import { reachableShare, roomRulesOf } from "../../src/config/room-settings.ts";
import { availabilities } from "../../src/config/status.ts";
import { rulesAt } from "../../src/policy/room-rules.ts";
import { configOf, ejectedUntil, originsOf, snapshotOf, UNHEALTHY, walletOf } from "./snapshots.ts";

const TEN_MS = Date.UTC(2026, 11, 1, 10);
const HOUR_MS = 3_600_000;
const event = (name: string, start: string, end: string, more = {}) => ({
  name,
  start: `2026-12-01T${start}:00Z`,
  end: `2026-12-01T${end}:00Z`,
  ...more,
});

function roomOf(more = {}): Room {
  const rooms = [{ name: "main", active_limit: 500, admit_per_minute: 600, ...more }];
  const [room] = walletOf({ hk: 1 }, { rooms }).rooms;
  if (room === undefined) throw new Error("no room");
  return room;
}

const rules = (more = {}, override?: RoomOverride, reachable = 1) =>
  roomRulesOf(roomOf(more), override, reachable);

describe("a room's rules", () => {
  it("are those of the file while no operator says otherwise", () => {
    expect(rules()).toEqual({
      mode: "auto",
      activeLimit: 500,
      admitPerMinute: 600,
      reachable: 1,
      sessionMs: 300_000,
      renews: true,
      claimWindowMs: 20_000,
      ticketLifeMs: 86_400_000,
      lanes: [],
      events: [],
    });
  });

  it("have lanes by share and events in order of their start", () => {
    const made = rules({
      lanes: [{ name: "payments", share: 20 }],
      events: [
        event("late", "12:00", "13:00", { active_limit: 800, admit_per_minute: 0 }),
        event("early", "10:00", "11:00", { prequeue: "30m", lottery: true }),
      ],
    });
    expect(made.lanes).toEqual([{ name: "payments", sharePercent: 20 }]);
    expect(made.events).toEqual([
      {
        name: "early",
        startMs: TEN_MS,
        endMs: TEN_MS + HOUR_MS,
        prequeueMs: HOUR_MS / 2,
        isLottery: true,
        activeLimit: undefined,
        admitPerMinute: undefined,
      },
      {
        name: "late",
        startMs: TEN_MS + 2 * HOUR_MS,
        endMs: TEN_MS + 3 * HOUR_MS,
        prequeueMs: 0,
        isLottery: false,
        activeLimit: 800,
        admitPerMinute: 0,
      },
    ]);
  });

  it("are an operator's where one has spoken, and only there", () => {
    expect(rules({}, { mode: "hold" })).toEqual({ ...rules(), mode: "hold" });
    expect(rules({ mode: "hold" }, { activeLimit: 50 })).toMatchObject({ mode: "hold", activeLimit: 50 });
    expect(rules({}, { admitPerMinute: 0 })).toMatchObject({ admitPerMinute: 0, activeLimit: 500 });
  });

  it("are an operator's during an event too", () => {
    const events = [event("sale", "10:00", "11:00", { active_limit: 800, admit_per_minute: 1200 })];
    const during = (override: RoomOverride) => rulesAt(rules({ events }, override), TEN_MS);
    expect(during({})).toMatchObject({ limit: 800, admitPerMinute: 1200 });
    expect(during({ activeLimit: 50 })).toMatchObject({ limit: 50, admitPerMinute: 1200 });
    expect(during({ admitPerMinute: 6 })).toMatchObject({ limit: 800, admitPerMinute: 6 });
  });

  it("do not change the configuration that they are made of", () => {
    const room = roomOf({ events: [event("b", "12:00", "13:00"), event("a", "10:00", "11:00")] });
    const before = structuredClone(room);
    roomRulesOf(room, { activeLimit: 1 }, 0.5);
    expect(room).toEqual(before);
  });
});

describe("the share of a room's regions that can be reached", () => {
  const rooms = [{ name: "main", active_limit: 500 }];
  const wallet = (more = {}) =>
    walletOf(
      { hk: 50, sg: 30, fra: 20 },
      { rooms, routes: [{ path: "/*", pool: "wallet", room: "main" }], ...more },
    );
  const share = (config: Config, factors: Record<string, number>) =>
    reachableShare(config, "main", (_, origin) => factors[origin] ?? 1);

  it("is by weight, and by what an origin may take of its weight", () => {
    expect(share(wallet(), {})).toBe(1);
    expect(share(wallet(), { hk: 0 })).toBe(0.5);
    expect(share(wallet(), { hk: 0.1, sg: 0 })).toBe(0.25);
    expect(share(wallet(), { hk: 0, sg: 0, fra: 0 })).toBe(0);
  });

  it("is rounded to the percent, but not to nothing", () => {
    expect(share(wallet(), { sg: 0.123 })).toBe(0.74);
    expect(share(wallet(), { hk: 0, sg: 0.001, fra: 0 })).toBe(0.01);
  });

  it("is of the pools whose routes name the room, each once", () => {
    const pools = ["wallet", "cards", "other"].map((name) => ({
      name,
      origins: originsOf({ hk: name === "cards" ? 300 : 100 }),
    }));
    const route = (path: string, pool: string, more = {}) => ({ path, pool, ...more });
    const config = configOf({
      pools,
      rooms,
      routes: [
        route("/a", "wallet", { room: "main" }),
        route("/b", "wallet", { room: "main" }),
        route("/c", "cards", { room: "main" }),
        route("/*", "other"),
      ],
    });
    const without = (gone: string) => reachableShare(config, "main", (pool) => (pool === gone ? 0 : 1));
    expect([without("wallet"), without("cards"), without("other")]).toEqual([0.75, 0.25, 1]);
  });

  it("is everything for a room that no route names", () => {
    expect(reachableShare(wallet(), "else", () => 0)).toBe(1);
  });

  it("counts ejected, unhealthy and draining regions as gone, and slow starts in part", () => {
    const now = (snapshot: Parameters<typeof availabilities>[0], previous = new Map()) => {
      const seen = availabilities(snapshot, TEN_MS, previous);
      return {
        seen,
        share: reachableShare(
          snapshot.config,
          "main",
          (pool, origin) => seen.get(`${pool} ${origin}`)?.factor ?? 0,
        ),
      };
    };
    const well = snapshotOf(wallet());
    const drain = { id: 1, kind: "drain" as const, pool: "wallet", origin: "sg", startMs: 0, drainMs: 0 };
    expect(now(well).share).toBe(1);
    expect(now(snapshotOf(wallet(), { health: { hk: UNHEALTHY } })).share).toBe(0.5);
    expect(now(snapshotOf(wallet(), { health: { hk: ejectedUntil(TEN_MS + HOUR_MS) } })).share).toBe(0.5);
    expect(now({ ...well, overrides: [drain] }).share).toBe(0.7);
    const window = {
      pool: "wallet",
      origin: "fra",
      start: "2026-12-01T09:00:00Z",
      end: "2026-12-01T10:00:00Z",
    };
    const over = snapshotOf(wallet({ maintenance: [window] }));
    const during = availabilities(over, TEN_MS - 1, new Map());
    expect(now(over, during).share).toBe(0.82);
  });

  it("falls with every region that is less there, and stays between nothing and all", () => {
    const factor = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(factor, factor, factor, factor, (hk, sg, fra, less) => {
        const all = share(wallet(), { hk, sg, fra });
        expect(all).toBeGreaterThanOrEqual(0);
        expect(all).toBeLessThanOrEqual(1);
        expect(share(wallet(), { hk: hk * less, sg, fra })).toBeLessThanOrEqual(all);
      }),
      { numRuns: 50 },
    );
  });
});
