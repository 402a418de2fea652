import { describe, expect, it } from "vitest";
import type { Override } from "../../src/config/health-report.ts";
import { effectiveShares, reachableOrigins, servicePlan, serviceWord } from "../../src/config/service.ts";
import { firstSnapshot } from "../../src/config/snapshot.ts";
import { pool } from "../support/config.ts";
import type { TomlTable } from "../support/toml.ts";
import {
  configOf,
  ejectedUntil,
  originsOf,
  poolOf,
  snapshotOf,
  UNHEALTHY,
  type Weights,
  walletOf,
} from "./snapshots.ts";

/** 1 December 2026, a Tuesday, 02:00 in Hong Kong. */
const START_MS = Date.UTC(2026, 10, 30, 18);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WEIGHTS: Weights = { hk: 50, sg: 30, fra: 20 };

const ONCE = {
  pool: "wallet",
  origin: "hk",
  start: "2026-12-01T02:00:00+08:00",
  end: "2026-12-01T04:00:00+08:00",
  drain: "10m",
  message: { en: "Back at four." },
};

const drain = (origin: string, endMs?: number): Override => ({
  id: 1,
  kind: "drain",
  pool: "wallet",
  origin,
  startMs: 0,
  drainMs: 0,
  ...(endMs === undefined ? {} : { endMs }),
});

const maintenance = (more: Partial<Override> = {}): Override => ({
  id: 2,
  kind: "maintenance",
  pool: "wallet",
  startMs: START_MS,
  endMs: START_MS + HOUR_MS,
  drainMs: 5 * MINUTE_MS,
  ...more,
});

function wordAt(
  nowMs: number,
  {
    windows = [],
    overrides = [],
    origin = "hk",
  }: { windows?: TomlTable[]; overrides?: Override[]; origin?: string },
) {
  const snapshot = snapshotOf(walletOf(WEIGHTS, { maintenance: windows }), { overrides });
  return serviceWord(servicePlan(snapshot, "wallet", origin), nowMs);
}

describe("an origin without windows and overrides", () => {
  it("is in service and stays so", () => {
    expect(wordAt(START_MS, {})).toEqual({
      word: { kind: "none" },
      nextChangeMs: Infinity,
      endsAtMs: undefined,
      message: undefined,
    });
  });
});

describe("a window of the file", () => {
  const windows = [ONCE];

  it.each([
    [-11 * MINUTE_MS, "none", -10 * MINUTE_MS],
    [-10 * MINUTE_MS, "drain", 0],
    [-1, "drain", 0],
    [0, "maintenance", 2 * HOUR_MS],
    [2 * HOUR_MS - 1, "maintenance", 2 * HOUR_MS],
    [2 * HOUR_MS, "none", Infinity],
  ])("%i ms from its start says %s, until %i ms", (atMs, kind, nextMs) => {
    const { word, nextChangeMs } = wordAt(START_MS + atMs, { windows });
    expect(word.kind).toBe(kind);
    expect(nextChangeMs).toBe(START_MS + nextMs);
  });

  it("lets present users stay until its start, and tells its end and words from then on", () => {
    expect(wordAt(START_MS - 1, { windows })).toMatchObject({
      word: { kind: "drain", deadlineMs: START_MS },
      endsAtMs: undefined,
      message: undefined,
    });
    expect(wordAt(START_MS, { windows })).toMatchObject({
      endsAtMs: START_MS + 2 * HOUR_MS,
      message: { en: "Back at four." },
    });
  });

  it("concerns its own origin only, or without one the whole pool", () => {
    expect(wordAt(START_MS, { windows, origin: "sg" }).word.kind).toBe("none");
    const { origin: _, ...whole } = ONCE;
    for (const origin of ["hk", "sg", "fra"])
      expect(wordAt(START_MS, { windows: [whole], origin }).word.kind).toBe("maintenance");
  });

  it("comes every week where the file says so", () => {
    const weekly = [
      { pool: "wallet", origin: "hk", every: "Tue 02:00", zone: "Asia/Hong_Kong", duration: "2h" },
    ];
    const WEEK_MS = 7 * 24 * HOUR_MS;
    for (const week of [0, 1, 52]) {
      const startMs = START_MS + week * WEEK_MS;
      expect(wordAt(startMs - 1, { windows: weekly })).toMatchObject({ nextChangeMs: startMs });
      expect(wordAt(startMs, { windows: weekly })).toMatchObject({
        word: { kind: "maintenance" },
        endsAtMs: startMs + 2 * HOUR_MS,
      });
    }
  });
});

describe("an operator's drain", () => {
  it("begins at once and lasts until it is taken back", () => {
    for (const nowMs of [0, START_MS, START_MS + 1e12]) {
      expect(wordAt(nowMs, { overrides: [drain("hk")] })).toMatchObject({
        word: { kind: "drain", deadlineMs: undefined },
        nextChangeMs: Infinity,
      });
    }
  });

  it("with an end changes at it, and stays a drain afterwards: the last user has left", () => {
    const overrides = [drain("hk", START_MS)];
    expect(wordAt(START_MS - 1, { overrides })).toMatchObject({
      word: { kind: "drain", deadlineMs: START_MS },
      nextChangeMs: START_MS,
    });
    expect(wordAt(START_MS, { overrides })).toMatchObject({
      word: { kind: "drain", deadlineMs: START_MS },
      nextChangeMs: Infinity,
    });
  });
});

