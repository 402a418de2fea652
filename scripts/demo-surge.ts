/** `npm run demo:surge`: a holiday before the demo's waiting room, with a region that dies and comes back; look at the dashboard. */
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { show } from "./cli/surge.ts";
import { type DemoRegion, startDemoRegion } from "./lib/demo-region.ts";
import { startEdge } from "./lib/edge.ts";
import { endWithNpm } from "./lib/end-with-npm.ts";
import { freePorts } from "./lib/free-ports.ts";
import { reportText } from "./surge/chart.ts";
import { runSurge } from "./surge/run.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8787" },
    seconds: { type: "string", default: "150" },
    peak: { type: "string", default: "20" },
    linger: { type: "string", default: "15" },
  },
});
const HOST = "127.0.0.1";
const port = Number(values.port);
const durationMs = Number(values.seconds) * 1000;
/** So long the dashboard can still be looked at when it is over. */
const lingerMs = Number(values.linger) * 1000;
const REGIONS = [
  { name: "hk", weight: 50 },
  { name: "sg", weight: 30 },
  { name: "fra", weight: 20 },
] as const;
/** Of the time: the region dies once the room is full, and comes back while there is still a line. */
const DIES_AT = 0.3;
const COMES_BACK_AT = 0.55;
const SESSION_MS = 5000;

const running: { stop(): Promise<void> }[] = [];
const over = new AbortController();

endWithNpm();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => over.abort());

try {
  await demo();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
await Promise.all(running.map((one) => one.stop()));
process.exit();

async function demo(): Promise<void> {
  const firstPort = await freePorts(REGIONS.length);
  const regions: DemoRegion[] = [];
  for (const [index, { name }] of REGIONS.entries()) {
    const region = await startDemoRegion(name, firstPort + index);
    regions.push(region);
    running.push(region);
  }
  const token = process.env.TIDEGATE_ADMIN_TOKEN || randomBytes(32).toString("base64url");
  const edge = await startEdge({
    toml: tomlOf(firstPort),
    environment: "development",
    host: HOST,
    port,
    edges: 1,
    env: { ...process.env, TIDEGATE_ADMIN_TOKEN: token },
    log: (line) => console.error(line),
  });
  running.push(edge);
  void edge.ended.then(() => over.abort());
  console.log(`dashboard  ${edge.urls[0]}/.tidegate/admin/
token      ${token}
A room of ${activeLimit()} users, three regions; sg dies after ${at(DIES_AT)} s and comes back after ${at(COMES_BACK_AT)} s.
`);
  const timers = [
    setTimeout(() => void dies(regions[1]), DIES_AT * durationMs),
    setTimeout(() => void comesBack(regions[1]), COMES_BACK_AT * durationMs),
  ];
  const report = await runSurge({
    urls: edge.urls,
    path: "/api/balance",
    room: "main",
    profile: "holiday",
    peak: Number(values.peak),
    durationMs,
    stayMs: SESSION_MS,
    everyMs: 1000,
    headersOf: (user) => ({ cookie: `sid=surge-${user}` }),
    signal: over.signal,
    onSecond: (tally) => show(tally, durationMs),
  });
  for (const timer of timers) clearTimeout(timer);
  console.log(`\n${reportText(report)}`);
  if (over.signal.aborted) return;
  console.log(`\nThe dashboard stays for ${lingerMs / 1000} s more; Ctrl-C ends it now.`);
  await new Promise<void>((resolve) => {
    setTimeout(resolve, lingerMs);
    over.signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

async function dies(region: DemoRegion | undefined): Promise<void> {
  await region?.change({ fault: "refuse" });
  console.log(`region ${region?.name} dies`);
}

async function comesBack(region: DemoRegion | undefined): Promise<void> {
  await region?.change({ fault: "none" });
  console.log(`region ${region?.name} is back`);
}

/** A third of those who come at the peak find room, so that a line grows, and is gone before the end. */
function activeLimit(): number {
  const insideAtPeak = (Number(values.peak) * 2 * SESSION_MS) / 1000;
  return Math.max(2, Math.round(insideAtPeak / 3));
}

function at(share: number): number {
  return Math.round((share * durationMs) / 1000);
}

function tomlOf(firstPort: number): string {
  const origins = REGIONS.map(
    ({ name, weight }, index) =>
      `[[pools.origins]]\nname = "${name}"\nurl = "http://${HOST}:${firstPort + index}"\nweight = ${weight}\n`,
  );
  return `[[pools]]
name = "wallet"
affinity = "user"
timeout = "3s"
${origins.join("")}
[pools.health]
path = "/healthz"
interval = "1s"
timeout = "500ms"
[pools.slow_start]
window = "5s"
[[routes]]
path = "/*"
pool = "wallet"
room = "main"
[[rooms]]
name = "main"
active_limit = ${activeLimit()}
session = "${SESSION_MS}ms"
[identity]
opaque = { cookie = "sid", new_per_ip_per_minute = 10000 }
`;
}
