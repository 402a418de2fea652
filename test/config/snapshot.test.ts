import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Config, loadConfig } from "../../src/config/load.ts";
import { firstSnapshot, nextSnapshot, type Snapshot, weightsOf } from "../../src/config/snapshot.ts";
import { countSlots, NOBODY, newTable, SLOTS } from "../../src/policy/slot-table.ts";
import { toToml } from "../support/toml.ts";

type Weights = Readonly<Record<string, number>>;

/** A configuration of pools by name, each with its origins' weights in order. */
function configOf(pools: Readonly<Record<string, Weights>>): Config {
  const toml = toToml({
    pools: Object.entries(pools).map(([name, weights]) => ({
      name,
      origins: Object.entries(weights).map(([origin, weight]) => ({
        name: origin,
        url: `https://${origin}.${name}.example`,
        weight,
      })),
    })),
    routes: Object.keys(pools).map((pool) => ({ path: `/${pool}/*`, pool })),
  });
  const loaded = loadConfig(toml, { file: "tidegate.toml", environment: "production" });
  if (loaded.kind === "invalid") throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return loaded.config;
}

const wallet = (weights: Weights): Config => configOf({ wallet: weights });

/** The name of the origin that each slot's users are at. */
function homes(snapshot: Snapshot, pool = "wallet"): (string | undefined)[] {
  const table = snapshot.slots[pool];
  return table === undefined ? [] : [...table.slots].map((owner) => table.origins[owner]);
}

/** How many slots' users change origins between two snapshots. */
function moved(before: Snapshot, after: Snapshot, pool = "wallet"): number {
  const now = homes(after, pool);
  return homes(before, pool).filter((origin, slot) => origin !== now[slot]).length;
}

function countAt(snapshot: Snapshot, origin: string, pool = "wallet"): number {
  return homes(snapshot, pool).filter((home) => home === origin).length;
}

describe("a first snapshot", () => {
  it("gives each origin its share, in the order of the file, under the given version", () => {
    const snapshot = firstSnapshot(wallet({ hk: 50, sg: 30, fra: 20 }), 7);
    expect(snapshot.version).toBe(7);
    expect(snapshot.slots.wallet).toEqual({ origins: ["hk", "sg", "fra"], slots: newTable([50, 30, 20]) });
  });

  it("is the same on every edge that makes it from the same file", () => {
    const config = wallet({ hk: 50, sg: 30, fra: 20 });
    expect(firstSnapshot(config, 0)).toEqual(firstSnapshot(structuredClone(config), 0));
  });

  it("has a table for every pool, by name", () => {
    const snapshot = firstSnapshot(configOf({ wallet: { hk: 1 }, cards: { a: 1, b: 3 } }), 1);
    expect(Object.keys(snapshot.slots).sort()).toEqual(["cards", "wallet"]);
    expect(countAt(snapshot, "b", "cards")).toBe(3072);
  });
});

