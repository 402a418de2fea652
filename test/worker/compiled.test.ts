import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { firstSnapshot, type Snapshot } from "../../src/config/snapshot.ts";
import { type Compiled, compile, type PoolRuntime } from "../../src/edge/compiled.ts";
import { NEVER_EJECTED } from "../../src/policy/ejection.ts";
import { spendBudget } from "../../src/policy/retry-budget.ts";
import { countSlots, NOBODY } from "../../src/policy/slot-table.ts";
import { walletSnapshot } from "./support.ts";

const NOW_MS = 1_700_000_000_000;

function poolOf(compiled: Compiled): PoolRuntime {
  const pool = compiled.routes[0]?.pool;
  if (pool === undefined) throw new Error("no route");
  return pool;
}

function snapshotOf(toml: string): Snapshot {
  const loaded = loadConfig(toml, { file: "tidegate.toml", environment: "production" });
  if (loaded.kind === "invalid") throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return firstSnapshot(loaded.config, 1);
}

describe("a compiled snapshot", () => {
  it("keeps what the edge has seen of the origins that stay", () => {
    const before = compile(walletSnapshot({ hk: 1, sg: 1 }, 1), undefined, NOW_MS, 0);
    const hk = poolOf(before).origins[0];
    const after = compile(walletSnapshot({ fra: 1, hk: 5 }, 2), before, NOW_MS, 0);
    const [fra, stayed] = poolOf(after).origins;
    expect(stayed?.memory).toBe(hk?.memory);
    expect(stayed?.weight).toBe(5);
    expect(fra?.memory.latency.ms).toBe(0);
    expect(fra?.memory.hasNews).toBe(false);
  });

  it("forgets what it has seen of an origin whose address changed", () => {
    const snapshot = walletSnapshot({ hk: 1 }, 1);
    const before = compile(snapshot, undefined, NOW_MS, 0);
    const moved = structuredClone(snapshot);
    for (const origin of moved.config.pools[0]?.origins ?? []) origin.url = "https://new.example";
    const after = compile(moved, before, NOW_MS, 0);
    expect(poolOf(after).origins[0]?.base).toBe("https://new.example");
    expect(poolOf(after).origins[0]?.memory).not.toBe(poolOf(before).origins[0]?.memory);
  });

  it("keeps a pool's walk, retry budget and present users over snapshots", () => {
    const before = compile(walletSnapshot({ hk: 1, sg: 1 }, 1), undefined, NOW_MS, 0);
    poolOf(before).memory.walkSlot = 17;
    spendBudget(poolOf(before).memory.budget);
    const after = compile(walletSnapshot({ hk: 1, sg: 3 }, 2), before, NOW_MS, 0.9);
    expect(poolOf(after).memory).toBe(poolOf(before).memory);
  });

  it("works a pool's state out anew", () => {
    const before = compile(walletSnapshot({ hk: 1 }, 1), undefined, NOW_MS, 0);
    expect(poolOf(compile(walletSnapshot({ hk: 1 }, 2), before, NOW_MS, 0)).state).toBeUndefined();
  });

  it("lets origins without weight own no slot, and starts its walk at a random one", () => {
    const pool = poolOf(compile(walletSnapshot({ hk: 50, sg: 0, fra: 50 }, 1), undefined, NOW_MS, 0.5));
    expect(countSlots(pool.owners, 3)).toEqual([2048, 0, 2048]);
    expect(pool.owners.includes(NOBODY)).toBe(false);
    expect(pool.memory.walkSlot).toBe(2048);
  });

  it("has each origin's priority, ceiling and health", () => {
    const toml = `
      [[pools]]
      name = "wallet"
      affinity = "none"
      origins = [
        { name = "hk", url = "https://hk.example", max_in_flight = 2 },
        { name = "sg", url = "https://sg.example", priority = 1 },
      ]
      [[routes]]
      path = "/*"
      pool = "wallet"`;
    const sg = { probes: "unhealthy", capacity: undefined, ejection: NEVER_EJECTED } as const;
    const snapshot = { ...snapshotOf(toml), health: { wallet: { sg } } };
    const { origins } = poolOf(compile(snapshot, undefined, NOW_MS, 0));
    expect(origins.map(({ priority, maxInFlight, health }) => [priority, maxInFlight, health])).toEqual([
      [0, 2, undefined],
      [1, 0, sg],
    ]);
  });

  it("has no health of an origin that nobody has told of, whatever pool and origin are called", () => {
    const toml = `
      [[pools]]
      name = "constructor"
      affinity = "none"
      origins = [{ name = "name", url = "https://hk.example" }]
      [[routes]]
      path = "/*"
      pool = "constructor"`;
    expect(poolOf(compile(snapshotOf(toml), undefined, NOW_MS, 0)).origins[0]?.health).toBeUndefined();
  });

  it("knows an origin's place by its coordinates, else by its region", () => {
    const toml = `
      [[pools]]
      name = "wallet"
      policy = "nearest"
      origins = [
        { name = "a", url = "https://a.example", lat = 1.5, lon = 2.5, region = "weur" },
        { name = "b", url = "https://b.example", region = "apac-ne" },
        { name = "c", url = "https://c.example" },
      ]
      [[routes]]
      path = "/*"
      pool = "wallet"`;
    const places = poolOf(compile(snapshotOf(toml), undefined, NOW_MS, 0)).origins.map(({ place }) => place);
    expect(places).toEqual([{ lat: 1.5, lon: 2.5 }, { lat: 35.68, lon: 139.69 }, undefined]);
  });
});

describe("what the file says of ejection and retries", () => {
  const wallet = (pool: Record<string, string | number | { [key: string]: string | number }>) =>
    poolOf(compile(walletSnapshot({ hk: 1, sg: 1 }, 1, { pool }), undefined, NOW_MS, 0));

  it("sets the window over which failures are counted", () => {
    const stats = wallet({ ejection: { window: "60s" } }).origins[0]?.memory.stats;
    expect(stats?.bucketMs).toBe(6000);
  });

  it("sets the retry budget", () => {
    expect(wallet({ retry: { budget_tokens: 100, budget_ratio: 0.2 } }).memory.budget).toEqual({
      milliTokens: 100_000,
      maxMilliTokens: 100_000,
      successMilliTokens: 200,
    });
  });

  it("sets both anew when a new version says something else, in edges that are running, too", () => {
    const compiled = (pool: Record<string, { [key: string]: string | number }>, before?: Compiled) =>
      compile(walletSnapshot({ hk: 1, sg: 1 }, 1, { pool }), before, NOW_MS, 0);
    const before = compiled({});
    const pool = poolOf(
      compiled({ ejection: { window: "60s" }, retry: { budget_tokens: 100, budget_ratio: 0.2 } }, before),
    );
    expect(pool.origins[0]?.memory.stats.bucketMs).toBe(6000);
    expect(pool.memory.budget).toMatchObject({ maxMilliTokens: 100_000, successMilliTokens: 200 });
  });
});
