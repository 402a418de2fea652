// The common arrangement: one region (or several) behind one edge.
import { walletConfig } from "./config.ts";
import { type Edge, type EdgeOptions, startEdge } from "./edge.ts";
import { type Region, startRegion } from "./region.ts";

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
