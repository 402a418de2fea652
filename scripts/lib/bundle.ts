/** Builds the Worker with wrangler, once for each state of its sources. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { filesOf } from "../cli/config-file.ts";
import { inProject, ROOT } from "./paths.ts";

/** Everything that the bundle is made of, besides the configuration and its template. */
const INPUTS = ["src", "wrangler.toml", "package-lock.json", "tsconfig.json"];

/**
 * The folder of the bundle for the present sources; built if it is not there yet.
 * Several processes may build at the same time: each builds apart and moves its result into place.
 *
 * @throws with wrangler's output when the build fails
 */
export async function buildBundle(): Promise<string> {
  const folder = inProject(`dist/${hashInputs()}`);
  if (existsSync(join(folder, "index.js"))) return folder;
  const parent = inProject("dist");
  await promisify(execFile)("mkdir", ["-p", parent]);
  const fresh = mkdtempSync(join(parent, "building-"));
  try {
    await promisify(execFile)(
      process.execPath,
      [
        inProject("node_modules/wrangler/bin/wrangler.js"),
        "deploy",
        "--dry-run",
        "--env",
        "development",
        "--outdir",
        fresh,
      ],
      { cwd: ROOT, env: { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" } },
    );
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`the Worker does not build:\n${stdout}${stderr}`);
  }
  try {
    renameSync(fresh, folder);
  } catch {
    // Another process was faster with the same bundle.
    rmSync(fresh, { recursive: true, force: true });
  }
  dropOthers(parent, folder);
  return folder;
}

function hashInputs(): string {
  const hash = createHash("sha256");
  for (const path of [...INPUTS.map(inProject), ...filesOf(inProject("tidegate.toml"))])
    addToHash(hash, path);
  return hash.digest("hex").slice(0, 16);
}

function addToHash(hash: ReturnType<typeof createHash>, path: string): void {
  if (!existsSync(path)) return;
  const entries = readdirOrUndefined(path);
  if (entries === undefined)
    hash.update(path.slice(ROOT.length)).update("\0").update(readFileSync(path)).update("\0");
  else for (const entry of entries.sort()) addToHash(hash, join(path, entry));
}

function readdirOrUndefined(path: string): string[] | undefined {
  try {
    return readdirSync(path);
  } catch {
    return undefined;
  }
}

/** How many older bundles stay: another process may be starting from one of them. */
const KEPT_BUNDLES = 4;

function dropOthers(parent: string, keep: string): void {
  const finished = readdirSync(parent).filter((name) => /^[0-9a-f]{16}$/.test(name));
  for (const name of finished.slice(0, Math.max(0, finished.length - KEPT_BUNDLES))) {
    const folder = join(parent, name);
    if (folder !== keep) rmSync(folder, { recursive: true, force: true });
  }
}
