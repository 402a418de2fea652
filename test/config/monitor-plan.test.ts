import { describe, expect, it } from "vitest";
import { monitorPlans } from "../../src/config/monitor-plan.ts";
import { pool } from "../support/config.ts";
import type { TomlTable } from "../support/toml.ts";
import { configOf, originsOf, walletOf } from "./snapshots.ts";

const plansOf = (health: TomlTable | undefined) =>
  monitorPlans(walletOf({ hk: 50, sg: 0 }, { pool: health === undefined ? {} : { health } }));

describe("the monitors that a configuration needs", () => {
  it("are none for a pool without health checks", () => {
    expect(plansOf(undefined)).toEqual([]);
  });

  it("are one for a pool without vantages, wherever the platform puts it", () => {
    expect(plansOf({}).map(({ vantage }) => vantage)).toEqual([""]);
  });

  it("are one for each vantage of each pool, with the same origins and checks", () => {
    const health = { vantages: ["weur", "apac", "enam"] };
    const config = configOf({
      pools: [
        pool("wallet", originsOf({ hk: 1, sg: 1 }), { affinity: "none", health }),
        pool("cards", originsOf({ fra: 1 }), { affinity: "none", health: {} }),
        pool("static", originsOf({ tyo: 1 }), { affinity: "none" }),
      ],
      routes: [
        { path: "/cards/*", pool: "cards" },
        { path: "/static/*", pool: "static" },
        { path: "/*", pool: "wallet" },
      ],
    });
    const plans = monitorPlans(config);
    expect(plans.map((plan) => [plan.pool, plan.vantage])).toEqual([
      ["wallet", "weur"],
      ["wallet", "apac"],
      ["wallet", "enam"],
      ["cards", ""],
    ]);
    const [first, ...others] = plans.slice(0, 3).map(({ origins, health: checks }) => ({ origins, checks }));
    for (const other of others) expect(other).toEqual(first);
  });
});

describe("a monitor's plan", () => {
  it("holds all that it needs to go on when Control cannot be reached, origins without weight too", () => {
    const [plan] = plansOf({
      method: "HEAD",
      path: "/live?deep=1",
      headers: { "X-Probe": "tidegate" },
      interval: "3s",
      timeout: "500ms",
      expect_status: ["200-299", "304"],
      rise: 3,
      fall: 4,
    });
    expect(plan).toEqual({
      pool: "wallet",
      vantage: "",
      origins: [
        { name: "hk", url: "https://hk.example" },
        { name: "sg", url: "https://sg.example" },
      ],
      health: {
        method: "HEAD",
        path: "/live?deep=1",
        headers: { "X-Probe": "tidegate" },
        intervalMs: 3000,
        timeoutMs: 500,
        statuses: [
          { from: 200, to: 299 },
          { from: 304, to: 304 },
        ],
        bodyText: "",
        rise: 3,
        fall: 4,
      },
    });
  });

  it("looks for a text in the body when the file names one", () => {
    expect(plansOf({ expect_body: "ready" })[0]?.health.bodyText).toBe("ready");
  });

  it("is the same text each time, so that the same plan is known as the same", () => {
    const health = { vantages: ["weur"], headers: { "X-A": "1", "X-B": "2" } };
    expect(JSON.stringify(plansOf(health))).toBe(JSON.stringify(plansOf(health)));
  });
});
