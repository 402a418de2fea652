// The edge as people run it: `tidegate serve` on bare workerd, with a configuration, a data directory and K edges.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../../scripts/lib/free-ports.ts";
import { atEnd } from "./cleanup.ts";
import { type Finished, type Running, run, start } from "./processes.ts";
import { type TomlTable, toToml } from "./toml.ts";

const COMMAND = "scripts/tidegate.js";
const START_TRIES = 3;
const TOKEN = "test-admin-token-0123456789abcdef";
const SECRET = "test-secret-0123456789abcdef0123456789abcdef";

export interface EdgeOptions {
  /** TOML text, or a value to write as TOML. */
  config: string | TomlTable;
  /** Isolates, on consecutive ports. */
  edges?: number;
  /** The first port; left out, free ones are found. */
  port?: number;
  dataDir?: string;
  /** Further arguments of `tidegate serve`. */
  args?: readonly string[];
  env?: Record<string, string>;
  token?: string;
}

export interface Edge {
  /** One for each edge; `url` is the first. */
  readonly urls: readonly string[];
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly dataDir: string;
  readonly configFile: string;
  process(): Running;
  /** `tidegate …` against this edge, with the administrator's token. */
  cli(...args: string[]): Promise<Finished>;
  /** Writes another configuration into the edge's file, for `apply`. */
  writeConfig(config: string | TomlTable): Promise<void>;
  kill9(): Promise<void>;
  /** Starts again on the same ports, file and data; stops first what still runs. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const { edges = 1, token = TOKEN } = options;
  const directory = await mkdtemp(join(tmpdir(), "tidegate-test-"));
  atEnd(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  const dataDir = options.dataDir ?? join(directory, "data");
  const configFile = join(directory, "tidegate.toml");
  const writeConfig = (config: string | TomlTable) =>
    writeFile(configFile, typeof config === "string" ? config : toToml(config));
  await writeConfig(options.config);

  const env = { TIDEGATE_ADMIN_TOKEN: token, TIDEGATE_SECRET: SECRET, ...options.env };
  const serve = async (port: number): Promise<Running> => {
    const args = [COMMAND, "serve", "--config", configFile, "--port", `${port}`, "--data", dataDir];
    const running = start(process.execPath, [...args, "--edges", `${edges}`, ...(options.args ?? [])], {
      env,
    });
    for (const url of urlsFrom(port, edges)) {
      await running.waitFor(new RegExp(`listening on ${url.replaceAll(".", "\\.")}(?!\\d)`));
    }
    return running;
  };

  let { port, running } =
    options.port === undefined
      ? await serveOnFreePorts(edges, serve)
      : { port: options.port, running: await serve(options.port) };
  const urls = urlsFrom(port, edges);
  const url = urls[0] ?? "";
  return {
    urls,
    url,
    port,
    token,
    dataDir,
    configFile,
    writeConfig,
    process: () => running,
    cli: (...args) => run(process.execPath, [COMMAND, ...args, "--url", url], { env }),
    kill9: async () => void (await running.kill9()),
    async restart() {
      await running.stop();
      running = await serve(port);
    },
    stop: async () => void (await running.stop()),
  };
}

/** Another process may take a port between the probe and the start: then other ports are tried. */
async function serveOnFreePorts(edges: number, serve: (port: number) => Promise<Running>) {
  for (let attempt = 1; ; attempt++) {
    const port = await freePorts(edges);
    try {
      return { port, running: await serve(port) };
    } catch (error) {
      const isTaken = error instanceof Error && /address (already )?in use|EADDRINUSE/i.test(error.message);
      if (!isTaken || attempt === START_TRIES) throw error;
    }
  }
}

function urlsFrom(port: number, edges: number): string[] {
  return Array.from({ length: edges }, (_, index) => `http://127.0.0.1:${port + index}`);
}
