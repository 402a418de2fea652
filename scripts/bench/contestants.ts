/** Starts what is compared: bare workerd with each Worker, the same origins behind all of them. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startEdge, workerdPath } from "../lib/edge.ts";
import { type GuardedProcess, startGuarded } from "../lib/guarded.ts";
import { inProject } from "../lib/paths.ts";
import { bundleWorker } from "./bundle-worker.ts";
import { freePort, untilAnswering } from "./ports.ts";
import { pidOf } from "./process-cost.ts";
import { startUpstash } from "./upstash.ts";

export interface Contestant {
  readonly name: string;
  readonly url: string;
  /** Of its workerd process. */
  readonly pid: number;
}

export interface Field {
  readonly contestants: readonly Contestant[];
  stop(): Promise<void>;
}

const LIMIT = `[[limits]]
name = "per-user"
key = "user"
capacity = 1_000_000
refill = 1_000_000
`;

/** @param scratch a folder for configurations; the first contestant is the one that others are measured by */
export async function startField(scratch: string): Promise<Field> {
  const running: { stop(): Promise<unknown> }[] = [];
  const stop = async () => void (await Promise.all(running.map((one) => one.stop())));
  const bare = async (
    name: string,
    script: string,
    bindings: Record<string, string>,
  ): Promise<Contestant> => {
    const port = await freePort();
    const folder = join(scratch, name.replace(/\W/g, "-"));
    mkdirSync(folder);
    copyFileSync(script, join(folder, "main.js"));
    const config = join(folder, "workerd.capnp");
    writeFileSync(config, bareConfig(port, bindings));
    running.push(startGuarded(workerdPath(), ["serve", config], process.env, console.error));
    await untilAnswering(port);
    return { name, url: `http://127.0.0.1:${port}`, pid: pidOf(config) };
  };
  const tidegate = async (name: string, origins: readonly number[], limits: boolean): Promise<Contestant> => {
    const port = await freePort();
    const edge = await startEdge({
      toml: edgeToml(origins, limits),
      environment: "production",
      host: "127.0.0.1",
      port,
      edges: 1,
      dataDir: join(scratch, name.replace(/\W/g, "-")),
      env: { ...process.env, TIDEGATE_ADMIN_TOKEN: "bench" },
      log: console.error,
    });
    running.push(edge);
    return { name, url: `http://127.0.0.1:${port}`, pid: pidOf(`:${port}`) };
  };

  try {
    const origins = await startOrigins(running);
    const upstash = await startUpstash(scratch);
    running.push(upstash);
    const passThrough = join(scratch, "pass-through.js");
    const source = readFileSync(inProject("scripts/bench/pass-through.js"), "utf8");
    writeFileSync(passThrough, source.replace("ORIGIN_PORT", String(origins[0])));
    const peer = await bundleWorker("scripts/bench/upstash-worker.ts", join(scratch, "peer"));
    const contestants = [
      await bare("bare pass-through", passThrough, {}),
      await tidegate("tidegate", origins, false),
      await tidegate("tidegate, one limit", origins, true),
      await bare("@upstash/ratelimit", peer, {
        ORIGIN: `http://127.0.0.1:${origins[0]}`,
        REDIS_URL: upstash.url,
        REDIS_TOKEN: upstash.token,
      }),
    ];
    return { contestants, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** One server on three ports, so that the edge has three origins and the same machine time goes into each. */
async function startOrigins(running: { stop(): Promise<unknown> }[]): Promise<number[]> {
  const ports = Promise.withResolvers<number[]>();
  const script = inProject("scripts/bench/origin.ts");
  const origin: GuardedProcess = startGuarded(process.execPath, [script, "3"], process.env, (line) => {
    if (line.startsWith("ports ")) ports.resolve(line.slice(6).split(" ").map(Number));
  });
  running.push(origin);
  return ports.promise;
}

function edgeToml(ports: readonly number[], limits: boolean): string {
  const origins = ["hk", "sg", "fra"].map(
    (name, index) =>
      `[[pools.origins]]\nname = "${name}"\nurl = "http://127.0.0.1:${ports[index]}"\nweight = ${[50, 30, 20][index]}`,
  );
  return `[[pools]]
name = "wallet"
affinity = "user"
${origins.join("\n")}
[[routes]]
path = "/api/*"
pool = "wallet"
${limits ? `limits = ["per-user"]\n${LIMIT}` : ""}
[identity]
opaque = { cookie = "sid" }
`;
}

function bareConfig(port: number, bindings: Record<string, string>): string {
  const bound = Object.entries(bindings)
    .map(([name, text]) => `(name = "${name}", text = "${text}")`)
    .join(", ");
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (modules = [(name = "main.js", esModule = embed "main.js")],
      compatibilityDate = "2026-11-01", globalOutbound = "origins", bindings = [${bound}])),
    (name = "origins", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
`;
}
