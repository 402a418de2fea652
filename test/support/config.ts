// Small configurations for tests: regions in, a tidegate.toml value out.
import type { TomlTable, TomlValue } from "./toml.ts";

export interface Origin {
  name: string;
  url: string;
  weight?: number;
  priority?: number;
}

export type Pool = TomlTable & { name: string };

export function pool(name: string, origins: readonly Origin[], more: TomlTable = {}): Pool {
  return {
    name,
    origins: origins.map(({ name, url, weight = 1, priority }) => ({ name, url, weight, priority })),
    ...more,
  };
}

/** One pool called wallet that serves every path, to change where a test needs to. */
export function walletConfig(
  origins: readonly Origin[],
  { pool: more = {}, ...top }: { pool?: TomlTable; [key: string]: TomlValue | undefined } = {},
): TomlTable {
  return {
    pools: [pool("wallet", origins, { affinity: "none", ...more })],
    routes: [{ path: "/*", pool: "wallet" }],
    ...top,
  };
}

/** Each pool on a host of its own, `NAME.test`, and answers that say which origin they come from. */
export function poolsConfig(pools: readonly Pool[]): TomlTable {
  return {
    edge: { debug_headers: true },
    pools: [...pools],
    routes: pools.map(({ name }) => ({ hosts: [`${name}.test`], path: "/*", pool: name })),
  };
}
