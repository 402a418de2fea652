import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Override } from "../../src/config/health-report.ts";
import {
  editOverrides,
  isOverrideEdit,
  type OverrideEdit,
  type OverrideOutcome,
} from "../../src/config/override-edit.ts";
import { servicePlan, serviceWord } from "../../src/config/service.ts";
import type { Snapshot } from "../../src/config/snapshot.ts";
import { lendSlots } from "../../src/policy/slot-table.ts";
import { pool } from "../support/config.ts";
import { configOf, ejectedUntil, originsOf, snapshotOf, UNHEALTHY, walletOf } from "./snapshots.ts";

const NOW_MS = Date.UTC(2026, 10, 30, 18);
const HOUR_MS = 3_600_000;
const WALLET = walletOf({ hk: 50, sg: 30, fra: 20 });
const ALL_WELL = snapshotOf(WALLET);

const drain = (
  origin: string,
  more: Partial<Extract<OverrideEdit, { kind: "drain" }>> = {},
): OverrideEdit => ({
  kind: "drain",
  pool: "wallet",
  origin,
  force: false,
  ...more,
});
const undrain = (origin: string): OverrideEdit => ({ kind: "undrain", pool: "wallet", origin });
const maintenance = (
  more: Partial<Extract<OverrideEdit, { kind: "maintenance-add" }>> = {},
): OverrideEdit => ({
  kind: "maintenance-add",
  pool: "wallet",
  startMs: NOW_MS + HOUR_MS,
  endMs: NOW_MS + 2 * HOUR_MS,
  drainMs: 0,
  force: false,
  ...more,
});
const cancel = (id: number): OverrideEdit => ({ kind: "maintenance-cancel", id });

const edit = (snapshot: Snapshot, given: OverrideEdit, nowMs = NOW_MS): OverrideOutcome =>
  editOverrides(snapshot, given, nowMs);

function applied(snapshot: Snapshot, given: OverrideEdit, nowMs = NOW_MS): Snapshot {
  const outcome = edit(snapshot, given, nowMs);
  if (outcome.kind === "refused") throw new Error(outcome.reason);
  return { ...snapshot, overrides: outcome.overrides };
}

/** The pool's shares before and after, in percent, and how many users move. */
function sharesOf(outcome: OverrideOutcome) {
  if (outcome.kind === "refused") throw new Error(outcome.reason);
  const [change] = outcome.plan.pools;
  const percent = (share: number) => Math.round(share * 1000) / 10;
  return {
    before: change?.origins.map(({ shareBefore }) => percent(shareBefore)),
    after: change?.origins.map(({ shareAfter }) => percent(shareAfter)),
    moved: percent(change?.moved ?? 0),
  };
}

const reasonOf = (outcome: OverrideOutcome): string => (outcome.kind === "refused" ? outcome.reason : "");
const wordOf = (snapshot: Snapshot, origin: string, atMs: number) =>
  serviceWord(servicePlan(snapshot, "wallet", origin), atMs).word.kind;

describe("what a drain means for users", () => {
  it.each([
    ["hk", [0, 60, 40], 50],
    ["sg", [71.4, 0, 28.6], 30],
    ["fra", [62.5, 37.5, 0], 20],
  ])("of %s is told as shares %j of whom %i % move", (origin, after, moved) => {
    const told = sharesOf(edit(ALL_WELL, drain(origin)));
    expect(told.before).toEqual([50, 30, 20]);
    expect(told.after).toEqual(after);
    expect(told.moved).toBeCloseTo(moved, 0);
  });

  it("beside another drain is told from the shares in force", () => {
    expect(sharesOf(edit(applied(ALL_WELL, drain("hk")), drain("sg")))).toEqual({
      before: [0, 60, 40],
      after: [0, 0, 100],
      moved: 60,
    });
  });

  it("makes no version and touches no other pool", () => {
    const outcome = edit(ALL_WELL, drain("hk"));
    expect(outcome).toMatchObject({
      kind: "ok",
      plan: { fromVersion: 1, toVersion: 1, otherParts: [], pools: [{ pool: "wallet", kind: "changed" }] },
    });
  });

  it("taken back is the way home for everybody", () => {
    expect(sharesOf(edit(applied(ALL_WELL, drain("hk")), undrain("hk")))).toEqual({
      before: [0, 60, 40],
      after: [50, 30, 20],
      moved: 50,
    });
  });

  it("of a second time changes its end and nobody's place", () => {
    const drained = applied(ALL_WELL, drain("hk"));
    const again = edit(drained, drain("hk", { untilMs: NOW_MS + HOUR_MS }));
    expect(again).toMatchObject({ kind: "ok", plan: { pools: [] } });
    const { overrides } = applied(drained, drain("hk", { untilMs: NOW_MS + HOUR_MS }));
    expect(overrides.map(({ kind, origin, endMs }) => ({ kind, origin, endMs }))).toEqual([
      { kind: "drain", origin: "hk", endMs: NOW_MS + HOUR_MS },
    ]);
  });

  it("keeps every other origin's users where they are, whichever origin is drained", () => {
    const weights = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(weights, fc.nat(), (given, choice) => {
        const config = walletOf(Object.fromEntries(given.map((weight, index) => [`o${index}`, weight])));
        const snapshot = snapshotOf(config);
        const index = choice % given.length;
        const outcome = edit(snapshot, drain(`o${index}`));
        const owners = snapshot.slots.wallet?.slots ?? new Uint8Array();
        const lent = lendSlots(
          owners,
          given.map((_, other) => other !== index),
        );
        let moved = 0;
        owners.forEach((owner, slot) => {
          if (owner === index) {
            expect(lent[slot]).not.toBe(index);
            moved += 1;
          } else expect(lent[slot]).toBe(owner);
        });
        const change = outcome.kind === "ok" ? outcome.plan.pools[0] : undefined;
        expect(change?.moved).toBeCloseTo(moved / owners.length, 9);
        change?.origins.forEach(({ shareBefore, shareAfter }, other) => {
          if (other === index) expect(shareAfter).toBe(0);
          else expect(shareAfter).toBeGreaterThanOrEqual(shareBefore);
        });
        const total = change?.origins.reduce((sum, { shareAfter }) => sum + shareAfter, 0);
        expect(total).toBeCloseTo(1, 9);
      }),
      { numRuns: 50 },
    );
  });
});

