import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffData } from "../../src/config/diff.ts";

const pools = (weight: number) => ({ pools: [{ name: "wallet", origins: [{ name: "hk", weight }] }] });

describe("what differs between two states", () => {
  it("is told by path, with names in the place of numbers", () => {
    expect(diffData(pools(1), pools(2))).toEqual([
      { path: "pools.wallet.origins.hk.weight", before: 1, after: 2 },
    ]);
  });

  it("of a new or a removed table is told value by value", () => {
    expect(diffData({}, pools(1))).toEqual([
      { path: "pools.wallet.name", after: "wallet" },
      { path: "pools.wallet.origins.hk.name", after: "hk" },
      { path: "pools.wallet.origins.hk.weight", after: 1 },
    ]);
    expect(diffData(pools(1), {})).toHaveLength(3);
  });

  it("of lists without names goes by place, and another order of named ones is told", () => {
    expect(diffData({ methods: ["GET"] }, { methods: ["GET", "PUT"] })).toEqual([
      { path: "methods.1", after: "PUT" },
    ]);
    const routes = (names: string[]) => ({ routes: names.map((name) => ({ name })) });
    expect(diffData(routes(["a", "b", "c"]), routes(["b", "a", "d"]))).toContainEqual({
      path: "routes (order)",
      before: "a, b",
      after: "b, a",
    });
  });

  it("tells an empty table that comes or goes, and a value that became a table", () => {
    expect(diffData({ rooms: { a: 1 } }, { rooms: {} })).toEqual([{ path: "rooms.a", before: 1 }]);
    expect(diffData({ rooms: {} }, {})).toEqual([{ path: "rooms", before: "{}" }]);
    expect(diffData({ rooms: [1] }, { rooms: { "0": 1 } })).toEqual([
      { path: "rooms", before: "[…]", after: "{…}" },
    ]);
    expect(diffData({ a: 1 }, { a: { b: 2 } })).toEqual([
      { path: "a", before: 1 },
      { path: "a.b", after: 2 },
    ]);
  });

  it("shows no secrets, and that they differ all the same", () => {
    const health = (token: string) => ({ health: { headers: { Authorization: token } } });
    expect(diffData(health("one"), health("two"))).toEqual([
      { path: "health.headers.Authorization", before: "(not shown)", after: "(not shown)" },
    ]);
    const jwks = (secret: string) => ({ jwks: `https://me:${secret}@id.example/keys?key=${secret}` });
    expect(JSON.stringify(diffData(jwks("one-secret"), jwks("two-secret")))).not.toMatch(/(one|two)-secret/);
  });

  it("is nothing just where both states are the same", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        expect(diffData(one, structuredClone(one))).toEqual([]);
        expect(diffData(one, other).length === 0).toBe(
          JSON.stringify(sorted(one)) === JSON.stringify(sorted(other)),
        );
      }),
    );
  });

  it("is bounded", () => {
    const many = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`k${index}`, index]));
    const changes = diffData({}, many);
    expect(changes).toHaveLength(501);
    expect(changes.at(-1)?.path).toBe("(1500 more)");
    const [long] = diffData({}, { text: "x".repeat(100_000) });
    expect(String(long?.after).length).toBeLessThan(1_100);
  });
});

/** Members in one order: as data, the order of a table's members means nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