describe("maintenance by command", () => {
  it.each([
    [-5 * MINUTE_MS - 1, "none"],
    [-5 * MINUTE_MS, "drain"],
    [0, "maintenance"],
    [HOUR_MS - 1, "maintenance"],
    [HOUR_MS, "none"],
  ])("%i ms from its start says %s, as a window of the file does", (atMs, kind) => {
    expect(wordAt(START_MS + atMs, { overrides: [maintenance()] }).word.kind).toBe(kind);
  });

  it("without an end lasts until it is cancelled", () => {
    const { endMs: _, ...endless } = maintenance();
    expect(wordAt(START_MS + 1e12, { overrides: [endless] }).word.kind).toBe("maintenance");
  });

  it("without an end has no end to tell, and no time to come that a Date could not hold", () => {
    const { endMs: _, ...endless } = maintenance();
    expect(wordAt(START_MS, { overrides: [endless] }).endsAtMs).toBeUndefined();
  });
});

describe("windows and commands together", () => {
  it("are in maintenance while any is, until the latest end", () => {
    const overrides = [
      maintenance({ origin: "hk", endMs: START_MS + 3 * HOUR_MS, message: { en: "Later." } }),
    ];
    const both = { windows: [ONCE], overrides };
    expect(wordAt(START_MS, both)).toMatchObject({
      word: { kind: "maintenance" },
      endsAtMs: START_MS + 3 * HOUR_MS,
      nextChangeMs: START_MS + 2 * HOUR_MS,
    });
    expect(wordAt(START_MS + 2 * HOUR_MS, both)).toMatchObject({
      word: { kind: "maintenance" },
      nextChangeMs: START_MS + 3 * HOUR_MS,
      message: { en: "Later." },
    });
  });

  it("let nobody stay longer than the earliest deadline", () => {
    const both = { windows: [ONCE], overrides: [drain("hk", START_MS - MINUTE_MS)] };
    expect(wordAt(START_MS - 5 * MINUTE_MS, both)).toMatchObject({
      word: { kind: "drain", deadlineMs: START_MS - MINUTE_MS },
      nextChangeMs: START_MS - MINUTE_MS,
    });
  });

  it("stay in maintenance when a drain is there too, and drained when maintenance is over", () => {
    const both = { windows: [ONCE], overrides: [drain("hk")] };
    expect(wordAt(START_MS, both).word.kind).toBe("maintenance");
    expect(wordAt(START_MS + 2 * HOUR_MS, both).word.kind).toBe("drain");
  });

  it("change at the next moment of any of them", () => {
    const later = maintenance({ startMs: START_MS + 10 * HOUR_MS, endMs: START_MS + 11 * HOUR_MS });
    expect(wordAt(START_MS - HOUR_MS, { windows: [ONCE], overrides: [later] }).nextChangeMs).toBe(
      START_MS - 10 * MINUTE_MS,
    );
  });
});

describe("the shares of users", () => {
  const config = walletOf(WEIGHTS);
  const sharesWith = (overrides: readonly Override[], atMs = START_MS) =>
    effectiveShares(snapshotOf(config, { overrides }), poolOf(config), atMs).map(
      (share) => Math.round(share * 1000) / 1000,
    );

  it("are those of the slots while all is in service", () => {
    expect(sharesWith([])).toEqual([0.5, 0.3, 0.2]);
  });

  it("of an origin that is drained or in maintenance go to the others in proportion", () => {
    expect(sharesWith([drain("hk")])).toEqual([0, 0.6, 0.4]);
    expect(sharesWith([maintenance({ origin: "sg" })])).toEqual([0.714, 0, 0.286]);
  });

  it("are all zero when nobody is in service", () => {
    expect(sharesWith([maintenance()])).toEqual([0, 0, 0]);
  });
});

describe("the origins that a new user can reach", () => {
  it("are all of weight while nothing is said of them", () => {
    expect(reachableOrigins(snapshotOf(walletOf({ ...WEIGHTS, tyo: 0 })), "wallet", 0)).toEqual([
      "hk",
      "sg",
      "fra",
    ]);
  });

  it("are not those that are unhealthy, ejected, drained or in maintenance", () => {
    const snapshot = snapshotOf(walletOf({ a: 1, b: 1, c: 1, d: 1, e: 1 }), {
      health: { a: UNHEALTHY, b: ejectedUntil(START_MS + 1) },
      overrides: [drain("c"), maintenance({ origin: "d" })],
    });
    expect(reachableOrigins(snapshot, "wallet", START_MS)).toEqual(["e"]);
    expect(reachableOrigins(snapshot, "wallet", START_MS + HOUR_MS)).toEqual(["d", "e"]);
  });

  it("are none in a pool that is not there", () => {
    expect(reachableOrigins(snapshotOf(walletOf(WEIGHTS)), "cards", 0)).toEqual([]);
  });

  it("may be in a pool called constructor and have the name of something that all objects have", () => {
    const snapshot = firstSnapshot(
      configOf({
        pools: [pool("constructor", originsOf({ name: 1, sg: 1 }), { affinity: "none" })],
        routes: [{ path: "/*", pool: "constructor" }],
      }),
      1,
    );
    expect(reachableOrigins(snapshot, "constructor", 0)).toEqual(["name", "sg"]);
  });
});
