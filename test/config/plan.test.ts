import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { isEmptyPlan, planChange } from "../../src/config/plan.ts";
import { firstSnapshot, nextSnapshot, type Snapshot } from "../../src/config/snapshot.ts";
import { pool, walletConfig } from "../support/config.ts";
import { type TomlTable, toToml } from "../support/toml.ts";

type Weights = Readonly<Record<string, number>>;

const origins = (weights: Weights) =>
  Object.entries(weights).map(([name, weight]) => ({ name, url: `https://${name}.example`, weight }));

function configOf(table: TomlTable) {
  const loaded = loadConfig(toToml(table), { file: "tidegate.toml", environment: "production" });
  if (loaded.kind === "invalid") throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return loaded.config;
}

const wallet = (weights: Weights, more = {}) => configOf(walletConfig(origins(weights), more));
const BEFORE: Snapshot = firstSnapshot(wallet({ hk: 50, sg: 30, fra: 20 }), 4);
const after = (config: Snapshot["config"]): Snapshot => nextSnapshot(BEFORE, config, 5);
const planTo = (config: Snapshot["config"]) => planChange(BEFORE, after(config));

describe("the plan of a change", () => {
  it("is empty when nothing changes", () => {
    const plan = planTo(wallet({ hk: 50, sg: 30, fra: 20 }));
    expect(plan).toEqual({ fromVersion: 4, toVersion: 5, pools: [], otherParts: [] });
    expect(isEmptyPlan(plan)).toBe(true);
  });

  it("tells shares old and new and how many users move, when weights change", () => {
    const plan = planTo(wallet({ hk: 40, sg: 40, fra: 20 }));
    expect(isEmptyPlan(plan)).toBe(false);
    expect(plan.otherParts).toEqual([]);
    expect(plan.pools).toEqual([
      {
        pool: "wallet",
        kind: "changed",
        moved: expect.closeTo(0.1, 3),
        origins: [
          {
            origin: "hk",
            weightBefore: 50,
            weightAfter: 40,
            shareBefore: expect.closeTo(0.5, 3),
            shareAfter: expect.closeTo(0.4, 3),
          },
          {
            origin: "sg",
            weightBefore: 30,
            weightAfter: 40,
            shareBefore: expect.closeTo(0.3, 3),
            shareAfter: expect.closeTo(0.4, 3),
          },
          {
            origin: "fra",
            weightBefore: 20,
            weightAfter: 20,
            shareBefore: expect.closeTo(0.2, 3),
            shareAfter: expect.closeTo(0.2, 3),
          },
        ],
      },
    ]);
  });

  it("is a change that moves nobody when weights change in proportion", () => {
    const plan = planTo(wallet({ hk: 5, sg: 3, fra: 2 }));
    expect(plan.pools).toHaveLength(1);
    expect(plan.pools[0]?.moved).toBe(0);
  });

  it("has an old weight only for an origin that leaves and a new weight only for one that comes", () => {
    const [change] = planTo(wallet({ hk: 50, fra: 20, tyo: 30 })).pools;
    const sg = change?.origins.find(({ origin }) => origin === "sg");
    const tyo = change?.origins.find(({ origin }) => origin === "tyo");
    expect(sg).toEqual({
      origin: "sg",
      weightBefore: 30,
      shareBefore: expect.closeTo(0.3, 3),
      shareAfter: 0,
    });
    expect(tyo).toEqual({
      origin: "tyo",
      weightAfter: 30,
      shareBefore: 0,
      shareAfter: expect.closeTo(0.3, 3),
    });
    expect(change?.moved).toBeCloseTo(0.3, 3);
  });

  it("counts users by the origin's name, not by its place in the file", () => {
    const plan = planTo(wallet({ fra: 20, sg: 30, hk: 50 }));
    expect(plan.pools).toEqual([]);
    expect(plan.otherParts).toEqual(["pools"]);
  });

  it("names other parts that differ, by their keys in the file", () => {
    const plan = planTo(
      wallet(
        { hk: 50, sg: 30, fra: 20 },
        {
          edge: { name: "other" },
          limits: [{ name: "per-user", key: "user", capacity: 60, refill: 20, interval: "1s" }],
        },
      ),
    );
    expect(plan.pools).toEqual([]);
    expect(plan.otherParts).toEqual(["edge", "limits"]);
  });

  it("names a pool's other settings as a part of their own, beside its weights", () => {
    const plan = planTo(wallet({ hk: 40, sg: 40, fra: 20 }, { pool: { timeout: "3s" } }));
    expect(plan.pools.map(({ pool: name }) => name)).toEqual(["wallet"]);
    expect(plan.otherParts).toEqual(["pools"]);
  });

  it("is empty when a default is written out", () => {
    expect(isEmptyPlan(planTo(wallet({ hk: 50, sg: 30, fra: 20 }, { pool: { timeout: "10000ms" } })))).toBe(
      true,
    );
  });

  it.each(["cards", "constructor"])(
    "tells of a pool called %s that comes and then leaves, without users who move",
    (name) => {
      const both = configOf({
        pools: [
          pool("wallet", origins({ hk: 50, sg: 30, fra: 20 }), { affinity: "none" }),
          pool(name, origins({ a: 1, b: 3 })),
        ],
        routes: [
          { path: "/cards/*", pool: name },
          { path: "/*", pool: "wallet" },
        ],
      });
      const withCards = after(both);
      const added = planChange(BEFORE, withCards);
      expect(added.pools).toEqual([
        {
          pool: name,
          kind: "added",
          moved: 0,
          origins: [
            { origin: "a", weightAfter: 1, shareBefore: 0, shareAfter: 0.25 },
            { origin: "b", weightAfter: 3, shareBefore: 0, shareAfter: 0.75 },
          ],
        },
      ]);
      expect(added.otherParts).toEqual(["pools", "routes"]);

      const removed = planChange(withCards, nextSnapshot(withCards, BEFORE.config, 6));
      expect(removed.pools).toEqual([
        {
          pool: name,
          kind: "removed",
          moved: 0,
          origins: [
            { origin: "a", weightBefore: 1, shareBefore: 0.25, shareAfter: 0 },
            { origin: "b", weightBefore: 3, shareBefore: 0.75, shareAfter: 0 },
          ],
        },
      ]);
    },
  );
});
