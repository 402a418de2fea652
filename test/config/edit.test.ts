import { describe, expect, it } from "vitest";
import { type Edit, editConfig } from "../../src/config/edit.ts";
import { type ConfigProblem, type ConfigSource, type Loaded, loadConfig } from "../../src/config/load.ts";
import { pool, walletConfig } from "../support/config.ts";
import { toToml } from "../support/toml.ts";

const OPTIONS = { environment: "production" as const, ownHosts: ["edge.example"] };
const ORIGINS = [
  { name: "hk", url: "https://hk.example", weight: 50 },
  { name: "sg", url: "https://sg.example", weight: 30 },
  { name: "fra", url: "https://fra.example", weight: 20 },
];
const TOML = toToml({
  pools: [pool("wallet", ORIGINS), pool("cards", [{ name: "hk", url: "https://cards.example" }])],
  routes: [
    { path: "/cards/*", pool: "cards" },
    { path: "/*", pool: "wallet" },
  ],
});

function sourceOf(toml: string): ConfigSource {
  const loaded = loadConfig(toml, { ...OPTIONS, file: "tidegate.toml" });
  if (loaded.kind === "invalid") throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return loaded.source;
}

const CURRENT = sourceOf(TOML);
const edit = (given: Exclude<Edit, { kind: "rollback" }>): Loaded => editConfig(CURRENT, given, OPTIONS);
const setWeights = (weights: Readonly<Record<string, number>>, name = "wallet"): Loaded =>
  edit({ kind: "weights", pool: name, weights });

function weightsAfter(loaded: Loaded): Record<string, Record<string, number>> {
  if (loaded.kind === "invalid") throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return Object.fromEntries(
    loaded.config.pools.map(({ name, origins }) => [
      name,
      Object.fromEntries(origins.map((origin) => [origin.name, origin.weight])),
    ]),
  );
}

function problemsOf(loaded: Loaded): ConfigProblem[] {
  return loaded.kind === "invalid" ? loaded.problems : [];
}

const codesAndKeys = (loaded: Loaded) => problemsOf(loaded).map(({ code, key }) => [code, key]);

