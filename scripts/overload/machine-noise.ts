/** What the machine itself adds to an answer, measured beside a run: a server that does nothing, asked by the clock. */
import { Agent, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exchange, sleep } from "../lib/crowd.ts";

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
  const stopping = new AbortController();
  const listening = (async () => {
    const startMs = performance.now();
    for (let number = 0; !stopping.signal.aborted; number++) {
      const dueMs = startMs + number * EVERY_MS;
      const aheadMs = dueMs - performance.now();
      if (aheadMs > 1) await sleep(aheadMs);
      exchange(agent, url, "/", "GET", {}).then(
        ({ atMs }) => tookMs.push(atMs - dueMs),
        () => {},
      );
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await listening;
      agent.destroy();
      server.closeAllConnections();
      server.close();
      return tookMs;
    },
  };
}
