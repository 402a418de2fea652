// The common arrangements: one region, or two by weight, behind one edge.
import { walletConfig } from "./config.ts";
import { type Edge, type EdgeOptions, startEdge } from "./edge.ts";
import { type Region, startRegion, startRegions } from "./region.ts";
import type { TomlTable } from "./toml.ts";

export interface Wallet {
  edge: Edge;
  region: Region;
}

export async function startWallet(
  config: Parameters<typeof walletConfig>[1] = {},
  options: Omit<EdgeOptions, "config"> = {},
): Promise<Wallet> {
  const region = await startRegion("hk");
  return { region, edge: await startEdge({ config: walletConfig([region], config), ...options }) };
}

/** Two regions, `hk` and `sg`, by these weights behind an edge, which may be several isolates. */
export async function startTwoRegions(
  weights: TwoWeights,
  options: Omit<EdgeOptions, "config"> = {},
): Promise<{ edge: Edge; regions: readonly Region[] }> {
  const regions = await startRegions("hk", "sg");
  return { regions, edge: await startEdge({ config: twoRegionsConfig(regions, weights), ...options }) };
}

export type TwoWeights = Readonly<Record<"hk" | "sg", number>>;

export function twoRegionsConfig(regions: readonly Region[], weights: TwoWeights): TomlTable {
  return walletConfig(
    regions.map(({ name, url }) => ({ name, url, weight: name === "hk" ? weights.hk : weights.sg })),
  );
}
