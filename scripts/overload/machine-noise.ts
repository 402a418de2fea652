/** What the machine itself adds to an answer, measured beside a run: a server that does nothing, asked by the clock. */
import { Agent, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exchange } from "../lib/crowd.ts";

const EVERY_MS = 20;

export interface Noise {
  /** How long each answer took from its due time, milliseconds. */
  stop(): Promise<readonly number[]>;
}

/** In this very process, as the senders of a run are: what delays it delays them. */
export async function listenToNoise(): Promise<Noise> {
  const server = createServer((_, response) => response.end("ok\n"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const agent = new Agent({ keepAlive: true });
  const tookMs: number[] = [];
  let dueMs = performance.now();
  const timer = setInterval(() => {
    dueMs += EVERY_MS;
    const wasDueMs = dueMs;
    exchange(agent, url, "/", "GET", {}).then(
      ({ atMs }) => tookMs.push(Math.max(0, atMs - wasDueMs)),
      () => {},
    );
  }, EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      agent.destroy();
      server.closeAllConnections();
      server.close();
      return tookMs;
    },
  };
}
