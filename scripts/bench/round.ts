/** One round of one contestant: wrk for some seconds, and what that cost its process. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Contestant } from "./contestants.ts";
import { cpuSeconds } from "./process-cost.ts";
import { admittedHeaders, PATH } from "./wallet-request.ts";

export interface Round {
  readonly cpuMicros: number;
  readonly perSecond: number;
}

export const CONNECTIONS = 32;

/** The Redis of a peer speaks through this process, so nothing here may block. */
export async function measureRound({ name, url, pid }: Contestant, seconds: number): Promise<Round> {
  const headers = Object.entries(await admittedHeaders(url)).flatMap(([field, value]) => [
    "-H",
    `${field}: ${value}`,
  ]);
  const before = cpuSeconds(pid);
  const { stdout: output } = await promisify(execFile)("wrk", [
    ...["-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, ...headers],
    url + PATH,
  ]);
  const cpu = cpuSeconds(pid) - before;
  const requests = Number(/(\d+) requests in/.exec(output)?.[1]);
  if (/Non-2xx|Socket errors/.test(output)) throw new Error(`${name} did not answer well:\n${output}`);
  return { cpuMicros: (cpu * 1e6) / requests, perSecond: requests / seconds };
}
