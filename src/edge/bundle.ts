/** The configuration that this Worker carries: bundled at deployment, or given by `tidegate serve`. */

import bundledToml from "../../tidegate.toml";
import type { Bundle } from "../config/control-api.ts";
import { type Env, environmentOf, ownHostsOf } from "../config/env.ts";
import { formatProblem, loadConfig } from "../config/load.ts";
import { firstSnapshot, type Snapshot } from "../config/snapshot.ts";

/** The text of the file in force for a cold edge. */
export function bundleText(env: Env): string {
  return env.TIDEGATE_CONFIG ?? bundledToml;
}

/** What a cold edge decides with until it has heard from Control; undefined when the file is not valid. */
export function bundledSnapshot(env: Env): Snapshot | undefined {
  const loaded = loadConfig(bundleText(env), {
    file: "tidegate.toml",
    environment: environmentOf(env),
    ownHosts: ownHostsOf(env),
  });
  if (loaded.kind === "ok") return firstSnapshot(loaded.config, 0);
  for (const problem of loaded.problems) console.error(formatProblem(problem));
  return undefined;
}

/** What tells Control whether it has this file already. */
export async function describeBundle(env: Env): Promise<Bundle> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(bundleText(env)));
  const deployedAtMs = Date.parse(env.VERSION?.timestamp ?? "");
  return {
    sha256: new Uint8Array(digest).toHex(),
    deployedAtMs: Number.isNaN(deployedAtMs) ? 0 : deployedAtMs,
  };
}