describe("the snapshot after a change", () => {
  const first = firstSnapshot(wallet({ hk: 50, sg: 30, fra: 20 }), 1);

  it("has the new version and configuration, and leaves the old one as it was", () => {
    const config = wallet({ hk: 40, sg: 40, fra: 20 });
    const held = homes(first);
    const next = nextSnapshot(first, config, 2);
    expect(next.version).toBe(2);
    expect(next.config).toBe(config);
    expect(homes(first)).toEqual(held);
  });

  it("of weights 50/30/20 to 40/40/20 moves a tenth of the users and nobody of the third origin", () => {
    const next = nextSnapshot(first, wallet({ hk: 40, sg: 40, fra: 20 }), 2);
    expect(moved(first, next) / SLOTS).toBeCloseTo(0.1, 3);
    homes(first).forEach((origin, slot) => {
      if (origin === "fra") expect(homes(next)[slot]).toBe("fra");
    });
  });

  it("moves nobody when weights change in proportion", () => {
    expect(moved(first, nextSnapshot(first, wallet({ hk: 5, sg: 3, fra: 2 }), 2))).toBe(0);
  });

  it("moves nobody when origins change places in the file", () => {
    const next = nextSnapshot(first, wallet({ fra: 20, hk: 50, sg: 30 }), 2);
    expect(next.slots.wallet?.origins).toEqual(["fra", "hk", "sg"]);
    expect(moved(first, next)).toBe(0);
  });

  it("gives a new origin its share and moves nobody between the others", () => {
    const next = nextSnapshot(first, wallet({ hk: 50, sg: 30, fra: 20, tyo: 25 }), 2);
    expect(countAt(next, "tyo") / SLOTS).toBeCloseTo(0.2, 3);
    expect(moved(first, next)).toBe(countAt(next, "tyo"));
  });

  it("gives a removed origin's users to the others and moves nobody else", () => {
    const next = nextSnapshot(first, wallet({ hk: 50, fra: 20 }), 2);
    expect(moved(first, next)).toBe(countAt(first, "sg"));
    expect(homes(next)).not.toContain(undefined);
  });

  it("gives the users of a renamed origin to its new name and moves nobody else", () => {
    const next = nextSnapshot(first, wallet({ hk: 50, singapore: 30, fra: 20 }), 2);
    homes(first).forEach((origin, slot) => {
      expect(homes(next)[slot]).toBe(origin === "sg" ? "singapore" : origin);
    });
  });

  it("leaves other pools alone", () => {
    const both = firstSnapshot(configOf({ wallet: { hk: 50, sg: 50 }, cards: { a: 1, b: 1 } }), 1);
    const next = nextSnapshot(both, configOf({ wallet: { hk: 10, sg: 90 }, cards: { a: 1, b: 1 } }), 2);
    expect(moved(both, next, "cards")).toBe(0);
    expect(moved(both, next, "wallet")).toBeGreaterThan(0);
  });

  it("drops a removed pool's table and makes one for a new pool", () => {
    const next = nextSnapshot(first, configOf({ cards: { a: 1, b: 1 } }), 2);
    expect(next.slots).toEqual({ cards: { origins: ["a", "b"], slots: newTable([1, 1]) } });
  });

  it.each(["constructor", "toString", "hasOwnProperty"])("may have a new pool called %s", (name) => {
    const next = nextSnapshot(first, configOf({ wallet: { hk: 1 }, [name]: { a: 1, b: 1 } }), 2);
    expect(countAt(next, "a", name)).toBe(2048);
  });

  it("never leaves a slot to nobody, and moves as few users as the shares allow", () => {
    const weights = fc
      .uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 1 })
      .chain((names) =>
        fc.tuple(
          fc.constant(names),
          fc.array(fc.integer({ min: 0, max: 100 }), { minLength: names.length, maxLength: names.length }),
        ),
      )
      .map(([names, values]) => Object.fromEntries(names.map((name, index) => [name, values[index] ?? 0])))
      .filter((given) => Object.values(given).some((weight) => weight > 0));
    fc.assert(
      fc.property(weights, weights, (before, after) => {
        const held = firstSnapshot(wallet(before), 1);
        const next = nextSnapshot(held, wallet(after), 2);
        expect([...(next.slots.wallet?.slots ?? [NOBODY])]).not.toContain(NOBODY);
        const gained = Object.keys(after).map((name) =>
          Math.max(0, countAt(next, name) - countAt(held, name)),
        );
        expect(moved(held, next)).toBe(gained.reduce((sum, count) => sum + count, 0));
      }),
      { numRuns: 60 },
    );
  });
});

describe("a rollback", () => {
  it("brings every user home, whatever came in between", () => {
    const steps: readonly Weights[] = [
      { hk: 10, sg: 10, fra: 80 },
      { fra: 1, hk: 1 },
      { hk: 3, sg: 3, fra: 3, tyo: 3 },
    ];
    const start = firstSnapshot(wallet({ hk: 1, sg: 1, fra: 1 }), 1);
    const home = nextSnapshot(start, wallet({ hk: 50, sg: 30, fra: 20 }), 2);
    const away = steps.reduce((held, weights, index) => nextSnapshot(held, wallet(weights), index + 3), home);
    expect(moved(home, away)).toBeGreaterThan(0);
    const back = nextSnapshot(away, home.config, 9, home);
    expect(moved(home, back)).toBe(0);
    expect(back.version).toBe(9);
  });

  it("brings the users of a pool home that was gone in between", () => {
    const start = firstSnapshot(wallet({ hk: 10, sg: 10, fra: 80 }), 1);
    const home = nextSnapshot(start, wallet({ hk: 40, sg: 40, fra: 20 }), 2);
    const gone = nextSnapshot(home, configOf({ cards: { a: 1 } }), 3);
    expect(moved(home, nextSnapshot(gone, home.config, 4))).toBeGreaterThan(0);
    expect(moved(home, nextSnapshot(gone, home.config, 4, home))).toBe(0);
  });
});

describe("the weights of a pool", () => {
  it("are those of its origins in their order", () => {
    const [pool] = wallet({ hk: 50, sg: 0, fra: 20 }).pools;
    expect(pool === undefined ? [] : weightsOf(pool)).toEqual([50, 0, 20]);
  });

  it("of zero own no slot", () => {
    const snapshot = firstSnapshot(wallet({ hk: 50, sg: 0, fra: 20 }), 1);
    expect(countSlots(snapshot.slots.wallet?.slots ?? newTable([1]), 3)[1]).toBe(0);
  });
});
