/** `npm run simulate`: worlds of edges, objects, regions and people in virtual time, each drawn from its seed. */
import { parseArgs } from "node:util";
import { bigScenario } from "../test/sim/big-scenario.ts";
import { Figures } from "../test/sim/figures.ts";
import { MUTATIONS } from "../test/sim/mutations.ts";
import { runSeeds } from "../test/sim/run-seeds.ts";
import { runSeed, runWorld } from "../test/sim/run-world.ts";
import type { Ran } from "../test/sim/worker.ts";

const HELP = `npm run simulate -- [options]

  --seeds N       run so many worlds (1000)
  --from N        beginning with this seed (0)
  --workers N     on so many threads (2)
  --seed N        run one world and print what was wrong and the hash of its trace
  --trace         with --seed: print all that happened
  --mutations     put known mistakes into the code, one at a time: each must be caught
  --within N      by one of the first so many seeds (400)
  --big           one big world, looked at every five seconds: calls, staleness, shares, fairness, memory
  --users N --edges N --places N --minutes N   its size (1000000, 3000, 300, 60: two hours of one core or more, 5 GB or more)

Exit code 0: nothing was wrong, and every mistake was caught. 1: otherwise. 2: a wrong option.
A seed that failed is run again bit for bit by --seed.`;

const options = {
  seeds: { type: "string", default: "1000" },
  from: { type: "string", default: "0" },
  workers: { type: "string", default: "2" },
  seed: { type: "string" },
  trace: { type: "boolean", default: false },
  mutations: { type: "boolean", default: false },
  within: { type: "string", default: "400" },
  big: { type: "boolean", default: false },
  users: { type: "string", default: "1000000" },
  edges: { type: "string", default: "3000" },
  places: { type: "string", default: "300" },
  minutes: { type: "string", default: "60" },
  help: { type: "boolean", default: false },
} as const;

const { values } = checked(() => parseArgs({ options }));
if (values.help) console.log(HELP);
else if (values.seed !== undefined) one(whole("seed", values.seed), values.trace);
else if (values.big) big(whole("seed", values.from));
else if (values.mutations) await mutations(whole("within", values.within), whole("workers", values.workers));
else await many(whole("from", values.from), whole("seeds", values.seeds), whole("workers", values.workers));

function whole(name: string, text: string): number {
  return checked(() => {
    const number = Number(text);
    if (Number.isSafeInteger(number) && number >= 0) return number;
    throw new Error(`--${name} is a whole number, and not "${text}"`);
  });
}

function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    return process.exit(2) as never;
  }
}

function one(seed: number, showsTrace: boolean): void {
  const outcome = runSeed(seed, showsTrace);
  for (const line of outcome.trace) console.log(line);
  show(outcome);
  console.log(
    `seed ${seed}: ${outcome.events} events in ${(outcome.simulatedMs / 1000).toFixed(1)} simulated seconds, ` +
      `${outcome.admitted} admissions, hash ${outcome.hash}`,
  );
  if (outcome.wrongs.length > 0) process.exitCode = 1;
}

function big(seed: number): void {
  const { users, edges, places, minutes } = values;
  const figures = new Figures((minute, report) => {
    const cpuSeconds = Math.round(process.cpuUsage().user / 1e6);
    process.stderr.write(`minute ${minute}: ${cpuSeconds} s of processor time\n`);
    // The whole may take hours, and not come to its end.
    if (minute % 5 === 0) console.log(JSON.stringify({ minute, ...report(), cpuSeconds }));
  });
  const scale = {
    seed,
    users: whole("users", users),
    edges: whole("edges", edges),
    places: whole("places", places),
    minutes: whole("minutes", minutes),
  };
  const beganAtMs = performance.now();
  const outcome = runWorld(bigScenario(scale), false, figures);
  show(outcome);
  const { hash, events, admitted } = outcome;
  const cpuSeconds = Math.round(process.cpuUsage().user / 1e6);
  const seconds = Math.round((performance.now() - beganAtMs) / 1000);
  const all = { ...scale, hash, events, admitted, ...figures.report(outcome.waited), seconds, cpuSeconds };
  console.log(JSON.stringify(all, null, 2));
}

function show({ seed, hash, wrongs }: Ran): void {
  if (wrongs.length === 0) return;
  console.log(`seed ${seed} FAILED (hash ${hash}); again: npm run simulate -- --seed ${seed} --trace`);
  for (const { atMs, rule, what } of wrongs) console.log(`  ${(atMs / 1000).toFixed(3)} s  ${rule}: ${what}`);
}

async function many(from: number, count: number, workers: number): Promise<void> {
  const beganAtMs = performance.now();
  const isTerminal = process.stderr.isTTY;
  const onBatch = (done: number, failed: number) => {
    if (isTerminal) process.stderr.write(`\r${done} of ${count} worlds, ${failed} failed `);
  };
  const all = await runSeeds({ from, count, workers, onBatch });
  if (isTerminal) process.stderr.write("\n");
  const failed = all.filter(({ wrongs }) => wrongs.length > 0);
  failed.forEach(show);
  const sum = (of: (ran: Ran) => number) => all.reduce((total, ran) => total + of(ran), 0);
  const most = (of: (ran: Ran) => number) => all.reduce((highest, ran) => Math.max(highest, of(ran)), 0);
  const seconds = (performance.now() - beganAtMs) / 1000;
  console.log(
    [
      `${all.length} worlds, seeds ${from} to ${from + count - 1}: ${failed.length} failed`,
      `${(sum(({ simulatedMs }) => simulatedMs) / 3_600_000).toFixed(1)} simulated hours, ${sum(({ events }) => events)} events, ` +
        `${sum(({ people }) => people)} people, ${sum(({ admitted }) => admitted)} admissions`,
      `longest that a region that was well took nobody: ${(most((ran) => ran.longestIdleRegionMs) / 1000).toFixed(1)} s`,
      `longest that all edges used a region that Control called ejected: ${(most((ran) => ran.longestWronglyOutMs) / 1000).toFixed(1)} s`,
      `longest that slots were free, people waited and nobody came in: ${(most((ran) => ran.longestIdleSlotMs) / 1000).toFixed(1)} s`,
      `${seconds.toFixed(0)} s on ${workers} threads`,
    ].join("\n"),
  );
  if (failed.length > 0) process.exitCode = 1;
}

async function mutations(within: number, workers: number): Promise<void> {
  for (const { name, rule } of MUTATIONS) {
    const all = await runSeeds({ from: 0, count: within, workers, mutation: name, stopsAtWrong: true });
    const caught = all.find(({ wrongs }) => wrongs.length > 0);
    const how = caught === undefined ? "NOT CAUGHT" : `seed ${caught.seed}: ${caught.wrongs[0]?.rule}`;
    console.log(`${how.padEnd(24)} ${name} (${rule})`);
    if (caught === undefined) process.exitCode = 1;
  }
}
