import { describe, expect, it } from "vitest";
import {
  ejectionOptionsOf,
  ejectionThresholdsOf,
  failureStaleMs,
  slowStartOptionsOf,
} from "../../src/config/health-options.ts";
import { EJECTION_DEFAULTS } from "../../src/policy/ejection.ts";
import { CONTROL_THRESHOLDS, EDGE_THRESHOLDS } from "../../src/policy/outlier.ts";
import type { TomlTable } from "../support/toml.ts";
import { poolOf, walletOf } from "./snapshots.ts";

const withPool = (pool: TomlTable) => poolOf(walletOf({ hk: 1, sg: 1 }, { pool }));
const PLAIN = withPool({});

describe("a pool's ejection options", () => {
  it("are the policy's defaults when the file says nothing", () => {
    expect(ejectionOptionsOf(PLAIN)).toEqual(EJECTION_DEFAULTS);
    expect(ejectionThresholdsOf(PLAIN, "edge")).toEqual(EDGE_THRESHOLDS);
    expect(ejectionThresholdsOf(PLAIN, "control")).toEqual(CONTROL_THRESHOLDS);
  });

  it("are the file's where it says something", () => {
    const pool = withPool({ ejection: { base: "1m", max: "1h" } });
    expect(ejectionOptionsOf(pool)).toEqual({ ...EJECTION_DEFAULTS, baseMs: 60_000, longestMs: 3_600_000 });
  });

  it("take percentages as shares, and the same thresholds in edges and in Control", () => {
    const pool = withPool({ ejection: { consecutive_failures: 3, failure_rate: 25, min_requests: 7 } });
    for (const who of ["edge", "control"] as const) {
      expect(ejectionThresholdsOf(pool, who)).toMatchObject({
        consecutiveFailures: 3,
        failureRate: 0.25,
        minimumVolume: 7,
      });
    }
  });

  it("let an edge believe what it sees, and Control wait until every edge had its say", () => {
    expect(ejectionThresholdsOf(PLAIN, "edge").confirmMs).toBe(0);
    // An edge reports once a second.
    expect(ejectionThresholdsOf(PLAIN, "control").confirmMs).toBeGreaterThan(1000);
  });
});

describe("the time after which a vantage's word lapses", () => {
  it("is three intervals and a probe's own time", () => {
    expect(failureStaleMs(withPool({ health: { interval: "5s", timeout: "2s" } }))).toBe(17_000);
    expect(failureStaleMs(withPool({ health: { interval: "1s", timeout: "500ms" } }))).toBe(3500);
  });

  it("is none where nobody probes", () => {
    expect(failureStaleMs(PLAIN)).toBe(0);
  });
});

describe("a pool's slow start", () => {
  it("takes window, aggression, percentage and successes of the file", () => {
    const pool = withPool({ slow_start: { window: "1m", aggression: 2, min_percent: 5, successes: 7 } });
    expect(slowStartOptionsOf(pool)).toEqual({
      windowMs: 60_000,
      aggression: 2,
      minimum: 0.05,
      neededSuccesses: 7,
    });
  });

  it("is none for a window of 0 s", () => {
    expect(slowStartOptionsOf(withPool({ slow_start: { window: "0s" } }))).toBeUndefined();
  });
});
