import { afterEach, describe, expect, it, vi } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { firstSnapshot, type Snapshot } from "../../src/config/snapshot.ts";
import { type Compiled, compile, type PoolRuntime } from "../../src/edge/compiled.ts";
import { openRequest } from "../../src/policy/in-flight.ts";
import { observeLatency } from "../../src/policy/latency.ts";
import { countSlots, NOBODY } from "../../src/policy/slot-table.ts";
import { walletSnapshot } from "./support.ts";

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

afterEach(() => {
  vi.useRealTimers();
});

describe("a compiled snapshot", () => {
  it("keeps what the edge has seen of the origins that stay", () => {
    const before = compile(walletSnapshot({ hk: 1, sg: 1 }, 1), undefined, 0, 0);
    const hk = poolOf(before).origins[0];
    const after = compile(walletSnapshot({ fra: 1, hk: 5 }, 2), before, 0, 0);
    const [fra, stayed] = poolOf(after).origins;
    expect(stayed?.inFlight).toBe(hk?.inFlight);
    expect(stayed?.latency).toBe(hk?.latency);
    expect(fra?.latency.ms).toBe(0);
  });

  it("forgets what it has seen of an origin whose address changed", () => {
    const snapshot = walletSnapshot({ hk: 1 }, 1);
    const before = compile(snapshot, undefined, 0, 0);
    const moved = structuredClone(snapshot);
    for (const origin of moved.config.pools[0]?.origins ?? []) origin.url = "https://new.example";
    const after = compile(moved, before, 0, 0);
    expect(poolOf(after).origins[0]?.base).toBe("https://new.example");
    expect(poolOf(after).origins[0]?.inFlight).not.toBe(poolOf(before).origins[0]?.inFlight);
  });

  it("uses no origin without weight, and walks the same shares as users live at", () => {
    const pool = poolOf(compile(walletSnapshot({ hk: 50, sg: 0, fra: 50 }, 1), undefined, 0, 0.5));
    expect(pool.usable).toEqual([0, 2]);
    expect(countSlots(pool.slots, 3)).toEqual([2048, 0, 2048]);
    expect(countSlots(pool.walk, 3)).toEqual([2048, 0, 2048]);
    expect(pool.slots.includes(NOBODY)).toBe(false);
    expect(pool.walkSlot).toBe(2048);
  });

  it("has room at an origin below its ceiling, and always where there is none", () => {
    const toml = `
      [[pools]]
      name = "wallet"
      origins = [
        { name = "hk", url = "https://hk.example", max_in_flight = 2 },
        { name = "sg", url = "https://sg.example" },
      ]
      [[routes]]
      path = "/*"
      pool = "wallet"`;
    const pool = poolOf(compile(snapshotOf(toml), undefined, Date.now(), 0));
    const [hk, sg] = pool.origins;
    for (let open = 0; open < 2; open++) {
      expect(pool.hasRoom(0)).toBe(true);
      if (hk !== undefined) openRequest(hk.inFlight, Date.now(), pool.timeoutMs);
      if (sg !== undefined) openRequest(sg.inFlight, Date.now(), pool.timeoutMs);
    }
    expect(pool.hasRoom(0)).toBe(false);
    expect(pool.hasRoom(1)).toBe(true);
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
    const places = poolOf(compile(snapshotOf(toml), undefined, 0, 0)).origins.map(({ place }) => place);
    expect(places).toEqual([{ lat: 1.5, lon: 2.5 }, { lat: 35.68, lon: 139.69 }, undefined]);
  });
});

describe("the load of an origin", () => {
  const START_MS = 1_700_000_000_000;

  it("grows with its open requests and its latency", () => {
    vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
    const pool = poolOf(compile(walletSnapshot({ hk: 1, sg: 1, fra: 1 }, 1), undefined, START_MS, 0));
    const [hk, sg, fra] = pool.origins;
    for (const origin of [hk, sg, fra])
      if (origin !== undefined) observeLatency(origin.latency, 20, START_MS);
    if (sg !== undefined) openRequest(sg.inFlight, START_MS, pool.timeoutMs);
    if (fra !== undefined) observeLatency(fra.latency, 100, START_MS);
    expect(pool.load(1)).toBe(2 * pool.load(0));
    expect(pool.load(2)).toBe(5 * pool.load(0));
  });

  it("falls again while it gets no requests, so that an origin that was slow once is tried again", () => {
    vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
    const pool = poolOf(compile(walletSnapshot({ hk: 1, sg: 1, fra: 1 }, 1), undefined, START_MS, 0));
    const slow = pool.origins[0];
    if (slow !== undefined) observeLatency(slow.latency, 5000, START_MS);
    const loadWhenSlow = pool.load(0);
    vi.setSystemTime(START_MS + 120_000);
    expect(pool.load(0)).toBeLessThan(loadWhenSlow / 100);
  });
});
