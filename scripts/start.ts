/** `npm start`: demo wallet regions and the edge in front of them, as tidegate.toml says; Ctrl-C stops everything. */
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { readConfig } from "./cli/config-file.ts";
import { startDemoRegion } from "./lib/demo-region.ts";
import { startEdge } from "./lib/edge.ts";
import { endWithNpm } from "./lib/end-with-npm.ts";
import { inProject } from "./lib/paths.ts";

const CONFIG = "tidegate.toml";
const HOST = "127.0.0.1";

const { values } = parseArgs({
  options: { port: { type: "string", default: "8787" }, edges: { type: "string", default: "1" } },
});
const port = Number(values.port);
const edges = Number(values.edges);
const running: { stop(): Promise<void>; readonly ended: Promise<number> }[] = [];
let isStopping = false;

async function stop(code: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await Promise.all(running.map((one) => one.stop()));
  process.exit(code);
}

endWithNpm();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop(0));

try {
  await start();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  await stop(1);
}

async function start(): Promise<void> {
  const environment = "development";
  const { text, loaded } = readConfig(inProject(CONFIG), { environment, ownHosts: [`${HOST}:${port}`] });
  const regions = loaded.config.pools.flatMap((pool) => pool.origins).filter(({ url }) => isLocal(url));
  for (const { name, url } of regions) {
    running.push(await startDemoRegion(name, Number(new URL(url).port || "80")));
  }

  const token = process.env.TIDEGATE_ADMIN_TOKEN || randomBytes(32).toString("base64url");
  const edge = await startEdge({
    toml: text,
    environment,
    host: HOST,
    port,
    edges,
    env: { ...process.env, TIDEGATE_ADMIN_TOKEN: token },
    log: (line) => console.error(line),
  });
  running.push(edge);
  void edge.ended.then((code) => stop(code));

  for (const { name, url } of regions) console.log(`region ${name.padEnd(8)} ${new URL(url).origin}`);
  for (const url of edge.urls) console.log(`edge            ${url}`);
  const at = port === 8787 ? "" : ` --url ${edge.urls[0]}`;
  console.log(`
Try, in another terminal:
  curl ${edge.urls[0]}/api/balance
  export TIDEGATE_ADMIN_TOKEN=${token}
  npx tidegate status${at}
  npx tidegate weights wallet hk=20 sg=60${at}

Ctrl-C stops everything.`);
}

function isLocal(url: string): boolean {
  const { hostname, protocol } = new URL(url);
  return protocol === "http:" && (hostname === HOST || hostname === "localhost");
}
