/** Runs the edge on bare workerd: builds, writes workerd's configuration, waits until every edge can serve. */
import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildBundle } from "./bundle.ts";
import { startGuarded } from "./guarded.ts";
import { workerdConfig } from "./workerd-config.ts";

export interface EdgeOptions {
  /** Text of a valid configuration file. */
  readonly toml: string;
  readonly environment: "production" | "development";
  readonly host: string;
  readonly port: number;
  readonly edges: number;
  /** Left out: state is gone when the edge stops. */
  readonly dataDir?: string | undefined;
  readonly placeHeader?: string | undefined;
  readonly protoHeader?: string | undefined;
  /** Flags for V8, beside the edge's own. */
  readonly v8Flags?: readonly string[];
  /** Where the runtime's inspector is to listen; left out, nowhere. */
  readonly inspector?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
  /** The folder of another bundle than the present sources': tests have one with faults in it. */
  readonly bundle?: string;
}

export interface RunningEdge {
  /** One for each edge, in order. */
  readonly urls: readonly string[];
  /** Resolves when workerd has ended, wanted or not. */
  readonly ended: Promise<number>;
  stop(): Promise<void>;
  /** As a crash does: nothing is told, nothing is written. */
  kill9(): Promise<void>;
}

/** Followed by the process id, so that what a killed process left is known as such. */
const SCRATCH_PREFIX = "tidegate-edge-";

/** How long an edge may take to serve its first request. */
const READY_WITHIN_MS = 30_000;

/** @throws when the bundle does not build, or workerd ends or does not serve in time */
export async function startEdge(options: EdgeOptions): Promise<RunningEdge> {
  const bundle = options.bundle ?? (await buildBundle());
  sweepScratch();
  const scratch = mkdtempSync(join(tmpdir(), `${SCRATCH_PREFIX}${process.pid}-`));
  const dataDir = resolve(options.dataDir ?? join(scratch, "data"));
  mkdirSync(dataDir, { recursive: true });
  const env = withSecret(options.env, dataDir);
  const configFile = join(scratch, "workerd.capnp");
  const modules = readdirSync(bundle).filter((name) => name.endsWith(".js") || name.endsWith(".toml"));
  for (const name of modules) copyFileSync(join(bundle, name), join(scratch, name));
  writeFileSync(
    configFile,
    workerdConfig(
      {
        modules,
        toml: options.toml,
        environment: options.environment,
        host: options.host,
        port: options.port,
        edges: options.edges,
        deployedAtMs: Date.now(),
        dataDir,
        ...(options.v8Flags === undefined ? {} : { v8Flags: options.v8Flags }),
        ...(options.placeHeader === undefined ? {} : { placeHeader: options.placeHeader }),
        ...(options.protoHeader === undefined ? {} : { protoHeader: options.protoHeader }),
      },
      env,
    ),
  );
  const inspecting = options.inspector === undefined ? [] : [`--inspector-addr=${options.inspector}`];
  const args = ["serve", "--experimental", ...inspecting, configFile];
  const workerd = startGuarded(workerdPath(), args, env, options.log);
  let hasEnded = false;
  void workerd.ended.then(() => {
    hasEnded = true;
    rmSync(scratch, { recursive: true, force: true });
  });
  const urls = Array.from(
    { length: options.edges },
    (_, index) => `http://${options.host}:${options.port + index}`,
  );
  try {
    for (const url of urls) await untilServing(url, () => hasEnded);
  } catch (error) {
    await workerd.stop();
    throw error;
  }
  return { urls, ended: workerd.ended, stop: () => workerd.stop(), kill9: () => workerd.kill9() };
}

/** Nothing else is needed to start: without a secret of the operator's, one is made and kept beside the state. */
function withSecret(env: NodeJS.ProcessEnv, dataDir: string): NodeJS.ProcessEnv {
  if (env.TIDEGATE_SECRET !== undefined && env.TIDEGATE_SECRET !== "") return env;
  const file = join(dataDir, "secret");
  if (!existsSync(file))
    writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
  return { ...env, TIDEGATE_SECRET: readFileSync(file, "utf8").trim() };
}

async function untilServing(url: string, hasEnded: () => boolean): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (hasEnded()) throw new Error(`workerd ended before it served ${url}; its message is above`);
    try {
      const response = await fetch(`${url}/.tidegate/health`, { signal: AbortSignal.timeout(2000) });
      if (response.ok) return;
    } catch {
      // Not listening yet.
    }
    await sleep(20);
  }
  throw new Error(`the edge does not serve ${url} after ${READY_WITHIN_MS / 1000} s`);
}

/** workerd's own program file. */
export function workerdPath(): string {
  const path: { default: string } = createRequire(import.meta.url)("workerd");
  return path.default;
}

/** Removes what edges left that were killed before they could clean up. */
function sweepScratch(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(SCRATCH_PREFIX)
      ? Number.parseInt(name.slice(SCRATCH_PREFIX.length), 10)
      : Number.NaN;
    if (!Number.isNaN(pid) && !isAlive(pid)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