describe("new weights", () => {
  it("change the named origins of the named pool and nothing else", () => {
    expect(weightsAfter(setWeights({ hk: 20, sg: 50 }))).toEqual({
      wallet: { hk: 20, sg: 50, fra: 20 },
      cards: { hk: 1 },
    });
  });

  it("leave the configuration in force as it was", () => {
    const before = structuredClone(CURRENT);
    setWeights({ hk: 1 });
    setWeights({ hk: -1 });
    expect(CURRENT).toEqual(before);
  });

  it("can be stored and changed again", () => {
    const loaded = setWeights({ hk: 20 });
    expect(loaded.kind).toBe("ok");
    if (loaded.kind === "invalid") return;
    const stored = JSON.parse(JSON.stringify(loaded.source));
    expect(
      weightsAfter(editConfig(stored, { kind: "weights", pool: "wallet", weights: { sg: 7 } }, OPTIONS)),
    ).toEqual({
      wallet: { hk: 20, sg: 7, fra: 20 },
      cards: { hk: 1 },
    });
  });

  it("may be given to an origin whose weight was not written in the file", () => {
    const source = sourceOf(TOML.replace("weight = 50", "max_in_flight = 5"));
    expect(
      weightsAfter(editConfig(source, { kind: "weights", pool: "wallet", weights: { hk: 9 } }, OPTIONS))
        .wallet,
    ).toEqual({ hk: 9, sg: 30, fra: 20 });
  });

  it("of zero are allowed while another origin of the pool has weight", () => {
    expect(weightsAfter(setWeights({ hk: 0, sg: 0 })).wallet).toEqual({ hk: 0, sg: 0, fra: 20 });
    expect(codesAndKeys(setWeights({ hk: 0, sg: 0, fra: 0 }))).toEqual([
      ["TG1405", "pools[0].origins[0].weight"],
    ]);
  });

  it("for an unknown pool are refused with the pools that there are", () => {
    const [problem, ...others] = problemsOf(setWeights({ hk: 1 }, "walet"));
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: "TG2001", found: "walet", expected: "one of: wallet, cards" });
    expect(problem?.message).toContain("walet");
  });

  it("for unknown origins are refused with the origins that there are, all at once", () => {
    const loaded = setWeights({ hgk: 1, sg: 5, fr: 2 });
    expect(problemsOf(loaded)).toEqual([
      expect.objectContaining({
        code: "TG2002",
        key: "pools.wallet.hgk",
        found: "hgk",
        expected: "one of: hk, sg, fra",
      }),
      expect.objectContaining({
        code: "TG2002",
        key: "pools.wallet.fr",
        found: "fr",
        expected: "one of: hk, sg, fra",
      }),
    ]);
  });

  it.each(["constructor", "__proto__", "toString", "length"])(
    "for a pool or an origin called %s are refused",
    (name) => {
      expect(codesAndKeys(setWeights({ hk: 1 }, name))).toEqual([["TG2001", "pool"]]);
      const weights = JSON.parse(`{ ${JSON.stringify(name)}: 5 }`);
      expect(codesAndKeys(setWeights(weights))).toEqual([["TG2002", `pools.wallet.${name}`]]);
    },
  );

  it.each([
    ["negative", -1, "TG1202"],
    ["above the largest", 1_000_001, "TG1202"],
    ["with a fraction", 0.5, "TG1203"],
    ["not a number", Number.NaN, "TG1201"],
    ["infinite", Number.POSITIVE_INFINITY, "TG1201"],
  ])("that are %s are refused, naming the origin's place", (_, weight, code) => {
    expect(codesAndKeys(setWeights({ sg: weight }))).toEqual([[code, "pools[0].origins[1].weight"]]);
  });

  it("are refused with every wrong value at once", () => {
    expect(codesAndKeys(setWeights({ hk: -1, sg: Number.NaN, fra: 0.5 }))).toEqual([
      ["TG1201", "pools[0].origins[1].weight"],
      ["TG1202", "pools[0].origins[0].weight"],
      ["TG1203", "pools[0].origins[2].weight"],
    ]);
  });

  it("are refused with unknown origins and wrong values together", () => {
    expect(codesAndKeys(setWeights({ hgk: 1, sg: -1 }))).toEqual([
      ["TG2002", "pools.wallet.hgk"],
      ["TG1202", "pools[0].origins[1].weight"],
    ]);
  });

  it("for an unknown origin are not blamed for what they would do without it", () => {
    expect(codesAndKeys(setWeights({ hgk: 1, hk: 0, sg: 0, fra: 0 }))).toEqual([
      ["TG2002", "pools.wallet.hgk"],
    ]);
  });
});

describe("an applied file", () => {
  it("replaces the whole configuration", () => {
    const toml = toToml(walletConfig([{ name: "tyo", url: "https://tyo.example", weight: 5 }]));
    expect(weightsAfter(edit({ kind: "apply", file: "new.toml", toml }))).toEqual({ wallet: { tyo: 5 } });
  });

  it("that is wrong is refused with every problem, each at its place in that file", () => {
    const toml = TOML.replace("weight = 50", "weight = -1").replace('pool = "cards"', 'pool = "card"');
    const problems = problemsOf(edit({ kind: "apply", file: "new.toml", toml }));
    expect(problems.map(({ code }) => code).sort()).toEqual(["TG1202", "TG1502"]);
    for (const problem of problems) {
      expect(problem.file).toBe("new.toml");
      expect(problem.line).toBeGreaterThan(0);
      expect(problem.column).toBeGreaterThan(0);
    }
  });

  it("may not send traffic back to the edge itself", () => {
    const toml = TOML.replace("https://hk.example", "https://edge.example");
    expect(problemsOf(edit({ kind: "apply", file: "new.toml", toml }))).toHaveLength(1);
  });
});
