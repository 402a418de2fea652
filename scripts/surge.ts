/** `npm run surge`: thousands of users at once before a room, over eight edges on bare workerd; tells what they saw. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Crowd, grownPositions, issueErrors, peakActive, sleep, type Visitor } from "./lib/crowd.ts";
import { crowdToml } from "./lib/crowd-toml.ts";
import { type RunningEdge, startEdge } from "./lib/edge.ts";
import { freePorts } from "./lib/free-ports.ts";
import { percentile } from "./lib/percentile.ts";

const { values } = parseArgs({
  options: {
    users: { type: "string", default: "10000" },
    limit: { type: "string", default: "100" },
    edges: { type: "string", default: "8" },
    seconds: { type: "string", default: "120" },
    within: { type: "string", default: "1" },
  },
});
const users = Number(values.users);
const limit = Number(values.limit);
const edges = Number(values.edges);
const runMs = Number(values.seconds) * 1000;
const arrivalMs = Number(values.within) * 1000;

const SESSION_MS = 5_000;
/** Between a user's first request and the end of the session after the last one. */
const SHORTEST_STAY_MS = 5_000;
const LONGEST_STAY_MS = 60_000;
const SAMPLE_EVERY_MS = 250;
/** Until the room is full: not counted. */
const WARM_UP_MS = 5_000;
const TOKEN = "surge-token-0123456789abcdef0123";

interface Sample {
  readonly atMs: number;
  readonly waiting: number;
  readonly active: number;
  readonly leased: number;
}

const scratch = mkdtempSync(join(tmpdir(), "tidegate-surge-"));
const origin = createServer((_, response) => response.end("ok\n"));
await new Promise<void>((resolve) => origin.listen(0, "127.0.0.1", resolve));
const { port } = origin.address() as AddressInfo;
const edge = await startEdge({
  toml: crowdToml(`http://127.0.0.1:${port}`, `active_limit = ${limit}\nsession = "${SESSION_MS}ms"`),
  environment: "development",
  host: "127.0.0.1",
  port: await freePorts(edges),
  edges,
  dataDir: join(scratch, "data"),
  env: { ...process.env, TIDEGATE_ADMIN_TOKEN: TOKEN },
  log: (line) => console.error(line),
});
try {
  report(...(await surge(edge)));
} finally {
  await edge.stop();
  origin.close();
  origin.closeAllConnections();
  rmSync(scratch, { recursive: true, force: true });
}

async function surge({ urls }: RunningEdge): Promise<[Crowd, Sample[], number]> {
  const crowd = new Crowd({ urls });
  const startMs = performance.now();
  const samples: Sample[] = [];
  const sampling = (async () => {
    while (performance.now() - startMs < runMs) {
      samples.push(await sample(urls[0] ?? ""));
      await sleep(SAMPLE_EVERY_MS);
    }
  })();
  const all = Array.from({ length: users }, async (_, index) => {
    await sleep((index * arrivalMs) / users);
    const visitor = await crowd.join(index).catch(() => undefined);
    if (visitor === undefined) return;
    await crowd.wait(visitor);
    const stayMs = SHORTEST_STAY_MS + Math.random() * (LONGEST_STAY_MS - SHORTEST_STAY_MS);
    if (visitor.admittedAtMs !== undefined) {
      await crowd.stay(visitor, { forMs: stayMs - SESSION_MS, everyMs: 2_000 });
    }
  });
  await sampling;
  crowd.close();
  await Promise.all(all);
  return [crowd, samples, startMs];
}

async function sample(url: string): Promise<Sample> {
  const answer = await fetch(`${url}/.tidegate/admin/api/status`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  const { rooms } = (await answer.json()) as { rooms: Omit<Sample, "atMs">[] };
  const { waiting = 0, active = 0, leased = 0 } = rooms[0] ?? {};
  return { atMs: performance.now(), waiting, active, leased };
}

function report({ visitors }: Crowd, samples: readonly Sample[], startMs: number): void {
  const warm = samples.filter(({ atMs, waiting }) => atMs - startMs >= WARM_UP_MS && waiting > 0);
  const used = warm.map(({ active }) => active / limit);
  const joins = visitors.filter(({ positions, admittedAtMs }) => positions.length > 0 || admittedAtMs);
  const joinedMs = Math.max(...joins.map(({ joinedAtMs }) => joinedAtMs)) - startMs;
  const gaps = handovers(visitors);
  const errors = issueErrors(visitors);
  const places = errors.map(({ error }) => Math.abs(error));
  const shares = errors.map(({ ahead, error }) => Math.abs(error) / (ahead + 1));
  const within = errors.filter(({ ahead, error }) => Math.abs(error) <= Math.max(2, 0.01 * (ahead + 1)));
  const answeredMs = joins.flatMap(
    ({ joinedAtMs, answeredAtMs }) => (answeredAtMs ?? Number.NaN) - joinedAtMs,
  );
  console.log(
    [
      `${users} users within ${arrivalMs / 1000} s, room of ${limit}, ${edges} edges, ${runMs / 1000} s`,
      `answered joins            ${joins.length}, the last sent after ${(joinedMs / 1000).toFixed(1)} s`,
      `admitted                  ${visitors.filter(({ admittedAtMs }) => admittedAtMs !== undefined).length}`,
      `turned away while in      ${visitors.reduce((sum, { turnedAway }) => sum + turnedAway.length, 0)}`,
      `peak active, by users     ${peakActive(visitors, SESSION_MS)}`,
      `peak active + leased      ${Math.max(...samples.map(({ active, leased }) => active + leased))}`,
      `active while some wait    mean ${percent(mean(used))}, 5th percentile ${percent(percentile(used, 0.05))}`,
      `freed slot to next user   p50 ${seconds(percentile(gaps, 0.5))}, p95 ${seconds(percentile(gaps, 0.95))}, most ${seconds(Math.max(...gaps))}`,
      `positions that grew       ${grownPositions(visitors).length}`,
      `polls a second            ${(visitors.reduce((sum, { polls }) => sum + polls, 0) / (runMs / 1000)).toFixed(0)}`,
      `told first                ${errors.length} positions, ${percent(within.length / errors.length)} within 1 % or two places`,
      `off the place in line     p50 ${percentile(places, 0.5)}, p95 ${percentile(places, 0.95)}, most ${Math.max(...places)} places; p50 ${percent(percentile(shares, 0.5))}, p95 ${percent(percentile(shares, 0.95))}, most ${percent(Math.max(...shares))}`,
      `first answer after        p50 ${seconds(percentile(answeredMs, 0.5))}, p95 ${seconds(percentile(answeredMs, 0.95))}`,
    ].join("\n"),
  );
}

/**
 * From each slot's end to the next admission after the room was full: the k-th end is taken by the k-th admission. A
 * slot ends when its user has asked for nothing for a session, and the tenth of one that passes are signed for besides.
 */
function handovers(visitors: readonly Visitor[]): number[] {
  const admissions = visitors.flatMap(({ admittedAtMs }) => admittedAtMs ?? []).sort((a, b) => a - b);
  const ends = visitors.flatMap(({ lastUsedAtMs }) =>
    lastUsedAtMs === undefined ? [] : lastUsedAtMs + 1.1 * SESSION_MS,
  );
  ends.sort((a, b) => a - b);
  return admissions.slice(limit).flatMap((atMs, index) => {
    const end = ends[index];
    return end === undefined ? [] : Math.max(0, atMs - end);
  });
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
