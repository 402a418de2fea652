/** `npm run bench`: what the edge costs beside a bare pass-through Worker and its peers, in interleaved rounds. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundleBytes, startUpMs } from "./bench/bundle-figures.ts";
import { type Contestant, startField } from "./bench/contestants.ts";
import { drawing } from "./bench/drawing.ts";
import { openLoop } from "./bench/open-loop.ts";
import { measureRound, type Round } from "./bench/round.ts";
import { type Spread, spreadOf } from "./bench/statistics.ts";
import { admittedHeaders, PATH } from "./bench/wallet-request.ts";
import { inProject } from "./lib/paths.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "3" },
    /** Only contestants whose names hold this, and the first. */
    only: { type: "string", default: "" },
    /** Writes bench/results.json and the picture of docs/performance.md. */
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
/** The edge's functions are compiled anew for about so long (seen with `--trace-opt`); a deployment serves for days. */
const WARM_UP_SECONDS = 15;
const LATENCY_SECONDS = 2;
const LATENCY_ROUNDS = 5;

export interface Result {
  readonly name: string;
  readonly cpuMicros: Spread;
  readonly cpuRatio: Spread;
  readonly perSecond: Spread;
  readonly throughputRatio: Spread;
}

const scratch = mkdtempSync(join(tmpdir(), "tidegate-bench-"));
const field = await startField(scratch, values.only).catch((error: unknown) => {
  rmSync(scratch, { recursive: true, force: true });
  throw error;
});
try {
  const { contestants } = field;
  const measured = await interleaved(contestants);
  const results = await Promise.all(contestants.map(({ name }) => resultOf(name, measured)));
  for (const result of results) console.log(lineOf(result));
  console.log(`medians [lowest, highest] of ${rounds} interleaved rounds of ${seconds} s`);
  const full = results.findIndex(({ name }) => name.includes("everything"));
  const edge = contestants[full];
  const added = edge === undefined ? undefined : await addedLatency(contestants[0], edge, results[full]);
  if (added !== undefined) {
    console.log(
      `added latency at ${added.perSecond} requests/s: p50 ${text(added.p50)} ms, p99 ${text(added.p99)} ms`,
    );
  }
  const bundle = await bundleBytes();
  const startMs = await startUpMs(scratch);
  console.log(
    `bundle ${bundle.plain} bytes, ${bundle.gzip} gzipped; first answer ${startMs.toFixed(0)} ms after start`,
  );
  if (values.write) write(results, { added, bundle, startMs });
} finally {
  await field.stop();
  rmSync(scratch, { recursive: true, force: true });
}

async function interleaved(contestants: readonly Contestant[]): Promise<ReadonlyMap<string, Round[]>> {
  for (const contestant of contestants) await measureRound(contestant, WARM_UP_SECONDS);
  const measured = new Map(contestants.map(({ name }) => [name, [] as Round[]]));
  for (let round = 0; round < rounds; round++) {
    // In another order each time: who always comes after the same one finds the machine as that one leaves it.
    for (const contestant of shuffled(contestants)) {
      measured.get(contestant.name)?.push(await measureRound(contestant, seconds));
    }
  }
  return measured;
}

function shuffled<One>(all: readonly One[]): One[] {
  return all
    .map((one) => ({ one, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

function resultOf(name: string, measured: ReadonlyMap<string, readonly Round[]>): Result {
  const [bare = []] = measured.values();
  const own = measured.get(name) ?? [];
  const beside = (of: (round: Round) => number) =>
    spreadOf(own.map((round, index) => of(round) / of(bare[index] ?? round)));
  return {
    name,
    cpuMicros: spreadOf(own.map(({ cpuMicros }) => cpuMicros)),
    cpuRatio: beside(({ cpuMicros }) => cpuMicros),
    perSecond: spreadOf(own.map(({ perSecond }) => perSecond)),
    throughputRatio: beside(({ perSecond }) => perSecond),
  };
}

async function addedLatency(bare: Contestant | undefined, edge: Contestant, result: Result | undefined) {
  if (bare === undefined || result === undefined) return undefined;
  const perSecond = Math.floor(result.perSecond.median / 2);
  const headers = await admittedHeaders(edge.url);
  const at = (url: string) => openLoop(url + PATH, headers, perSecond, LATENCY_SECONDS);
  // The sender warms up as well.
  await at(bare.url);
  const p50: number[] = [];
  const p99: number[] = [];
  for (let round = 0; round < LATENCY_ROUNDS; round++) {
    const without = await at(bare.url);
    const withEdge = await at(edge.url);
    p50.push(withEdge.p50Ms - without.p50Ms);
    p99.push(withEdge.p99Ms - without.p99Ms);
  }
  return { perSecond, p50: spreadOf(p50), p99: spreadOf(p99) };
}

function lineOf({ name, cpuMicros, cpuRatio, throughputRatio }: Result): string {
  const micros = cpuMicros.median.toFixed(0).padStart(4);
  return `${name.padEnd(26)} CPU a request ${micros} us, ratio ${text(cpuRatio)}; throughput ratio ${text(throughputRatio)}`;
}

function text({ median, lowest, highest }: Spread): string {
  return `${median.toFixed(2)} [${lowest.toFixed(2)}, ${highest.toFixed(2)}]`;
}

function write(results: readonly Result[], others: object): void {
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
  mkdirSync(inProject("bench"), { recursive: true });
  const record = { takenAt: new Date().toISOString(), machine, rounds, seconds, results, ...others };
  writeFileSync(inProject("bench/results.json"), `${JSON.stringify(record, undefined, 2)}\n`);
  writeFileSync(inProject("docs/performance.svg"), drawing(results));
}
