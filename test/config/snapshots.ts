/** Small snapshots for tests: origins by weight, with what health and operators say of them. */
import type { OriginHealth, Override } from "../../src/config/health-report.ts";
import { type Config, loadConfig, type Pool } from "../../src/config/load.ts";
import { firstSnapshot, type Snapshot } from "../../src/config/snapshot.ts";
import { NEVER_EJECTED } from "../../src/policy/ejection.ts";
import { walletConfig } from "../support/config.ts";
import { type TomlTable, type TomlValue, toToml } from "../support/toml.ts";

export type Weights = Readonly<Record<string, number>>;
export type More = { pool?: TomlTable; [key: string]: TomlValue | undefined };

export function configOf(table: TomlTable): Config {
  const loaded = loadConfig(toToml(table), { file: "tidegate.toml", environment: "production" });
  if (loaded.kind === "invalid") throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return loaded.config;
}

export function originsOf(weights: Weights): { name: string; url: string; weight: number }[] {
  return Object.entries(weights).map(([name, weight]) => ({ name, url: `https://${name}.example`, weight }));
}

/** The pool `wallet` of such origins. */
export function walletOf(weights: Weights, more: More = {}): Config {
  return configOf(walletConfig(originsOf(weights), more));
}

export function poolOf(config: Config): Pool {
  const [pool] = config.pools;
  if (pool === undefined) throw new Error("no pool");
  return pool;
}

/** Version 1 of such a file, with health of pool `wallet` by origin. */
export function snapshotOf(
  config: Config,
  {
    health = {},
    overrides = [],
  }: { health?: Record<string, OriginHealth>; overrides?: readonly Override[] } = {},
): Snapshot {
  return { ...firstSnapshot(config, 1), health: { wallet: health }, overrides };
}

export const UNHEALTHY: OriginHealth = {
  probes: "unhealthy",
  capacity: undefined,
  ejection: NEVER_EJECTED,
};

export function ejectedUntil(endsAtMs: number): OriginHealth {
  return {
    probes: "healthy",
    capacity: undefined,
    ejection: {
      kind: "ejected",
      times: 1,
      changedAtMs: endsAtMs - 30_000,
      reason: "consecutive-failures",
      endsAtMs,
      monitorSawIt: false,
    },
  };
}
