// An origin in the test's own process whose bodies come whole, are cut off, stall or come slowly, as a test says.
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { atEnd } from "./cleanup.ts";

export interface Body {
  readonly bytes: number;
  readonly how: "whole" | "cut" | "stall" | "slow";
}

export interface BodyOrigin {
  readonly name: string;
  readonly url: string;
  requests(): number;
  /** Answers whose client, the edge, went away before their end. */
  left(): number;
  serve(body: Body): void;
}

export const SLOW_PIECES = 10;
export const SLOW_PIECE_MS = 100;

export async function startBodyOrigin(name: string): Promise<BodyOrigin> {
  let body: Body = { bytes: 100, how: "whole" };
  let requests = 0;
  let left = 0;
  const server = createServer((message, response) => {
    requests++;
    message.resume();
    response.once("close", () => {
      if (!response.writableEnded) left++;
    });
    send(response, body);
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
    requests: () => requests,
    left: () => left,
    serve(next) {
      body = next;
    },
  };
}

function send(response: ServerResponse, { bytes, how }: Body): void {
  response.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Length": bytes });
  const whole = Buffer.alloc(bytes, "b");
  const half = whole.subarray(0, Math.floor(bytes / 2));
  switch (how) {
    case "whole":
      response.end(whole);
      break;
    case "cut":
      response.write(half, () => response.socket?.end());
      break;
    case "stall":
      response.write(half);
      break;
    case "slow": {
      const size = Math.ceil(bytes / SLOW_PIECES);
      let sent = 0;
      const timer = setInterval(() => {
        response.write(whole.subarray(sent, sent + size));
        sent += size;
        if (sent < bytes) return;
        clearInterval(timer);
        response.end();
      }, SLOW_PIECE_MS);
      response.once("close", () => clearInterval(timer));
    }
  }
}
