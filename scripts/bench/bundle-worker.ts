/** Bundles a peer's Worker with wrangler, as the edge itself is bundled. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { inProject, ROOT } from "../lib/paths.ts";

/** The bundle's file. @throws with wrangler's output when it does not build */
export async function bundleWorker(script: string, folder: string): Promise<string> {
  const wrangler = inProject("node_modules/wrangler/bin/wrangler.js");
  const name = script.replace(/^.*\//, "").replace(/\.[jt]s$/, "");
  await promisify(execFile)(
    process.execPath,
    [
      ...[wrangler, "deploy", inProject(script), "--dry-run", "--name", name],
      ...["--compatibility-date", "2026-11-01", "--outdir", folder],
      ...["--config", inProject("scripts/bench/peer.wrangler.toml")],
    ],
    { cwd: ROOT, env: { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" } },
  );
  return join(folder, `${name}.js`);
}
