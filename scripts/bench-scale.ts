/** `npm run bench:scale`: what a request costs as origins, routes and users grow, in interleaved rounds. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { cpuSeconds, pidOf } from "./bench/process-cost.ts";
import { CONNECTIONS, measureRound, type Round } from "./bench/round.ts";
import { startOrigins } from "./bench/start-origins.ts";
import { type Spread, spreadOf } from "./bench/statistics.ts";
import { type EdgeSize, startWalletEdge } from "./bench/wallet-edge.ts";
import { PATH } from "./bench/wallet-request.ts";
import { inProject } from "./lib/paths.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "2" },
    /** Writes bench/scale.json. */
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const WARM_UP_SECONDS = 3;
const ORIGINS = [2, 20, 200];
const ROUTES = [1, 100, 1_000];
/** Each request comes from one of so many addresses, picked at random: without a proof an address is a user. */
const USERS = [1_000, 30_000, 1_000_000];

interface Measured {
  readonly name: string;
  readonly round: (seconds: number) => Promise<Round>;
}

const scratch = mkdtempSync(join(tmpdir(), "tidegate-scale-"));
const running: { stop(): Promise<unknown> }[] = [];
try {
  const ports = await startOrigins(Math.max(...ORIGINS), running);
  const three = ports.slice(0, 3);
  const edges: Measured[] = [];
  for (const count of ORIGINS) {
    edges.push(await edgeOf(`${count} origins`, { work: "everything", origins: ports.slice(0, count) }));
  }
  for (const routes of ROUTES) {
    edges.push(await edgeOf(`${routes} routes`, { work: "everything", origins: three, routes }));
  }
  for (const users of USERS) edges.push(await usersEdge(users, three));
  const results = await interleaved(edges);
  for (const [name, { cpuMicros, perSecond }] of results) {
    console.log(`${name.padEnd(16)} CPU a request ${text(cpuMicros)} us, ${text(perSecond)} requests/s`);
  }
  console.log(`medians [lowest, highest] of ${rounds} interleaved rounds of ${seconds} s`);
  if (values.write) write(Object.fromEntries(results));
} finally {
  await Promise.all(running.map((one) => one.stop()));
  rmSync(scratch, { recursive: true, force: true });
}

async function edgeOf(name: string, size: EdgeSize): Promise<Measured> {
  const { edge, port, url } = await startWalletEdge(size, join(scratch, name.replace(" ", "-")));
  running.push(edge);
  const contestant = { name, url, pid: pidOf(`:${port}`) };
  return { name, round: (forSeconds) => measureRound(contestant, forSeconds) };
}

/** Who comes is told by the address that a proxy in front would tell. */
async function usersEdge(users: number, origins: readonly number[]): Promise<Measured> {
  const name = `${users} users`;
  const { edge, port, url } = await startWalletEdge(
    { work: "one limit", origins },
    join(scratch, `u${users}`),
  );
  running.push(edge);
  const pid = pidOf(`:${port}`);
  const script = join(scratch, `users-${users}.lua`);
  writeFileSync(
    script,
    `math.randomseed(os.time())
request = function()
  local n = math.random(0, ${users - 1})
  wrk.headers["CF-Connecting-IP"] = "10." .. math.floor(n / 65536) .. "." .. math.floor(n / 256) % 256 .. "." .. n % 256
  return wrk.format()
end
`,
  );
  return {
    name,
    async round(forSeconds) {
      const before = cpuSeconds(pid);
      const { stdout } = await promisify(execFile)("wrk", [
        ...["-t1", `-c${CONNECTIONS}`, `-d${forSeconds}s`, "-s", script],
        url + PATH,
      ]);
      if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`${name} did not answer well:\n${stdout}`);
      const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
      return {
        cpuMicros: ((cpuSeconds(pid) - before) * 1e6) / requests,
        perSecond: requests / forSeconds,
      };
    },
  };
}

async function interleaved(
  edges: readonly Measured[],
): Promise<ReadonlyMap<string, { readonly cpuMicros: Spread; readonly perSecond: Spread }>> {
  for (const { round } of edges) await round(WARM_UP_SECONDS);
  const measured = new Map(edges.map(({ name }) => [name, [] as Round[]]));
  for (let number = 0; number < rounds; number++) {
    for (const { name, round } of edges) measured.get(name)?.push(await round(seconds));
  }
  return new Map(
    [...measured].map(([name, all]) => [
      name,
      {
        cpuMicros: spreadOf(all.map(({ cpuMicros }) => cpuMicros)),
        perSecond: spreadOf(all.map(({ perSecond }) => perSecond)),
      },
    ]),
  );
}

function text({ median, lowest, highest }: Spread): string {
  return `${median.toFixed(0)} [${lowest.toFixed(0)}, ${highest.toFixed(0)}]`;
}

function write(results: object): void {
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
  mkdirSync(inProject("bench"), { recursive: true });
  const record = { takenAt: new Date().toISOString(), machine, rounds, seconds, results };
  writeFileSync(inProject("bench/scale.json"), `${JSON.stringify(record, undefined, 2)}\n`);
}
