/** `npm run bench`: CPU time and throughput of the edge beside a bare pass-through Worker, in interleaved rounds. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startEdge, workerdPath } from "./lib/edge.ts";
import { type GuardedProcess, startGuarded } from "./lib/guarded.ts";
import { inProject } from "./lib/paths.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "7" }, seconds: { type: "string", default: "3" } },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const CONNECTIONS = 32;

/** What a wallet app sends. */
const HEADERS = [
  "User-Agent: WalletApp/5.2 (iPhone; iOS 19.1)",
  "Accept: application/json",
  "Accept-Encoding: gzip, deflate, br",
  "Accept-Language: zh-CN,zh;q=0.9,en;q=0.8",
  "Authorization: Bearer 0123456789abcdef0123456789abcdef",
  "Cookie: sid=3f1c9c1e5b7d4f5e; theme=dark",
  "CF-Connecting-IP: 203.0.113.7",
  "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
];

interface Contestant {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
}
interface Round {
  readonly cpuMicros: number;
  readonly perSecond: number;
}

const running: GuardedProcess[] = [];
const scratch = mkdtempSync(join(tmpdir(), "tidegate-bench-"));
try {
  const contestants = await startContestants();
  for (const contestant of contestants) measure(contestant, 2);
  const results = new Map(contestants.map(({ name }) => [name, [] as Round[]]));
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) results.get(contestant.name)?.push(measure(contestant, seconds));
  }
  report(results);
} finally {
  await Promise.all(running.map((one) => one.stop()));
  rmSync(scratch, { recursive: true, force: true });
}

async function startContestants(): Promise<Contestant[]> {
  const originPorts = await startOrigins();
  const barePort = await freePort();
  writeFileSync(
    join(scratch, "pass-through.js"),
    readFileSync(inProject("scripts/bench/pass-through.js"), "utf8").replace(
      "ORIGIN_PORT",
      String(originPorts[0]),
    ),
  );
  const configFile = join(scratch, "bare.capnp");
  writeFileSync(configFile, bareConfig(barePort));
  running.push(startGuarded(workerdPath(), ["serve", configFile], process.env, console.error));

  const edgePort = await freePort();
  const edge = await startEdge({
    toml: edgeToml(originPorts),
    environment: "production",
    host: "127.0.0.1",
    port: edgePort,
    edges: 1,
    env: { ...process.env, TIDEGATE_ADMIN_TOKEN: "bench" },
    log: console.error,
  });
  running.push(edge);
  await untilAnswering(barePort);
  return [
    { name: "bare pass-through", url: `http://127.0.0.1:${barePort}`, pid: listenerOf(configFile) },
    { name: "tidegate", url: `http://127.0.0.1:${edgePort}`, pid: listenerOf("tidegate-edge-") },
  ];
}

/** One server on three ports, so that the edge has three origins and the same machine time goes into each. */
async function startOrigins(): Promise<number[]> {
  const ports = Promise.withResolvers<number[]>();
  running.push(
    startGuarded(process.execPath, [inProject("scripts/bench/origin.ts"), "3"], process.env, (line) => {
      if (line.startsWith("ports ")) ports.resolve(line.slice(6).split(" ").map(Number));
    }),
  );
  return ports.promise;
}

function edgeToml(originPorts: readonly number[]): string {
  const origins = ["hk", "sg", "fra"].map(
    (name, index) =>
      `[[pools.origins]]\nname = "${name}"\nurl = "http://127.0.0.1:${originPorts[index]}"\nweight = ${[50, 30, 20][index]}`,
  );
  return `[[pools]]
name = "wallet"
affinity = "user"
${origins.join("\n")}
[[routes]]
path = "/api/*"
pool = "wallet"
[identity]
opaque = { cookie = "sid" }
`;
}

function bareConfig(port: number): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (modules = [(name = "main.js", esModule = embed "pass-through.js")],
      compatibilityDate = "2026-11-01", globalOutbound = "origins")),
    (name = "origins", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
`;
}

/** The workerd process whose command line names `word`. */
function listenerOf(word: string): number {
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const [program = "", ...args] = readFileSync(`/proc/${entry}/cmdline`, "utf8").split("\0");
      if (
        program.endsWith("/workerd") &&
        args.some((arg) => arg.includes(word) && !arg.includes("bench-") === !word.includes("bench-"))
      ) {
        return Number(entry);
      }
    } catch {
      // It ended meanwhile.
    }
  }
  throw new Error(`no workerd process runs ${word}`);
}

function measure({ name, url, pid }: Contestant, duration: number): Round {
  const before = cpuSeconds(pid);
  const headers = HEADERS.flatMap((header) => ["-H", header]);
  const output = execFileSync(
    "wrk",
    ["-t1", `-c${CONNECTIONS}`, `-d${duration}s`, ...headers, `${url}/api/balance?currency=HKD`],
    { encoding: "utf8" },
  );
  const cpu = cpuSeconds(pid) - before;
  const requests = Number(/(\d+) requests in/.exec(output)?.[1]);
  if (/Non-2xx|Socket errors/.test(output)) throw new Error(`${name} did not answer well:\n${output}`);
  return { cpuMicros: (cpu * 1e6) / requests, perSecond: requests / duration };
}

/** User and system time, from /proc/PID/stat in ticks of 10 ms. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function report(results: ReadonlyMap<string, readonly Round[]>): void {
  const [bare = []] = results.values();
  for (const [name, measured] of results) {
    const cpu = measured.map(({ cpuMicros }, round) => cpuMicros / (bare[round]?.cpuMicros ?? 1));
    const speed = measured.map(({ perSecond }, round) => perSecond / (bare[round]?.perSecond ?? 1));
    const micros = median(measured.map(({ cpuMicros }) => cpuMicros));
    console.log(
      `${name.padEnd(18)} CPU a request ${micros.toFixed(0).padStart(4)} us, ratio ${spread(cpu)}; throughput ratio ${spread(speed)}`,
    );
  }
  console.log(
    `medians [lowest, highest] of ${rounds} interleaved rounds of ${seconds} s, ${CONNECTIONS} connections`,
  );
}

function spread(values: readonly number[]): string {
  return `${median(values).toFixed(2)} [${Math.min(...values).toFixed(2)}, ${Math.max(...values).toFixed(2)}]`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilAnswering(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (
      await fetch(`http://127.0.0.1:${port}/`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return;
    await sleep(50);
  }
  throw new Error(`nothing answers on port ${port}`);
}
