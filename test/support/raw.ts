// Raw sockets: the exact bytes of a request out, the exact bytes of a response in.
import { connect, type Socket } from "node:net";
import { atEnd } from "./cleanup.ts";
import { parseResponse, type RawResponse } from "./raw-response.ts";

export { header, headers } from "./raw-response.ts";
export type { RawResponse };

const ANSWER_DEADLINE_MS = 10_000;

/** Sends the bytes and reads one whole response, or what there is of it when the connection ends. */
export function sendRaw(url: string, request: string | Buffer): Promise<RawResponse> {
  const connection = openRaw(url);
  connection.socket.write(request);
  return connection.response(String(request).startsWith("HEAD ")).finally(() => connection.socket.destroy());
}

/** A request with exactly this target and these headers, `Host` and `Connection: close` apart. */
export function rawRequest(
  url: string,
  method: string,
  target: string,
  lines: readonly string[] = [],
  body = "",
): string {
  const head = [`${method} ${target} HTTP/1.1`, `Host: ${new URL(url).host}`, "Connection: close", ...lines];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}

export interface RawConnection {
  socket: Socket;
  received(): Buffer;
  /** When each chunk came, with its text. */
  chunks: { atMs: number; text: string }[];
  response(isHead?: boolean): Promise<RawResponse>;
}

export function openRaw(url: string, { allowHalfOpen = false } = {}): RawConnection {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true, allowHalfOpen });
  atEnd(() => socket.destroy());
  let received = Buffer.alloc(0);
  const chunks: RawConnection["chunks"] = [];
  socket.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]);
    chunks.push({ atMs: Date.now(), text: chunk.toString("latin1") });
  });
  let failure: Error | undefined;
  socket.on("error", (error) => {
    failure = error;
  });
  return {
    socket,
    chunks,
    received: () => received,
    response: (isHead = false) =>
      new Promise((resolve, reject) => {
        const fail = (why: string): undefined => {
          settle(() => reject(new Error(`${why}; received: ${JSON.stringify(received.toString("latin1"))}`)));
        };
        const timer = setTimeout(
          () => fail(`no whole answer in ${ANSWER_DEADLINE_MS} ms`),
          ANSWER_DEADLINE_MS,
        );
        const settle = (act: () => void) => {
          clearTimeout(timer);
          socket.removeListener("data", look);
          socket.removeListener("close", close);
          act();
        };
        const read = (hasEnded: boolean) => {
          try {
            return parseResponse(received, isHead, hasEnded);
          } catch (error) {
            return fail(String(error));
          }
        };
        const look = () => {
          const response = read(false);
          if (response?.isComplete) settle(() => resolve(response));
        };
        const close = () => {
          const response = read(true);
          if (response) settle(() => resolve(response));
          else fail(`the connection ended without an answer (${failure?.message ?? "closed"})`);
        };
        socket.on("data", look);
        socket.on("close", close);
        look();
        if (socket.destroyed) close();
      }),
  };
}
