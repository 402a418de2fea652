// Limits under test: a configuration with buckets, requests of users, and what the edge says that it counted.
import { walletConfig } from "./config.ts";
import type { Shot } from "./load.ts";
import type { TomlTable } from "./toml.ts";

export interface LimitOptions {
  name?: string;
  key?: string;
  capacity: number;
  refill: number;
  interval?: string;
  on_error?: "open" | "closed";
  local_share?: number;
  mode?: "enforce" | "shadow";
  store?: "durable-object" | "upstash";
}

/** One region behind the given limits, all of which hold on every path. */
export function limitedConfig(
  originUrl: string,
  limits: readonly LimitOptions[],
  more: TomlTable = {},
): TomlTable {
  const named = limits.map((limit, index) => ({ name: `limit-${index}`, key: "user", ...limit }));
  return {
    ...walletConfig([{ name: "hk", url: originUrl }]),
    routes: [{ path: "/*", pool: "wallet", limits: named.map(({ name }) => name) }],
    limits: named,
    identity: { opaque: { cookie: "sid", new_per_ip_per_minute: 1_000_000 } },
    ...more,
  };
}

/** A request of a user, from an address. */
export function asUser(user: string, address = "203.0.113.7"): Shot {
  return { path: "/api/balance", headers: { cookie: `sid=${user}`, "cf-connecting-ip": address } };
}

/** The metrics of all edges together. They report once a second, so wait for what you expect. */
export async function metrics(url: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/.tidegate/metrics`)).text();
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** The sum of a metric's series whose labels contain `part`. */
export function sumOf(all: Readonly<Record<string, number>>, name: string, part = ""): number {
  return Object.entries(all)
    .filter(([series]) => series.startsWith(`${name}{`) && series.includes(part))
    .reduce((sum, [, value]) => sum + value, 0);
}
