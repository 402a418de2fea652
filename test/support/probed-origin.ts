// An origin in the test's own process whose health answer a test writes, and that keeps when each probe came.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { atEnd } from "./cleanup.ts";

export interface ProbedOrigin {
  readonly name: string;
  readonly url: string;
  /** When each request for /healthz came, epoch milliseconds. */
  readonly probedAtMs: readonly number[];
  /** Requests for all else. */
  requests(): number;
  /** Headers of the next health answers. */
  answerProbesWith(headers: Record<string, string>): void;
}

export async function startProbedOrigin(name: string): Promise<ProbedOrigin> {
  const probedAtMs: number[] = [];
  let requests = 0;
  let headers: Record<string, string> = {};
  const server = createServer((message, response) => {
    message.resume();
    const isProbe = message.url === "/healthz";
    if (isProbe) probedAtMs.push(Date.now());
    else requests++;
    response.writeHead(200, { "Content-Type": "text/plain", ...(isProbe ? headers : {}) });
    response.end("ok\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    name,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    probedAtMs,
    requests: () => requests,
    answerProbesWith(next) {
      headers = next;
    },
  };
}