describe("a drain with an end", () => {
  const drained = applied(ALL_WELL, drain("hk", { untilMs: NOW_MS + HOUR_MS }));

  it("keeps users away after it, until it is taken back", () => {
    expect(wordOf(drained, "hk", NOW_MS + 2 * HOUR_MS)).toBe("drain");
  });

  it("can be taken back after it", () => {
    const outcome = edit(drained, undrain("hk"), NOW_MS + 2 * HOUR_MS);
    expect(outcome).toMatchObject({ kind: "ok", overrides: [] });
  });

  it("is not undone by what an operator does to another origin after it", () => {
    const laterMs = NOW_MS + 2 * HOUR_MS;
    expect(wordOf(applied(drained, drain("sg"), laterMs), "hk", laterMs)).toBe("drain");
  });
});

describe("what maintenance means for users", () => {
  it("of an origin is told for its start, not for now", () => {
    expect(sharesOf(edit(ALL_WELL, maintenance({ origin: "hk" })))).toEqual({
      before: [50, 30, 20],
      after: [0, 60, 40],
      moved: 50,
    });
  });

  it("of the whole pool leaves nobody a place, and needs no force", () => {
    expect(sharesOf(edit(ALL_WELL, maintenance())).after ?? [0, 0, 0]).toEqual([0, 0, 0]);
  });

  it("keeps window, drain and words", () => {
    const message = { en: "Back at four.", "zh-CN": "四点恢复。" };
    const { overrides } = applied(ALL_WELL, maintenance({ origin: "hk", drainMs: 600_000, message }));
    expect(overrides).toEqual<Override[]>([
      {
        id: 1,
        kind: "maintenance",
        pool: "wallet",
        origin: "hk",
        startMs: NOW_MS + HOUR_MS,
        endMs: NOW_MS + 2 * HOUR_MS,
        drainMs: 600_000,
        message,
      },
    ]);
  });

  it("may have begun already", () => {
    const begun = applied(ALL_WELL, maintenance({ origin: "hk", startMs: NOW_MS - HOUR_MS }));
    expect(wordOf(begun, "hk", NOW_MS)).toBe("maintenance");
  });

  it("is forgotten with the first edit after its end", () => {
    const past = applied(ALL_WELL, maintenance({ origin: "hk" }));
    expect(applied(past, drain("sg"), NOW_MS + 3 * HOUR_MS).overrides.map(({ kind }) => kind)).toEqual([
      "drain",
    ]);
  });
});

describe("the numbers of maintenance windows", () => {
  it("tell them apart, and cancel the one that is meant", () => {
    const both = applied(applied(ALL_WELL, maintenance({ origin: "hk" })), maintenance({ origin: "sg" }));
    expect(both.overrides.map(({ id, origin }) => [id, origin])).toEqual([
      [1, "hk"],
      [2, "sg"],
    ]);
    expect(applied(both, cancel(1)).overrides.map(({ origin }) => origin)).toEqual(["sg"]);
  });

  it("are those of maintenance only: a drain's number cancels nothing", () => {
    const drained = applied(ALL_WELL, drain("hk"));
    const id = drained.overrides[0]?.id ?? 0;
    expect(edit(drained, cancel(id)).kind).toBe("refused");
  });
});

