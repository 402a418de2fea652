/** `npm run bench`: CPU time and throughput beside a bare pass-through Worker, in interleaved rounds. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { type Contestant, startField } from "./bench/contestants.ts";
import { cpuSeconds } from "./bench/process-cost.ts";

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

interface Round {
  readonly cpuMicros: number;
  readonly perSecond: number;
}

const scratch = mkdtempSync(join(tmpdir(), "tidegate-bench-"));
const field = await startField(scratch).catch((error: unknown) => {
  rmSync(scratch, { recursive: true, force: true });
  throw error;
});
try {
  const { contestants } = field;
  for (const contestant of contestants) await measure(contestant, 2);
  const results = new Map(contestants.map(({ name }) => [name, [] as Round[]]));
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) {
      results.get(contestant.name)?.push(await measure(contestant, seconds));
    }
  }
  report(results);
} finally {
  await field.stop();
  rmSync(scratch, { recursive: true, force: true });
}

/** The Redis of a peer speaks through this process, so nothing here may block. */
async function measure({ name, url, pid }: Contestant, duration: number): Promise<Round> {
  const before = cpuSeconds(pid);
  const headers = HEADERS.flatMap((header) => ["-H", header]);
  const { stdout: output } = await promisify(execFile)("wrk", [
    ...["-t1", `-c${CONNECTIONS}`, `-d${duration}s`, ...headers],
    `${url}/api/balance?currency=HKD`,
  ]);
  const cpu = cpuSeconds(pid) - before;
  const requests = Number(/(\d+) requests in/.exec(output)?.[1]);
  if (/Non-2xx|Socket errors/.test(output)) throw new Error(`${name} did not answer well:\n${output}`);
  return { cpuMicros: (cpu * 1e6) / requests, perSecond: requests / duration };
}

function report(results: ReadonlyMap<string, readonly Round[]>): void {
  const [bare = []] = results.values();
  for (const [name, measured] of results) {
    const cpu = measured.map(({ cpuMicros }, round) => cpuMicros / (bare[round]?.cpuMicros ?? 1));
    const speed = measured.map(({ perSecond }, round) => perSecond / (bare[round]?.perSecond ?? 1));
    const micros = median(measured.map(({ cpuMicros }) => cpuMicros));
    console.log(
      `${name.padEnd(20)} CPU a request ${micros.toFixed(0).padStart(4)} us, ratio ${spread(cpu)}; throughput ratio ${spread(speed)}`,
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
