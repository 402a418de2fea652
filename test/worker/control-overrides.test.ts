import { evictDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { OverrideEdit } from "../../src/config/override-edit.ts";
import {
  bundleOf,
  changeOf,
  controlWith,
  exchangeOf,
  inForce,
  newControl,
  slotsByOrigin,
  snapshotOf,
  walletToml,
  weightsEdit,
} from "./support.ts";

const FILE = walletToml({ hk: 50, sg: 30, fra: 20 });
const HOUR_MS = 3_600_000;

const drain = (origin: string, force = false): OverrideEdit => ({
  kind: "drain",
  pool: "wallet",
  origin,
  force,
});
const undrain = (origin: string): OverrideEdit => ({ kind: "undrain", pool: "wallet", origin });
const maintenance = (origin: string, inMs = 0): OverrideEdit => ({
  kind: "maintenance-add",
  pool: "wallet",
  origin,
  startMs: Date.now() + inMs,
  endMs: Date.now() + inMs + HOUR_MS,
  drainMs: 0,
  force: false,
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a drain", () => {
  it("is applied, tells the others' shares and reaches the next edge that asks", async () => {
    const control = await controlWith(FILE);
    const before = await control.exchange(exchangeOf(bundleOf("first", 0)));
    const etag = before.kind === "snapshot" ? before.etag : "";
    const answer = await control.change(changeOf(drain("hk"), 1));
    expect(answer).toMatchObject({
      kind: "applied",
      plan: {
        pools: [
          {
            moved: expect.closeTo(0.5, 3),
            origins: [
              { shareAfter: 0 },
              { shareAfter: expect.closeTo(0.6, 3) },
              { shareAfter: expect.closeTo(0.4, 3) },
            ],
          },
        ],
      },
    });
    const after = await control.exchange(exchangeOf(bundleOf("first", 0), { etag }));
    expect(after).toMatchObject({
      kind: "snapshot",
      snapshot: { overrides: [{ kind: "drain", origin: "hk" }] },
    });
  });

  it("makes no version, moves no slot's owner, and another change needs no other version", async () => {
    const control = await controlWith(FILE);
    const home = await inForce(control);
    await control.change(changeOf(drain("hk"), 1));
    const drained = await inForce(control);
    expect(drained.version).toBe(1);
    expect(drained.slots).toEqual(home.slots);
    expect(await control.history()).toHaveLength(1);
    expect((await control.change(changeOf(undrain("hk"), 1))).kind).toBe("applied");
    expect((await inForce(control)).overrides).toEqual([]);
  });

  it("stays in force when weights change, a file is applied or a version is rolled back", async () => {
    const control = await controlWith(FILE);
    await control.change(changeOf(drain("hk"), 1));
    await control.change(changeOf(weightsEdit({ sg: 10 }), 1));
    await control.change(
      changeOf({ kind: "apply", file: "new.toml", toml: walletToml({ hk: 1, sg: 1 }) }, 2),
    );
    await control.change(changeOf({ kind: "rollback", version: 1 }, 3));
    const { version, overrides } = await inForce(control);
    expect(version).toBe(4);
    expect(overrides).toMatchObject([{ kind: "drain", origin: "hk" }]);
  });

  it("stays in force when a new deployment brings a new file", async () => {
    const control = await controlWith(FILE);
    await control.change(changeOf(drain("hk"), 1));
    const answer = await control.adopt(bundleOf("second", 2000), walletToml({ hk: 1, sg: 1 }));
    expect(snapshotOf(answer)).toMatchObject({ version: 2, overrides: [{ origin: "hk" }] });
  });

  it("on trial tells the same plan and changes nothing", async () => {
    const control = await controlWith(FILE);
    const trial = await control.change(changeOf(drain("hk"), 1, { dryRun: true }));
    expect(trial.kind).toBe("planned");
    expect((await inForce(control)).overrides).toEqual([]);
    expect(await control.change(changeOf(drain("hk"), 1))).toEqual({
      ...trial,
      kind: "applied",
      tag: expect.any(String),
    });
  });

  it("based on another version conflicts", async () => {
    const control = await controlWith(FILE);
    expect(await control.change(changeOf(drain("hk"), 7))).toEqual({ kind: "conflict", version: 1 });
    expect(await newControl().change(changeOf(drain("hk"), 0))).toEqual({ kind: "conflict", version: 0 });
  });

  it("is shown in the status", async () => {
    const control = await controlWith(FILE);
    await control.change(changeOf(drain("hk"), 1));
    const status = await control.status();
    expect(status.pools[0]?.origins[0]).toMatchObject({
      state: "draining",
      reason: "drain",
      effectiveWeight: 0,
    });
    expect(status.overrides).toMatchObject([{ kind: "drain", origin: "hk" }]);
  });
});

describe("the last reachable origin", () => {
  it("is not taken out without force, and what is in force stays", async () => {
    const control = await controlWith(FILE);
    await control.change(changeOf(drain("hk"), 1));
    await control.change(changeOf(maintenance("sg"), 1));
    for (const edit of [drain("fra"), maintenance("fra")]) {
      const answer = await control.change(changeOf(edit, 1));
      expect(answer).toMatchObject({ kind: "refused", reason: expect.stringContaining("--force") });
    }
    expect((await inForce(control)).overrides).toHaveLength(2);
    expect((await control.change(changeOf(drain("fra", true), 1))).kind).toBe("applied");
  });

  it("is counted without origins that monitors find unhealthy", async () => {
    const file = walletToml({ hk: 1, sg: 1 }, { pool: { health: { interval: "10m" } } });
    const control = await controlWith(file);
    const record = { atMs: Date.now(), passed: false, status: 0, reason: "timed-out", durationMs: 2000 };
    await control.probed({
      pool: "wallet",
      vantage: "",
      origin: "sg",
      healthy: false,
      capacity: undefined,
      record,
    });
    expect((await control.change(changeOf(drain("hk"), 1))).kind).toBe("refused");
    expect((await control.change(changeOf(drain("sg"), 1))).kind).toBe("applied");
  });

  it("is counted at the moment of each of two operators: not both get what they ask for", async () => {
    const control = await controlWith(walletToml({ hk: 1, sg: 1 }));
    const answers = await Promise.all([
      control.change(changeOf(drain("hk"), 1)),
      control.change(changeOf(drain("sg"), 1)),
    ]);
    expect(answers.map(({ kind }) => kind).sort()).toEqual(["applied", "refused"]);
  });
});

describe("maintenance by command", () => {
  it("is added, shown with its number and cancelled", async () => {
    const control = await controlWith(FILE);
    await control.change(changeOf(maintenance("hk", HOUR_MS), 1));
    await control.change(changeOf(maintenance("sg", 3 * HOUR_MS), 1));
    const { overrides } = await control.status();
    expect(overrides.map(({ id, origin }) => [id, origin])).toEqual([
      [1, "hk"],
      [2, "sg"],
    ]);
    expect((await control.change(changeOf({ kind: "maintenance-cancel", id: 1 }, 1))).kind).toBe("applied");
    expect((await control.status()).overrides.map(({ origin }) => origin)).toEqual(["sg"]);
    const again = await control.change(changeOf({ kind: "maintenance-cancel", id: 1 }, 1));
    expect(again.kind).toBe("refused");
  });

  it("begins and ends by the clock, without another word", async () => {
    const control = await controlWith(FILE);
    await control.change(changeOf(maintenance("hk", HOUR_MS), 1));
    const stateOfHk = async () => (await control.status()).pools[0]?.origins[0]?.state;
    expect(await stateOfHk()).toBe("healthy");
    vi.setSystemTime(Date.now() + HOUR_MS);
    expect(await stateOfHk()).toBe("maintenance");
    vi.setSystemTime(Date.now() + HOUR_MS);
    expect(await stateOfHk()).toBe("healthy");
  });

  it("ends in a slow start, which status shows", async () => {
    const control = await controlWith(FILE);
    const hk = async () => (await control.status()).pools[0]?.origins[0];
    await control.change(changeOf(maintenance("hk"), 1));
    expect(await hk()).toMatchObject({ state: "maintenance", effectiveWeight: 0 });
    await control.change(changeOf({ kind: "maintenance-cancel", id: 1 }, 1));
    expect(await hk()).toMatchObject({ state: "healthy", reason: "slow-start", effectiveWeight: 5 });
    vi.setSystemTime(Date.now() + 15_000);
    expect(await hk()).toMatchObject({ reason: "slow-start", effectiveWeight: 25 });
    vi.setSystemTime(Date.now() + 15_000);
    expect(await hk()).toMatchObject({ state: "healthy", reason: "ok", effectiveWeight: 50 });
  });
});

describe("Control after an eviction", () => {
  it("has the same drains and windows, and numbers new ones on", async () => {
    const control = await controlWith(FILE);
    await control.change(changeOf(drain("hk"), 1));
    await control.change(changeOf(maintenance("sg", HOUR_MS), 1));
    const before = await inForce(control);
    await evictDurableObject(control);
    const after = await inForce(control);
    expect(after.overrides).toEqual(before.overrides);
    expect(slotsByOrigin(after)).toEqual(slotsByOrigin(before));
    await control.change(changeOf(maintenance("fra", 5 * HOUR_MS), 1));
    expect((await inForce(control)).overrides.map(({ id }) => id)).toEqual([1, 2, 3]);
  });
});