describe("a refusal", () => {
  const down = snapshotOf(WALLET, { health: { hk: UNHEALTHY, sg: ejectedUntil(NOW_MS + HOUR_MS) } });
  const drained = applied(applied(ALL_WELL, drain("hk")), drain("sg"));

  it.each<[string, Snapshot, OverrideEdit, RegExp]>([
    ["an unknown pool", ALL_WELL, { ...drain("hk"), pool: "walet" } as OverrideEdit, /"walet".*wallet/],
    ["an unknown origin", ALL_WELL, drain("hgk"), /"hgk".*hk, sg, fra/],
    ["an unknown origin to bring back", ALL_WELL, undrain("hgk"), /"hgk"/],
    ["an unknown origin in maintenance", ALL_WELL, maintenance({ origin: "hgk" }), /"hgk"/],
    [
      "a pool called constructor",
      ALL_WELL,
      { ...drain("hk"), pool: "constructor" } as OverrideEdit,
      /wallet/,
    ],
    ["a drain that ends in the past", ALL_WELL, drain("hk", { untilMs: NOW_MS }), /past/],
    ["the last reachable origin, the others being down", down, drain("fra"), /--force/],
    ["the last reachable origin, the others being drained", drained, drain("fra"), /--force/],
    ["maintenance of the last reachable origin", drained, maintenance({ origin: "fra" }), /--force/],
    ["an origin that is not drained", ALL_WELL, undrain("hk"), /hk is not being drained/],
    ["maintenance that is not there", ALL_WELL, cancel(7), /7/],
    ["a window that ends before it starts", ALL_WELL, maintenance({ endMs: NOW_MS }), /end/],
    ["a window without length", ALL_WELL, maintenance({ endMs: NOW_MS + HOUR_MS }), /end/],
    ["a window of the past", ALL_WELL, maintenance({ startMs: 0, endMs: NOW_MS }), /past/],
    ["a window that ends at no time", ALL_WELL, maintenance({ endMs: Number.NaN }), /end/],
  ])("tells why: %s", (_, snapshot, given, reason) => {
    expect(reasonOf(edit(snapshot, given))).toMatch(reason);
  });

  it.each<[string, Snapshot, OverrideEdit]>([
    ["others down", down, drain("fra", { force: true })],
    ["others drained", drained, drain("fra", { force: true })],
    ["others drained, maintenance", drained, maintenance({ origin: "fra", force: true })],
  ])("of the last reachable origin gives way to force: %s", (_, snapshot, given) => {
    expect(edit(snapshot, given).kind).toBe("ok");
  });

  it("of an origin that is down does not come while another is there", () => {
    expect(edit(down, drain("hk")).kind).toBe("ok");
  });

  it("is for windows that would meet another's in the middle, too", () => {
    const config = walletOf(
      { hk: 1, sg: 1 },
      {
        maintenance: [
          {
            pool: "wallet",
            origin: "sg",
            start: new Date(NOW_MS + 2 * HOUR_MS).toISOString(),
            end: new Date(NOW_MS + 3 * HOUR_MS).toISOString(),
          },
        ],
      },
    );
    const overlapping = maintenance({ origin: "hk", endMs: NOW_MS + 4 * HOUR_MS });
    expect(reasonOf(edit(snapshotOf(config), overlapping))).toMatch(/--force/);
    const at = new Date(NOW_MS + 2 * HOUR_MS).toISOString();
    expect(reasonOf(edit(snapshotOf(config), overlapping))).toContain(`would be left from ${at} on: sg is`);
    // The others are there now: a refusal that told no time would be read as one about now.
    const same = maintenance({ origin: "hk", startMs: NOW_MS + 2 * HOUR_MS, endMs: NOW_MS + 4 * HOUR_MS });
    expect(reasonOf(edit(snapshotOf(config), same))).toContain(`would be left from ${at} on: sg is`);
    const before = maintenance({ origin: "hk", endMs: NOW_MS + 2 * HOUR_MS });
    expect(edit(snapshotOf(config), before).kind).toBe("ok");
  });

  it("counts the reachable origins of the pool that is meant", () => {
    const config = configOf({
      pools: [
        pool("wallet", originsOf({ hk: 1 }), { affinity: "none" }),
        pool("cards", originsOf({ sg: 1, fra: 1 }), { affinity: "none" }),
      ],
      routes: [
        { path: "/cards/*", pool: "cards" },
        { path: "/*", pool: "wallet" },
      ],
    });
    expect(edit(snapshotOf(config), drain("hk")).kind).toBe("refused");
    expect(edit(snapshotOf(config), { ...drain("sg"), pool: "cards" } as OverrideEdit).kind).toBe("ok");
  });
});

describe("an edit of the service", () => {
  it("is told from an edit of the file by its kind", () => {
    for (const given of [drain("hk"), undrain("hk"), maintenance(), cancel(1)])
      expect(isOverrideEdit(given)).toBe(true);
    for (const kind of ["apply", "weights", "rollback", "constructor", ""])
      expect(isOverrideEdit({ kind })).toBe(false);
  });

  it("leaves the overrides in force as they were", () => {
    const drained = applied(ALL_WELL, drain("hk"));
    const before = structuredClone(drained.overrides);
    for (const given of [drain("sg"), undrain("hk"), maintenance({ origin: "fra" })]) edit(drained, given);
    expect(drained.overrides).toEqual(before);
  });
});
