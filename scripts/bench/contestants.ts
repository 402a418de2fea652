/** Starts what is compared: bare workerd with each Worker, the same origins behind all of them. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { workerdPath } from "../lib/edge.ts";
import { startGuarded } from "../lib/guarded.ts";
import { inProject } from "../lib/paths.ts";
import { bundleWorker } from "./bundle-worker.ts";
import { freePort, untilAnswering } from "./ports.ts";
import { pidOf } from "./process-cost.ts";
import { startOrigins } from "./start-origins.ts";
import { startUpstash } from "./upstash.ts";
import { startWalletEdge, type Work } from "./wallet-edge.ts";

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

/**
 * @param scratch a folder for configurations
 * @param only a part of the names of those to start beside the first
 * @returns the field; the first contestant is the one that others are measured by
 */
export async function startField(scratch: string, only = ""): Promise<Field> {
  const running: { stop(): Promise<unknown> }[] = [];
  const stop = async () => void (await Promise.all(running.map((one) => one.stop())));
  const bare = async (
    name: string,
    script: string,
    bindings: Record<string, string>,
    objectClass?: string,
  ): Promise<Contestant> => {
    const port = await freePort();
    const folder = join(scratch, name.replace(/\W/g, "-"));
    mkdirSync(folder);
    copyFileSync(script, join(folder, "main.js"));
    const config = join(folder, "workerd.capnp");
    writeFileSync(config, bareConfig(port, bindings, objectClass));
    running.push(startGuarded(workerdPath(), ["serve", config], process.env, console.error));
    await untilAnswering(port);
    return { name, url: `http://127.0.0.1:${port}`, pid: pidOf(config) };
  };
  const tidegate = async (name: string, origins: readonly number[], work: Work): Promise<Contestant> => {
    const { edge, port, url } = await startWalletEdge(
      { work, origins },
      join(scratch, name.replace(/\W/g, "-")),
    );
    running.push(edge);
    return { name, url, pid: pidOf(`:${port}`) };
  };

  try {
    const origins = await startOrigins(3, running);
    const upstash = await startUpstash(scratch);
    running.push(upstash);
    /** A Worker of one file that needs no bundle. */
    const single = (name: string) => {
      const file = join(scratch, name);
      const source = readFileSync(inProject(`scripts/bench/${name}`), "utf8");
      writeFileSync(file, source.replace("ORIGIN_PORT", String(origins[0])));
      return file;
    };
    const peer = (file: string) => bundleWorker(`scripts/bench/${file}`, join(scratch, `${file}-peer`));
    const ORIGIN = `http://127.0.0.1:${origins[0]}`;
    const all: readonly (readonly [string, (name: string) => Promise<Contestant>])[] = [
      ["bare pass-through", (name) => bare(name, single("pass-through.js"), {})],
      ["tidegate, everything on", (name) => tidegate(name, origins, "everything")],
      ["tidegate, one limit", (name) => tidegate(name, origins, "one limit")],
      ["tidegate, balancing only", (name) => tidegate(name, origins, "balancing")],
      ["the same fields, no more", (name) => bare(name, single("fields-worker.js"), {})],
      [
        "reflare",
        async (name) => bare(name, await peer("reflare-worker.js"), { PORTS: origins.slice(0, 2).join(",") }),
      ],
      ["Hono proxy()", async (name) => bare(name, await peer("hono-worker.ts"), { ORIGIN })],
      [
        "one Durable Object call",
        async (name) => bare(name, await peer("object-worker.js"), { ORIGIN }, "Counter"),
      ],
      [
        "@upstash/ratelimit",
        async (name) =>
          bare(name, await peer("upstash-worker.ts"), {
            ORIGIN,
            REDIS_URL: upstash.url,
            REDIS_TOKEN: upstash.token,
          }),
      ],
    ];
    const contestants: Contestant[] = [];
    for (const [index, [name, begin]] of all.entries()) {
      if (index === 0 || name.includes(only)) contestants.push(await begin(name));
    }
    return { contestants, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function bareConfig(port: number, bindings: Record<string, string>, objectClass?: string): string {
  const bound = Object.entries(bindings)
    .map(([name, text]) => `(name = "${name}", text = "${text}")`)
    .concat(
      objectClass === undefined ? [] : [`(name = "COUNTER", durableObjectNamespace = "${objectClass}")`],
    )
    .join(", ");
  const objects =
    objectClass === undefined
      ? ""
      : `, durableObjectNamespaces = [(className = "${objectClass}", uniqueKey = "bench")], durableObjectStorage = (inMemory = void)`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (modules = [(name = "main.js", esModule = embed "main.js")],
      compatibilityDate = "2026-11-01", globalOutbound = "origins", bindings = [${bound}]${objects})),
    (name = "origins", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
`;
}
