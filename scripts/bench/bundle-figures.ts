/** How large the Worker is, and how long bare workerd takes from its start to the first answer. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildBundle } from "../lib/bundle.ts";
import { startEdge } from "../lib/edge.ts";
import { inProject } from "../lib/paths.ts";
import { freePort } from "./ports.ts";

export async function bundleBytes(): Promise<{ readonly plain: number; readonly gzip: number }> {
  const code = readFileSync(join(await buildBundle(), "index.js"));
  return { plain: code.length, gzip: gzipSync(code).length };
}

/** Of the project's own configuration; the bundle is there already. */
export async function startUpMs(scratch: string): Promise<number> {
  const port = await freePort();
  const startedMs = performance.now();
  const edge = await startEdge({
    toml: readFileSync(inProject("tidegate.toml"), "utf8"),
    environment: "development",
    host: "127.0.0.1",
    port,
    edges: 1,
    dataDir: join(scratch, "start-up"),
    env: { ...process.env, TIDEGATE_ADMIN_TOKEN: "bench" },
    log: console.error,
  });
  const tookMs = performance.now() - startedMs;
  await edge.stop();
  return tookMs;
}
