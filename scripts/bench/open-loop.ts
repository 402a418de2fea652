/** Sends requests by the clock, whether answers come or not, and tells how long answers took from their due time on. */
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { quantileOf } from "./statistics.ts";

export interface Latency {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failures: number;
}

const MAX_SOCKETS = 64;

export async function openLoop(
  url: string,
  headers: Readonly<Record<string, string>>,
  perSecond: number,
  seconds: number,
): Promise<Latency> {
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  const tookMs: number[] = [];
  let failures = 0;
  const send = (dueMs: number): Promise<void> =>
    new Promise((resolve) => {
      const failed = () => {
        failures += 1;
        resolve();
      };
      const sent = request(url, { agent, headers }, (answer) => {
        answer.resume().on("end", () => {
          if (answer.statusCode === 200) tookMs.push(performance.now() - dueMs);
          else failures += 1;
          resolve();
        });
      });
      sent.on("error", failed).end();
    });
  const startedMs = performance.now();
  const all: Promise<void>[] = [];
  for (let number = 0; number < perSecond * seconds; number++) {
    const dueMs = startedMs + (number * 1000) / perSecond;
    const aheadMs = dueMs - performance.now();
    if (aheadMs > 1) await sleep(aheadMs);
    all.push(send(dueMs));
  }
  await Promise.all(all);
  agent.destroy();
  return { perSecond, p50Ms: quantileOf(tookMs, 0.5), p99Ms: quantileOf(tookMs, 0.99), failures };
}
