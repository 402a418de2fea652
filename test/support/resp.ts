// Speaks Redis's own protocol (RESP2) over a Unix socket: commands out, answers in their order.
import { once } from "node:events";
import { connect } from "node:net";

export class RedisError extends Error {}

/** A status line such as OK, which is no string of data. */
export class Status {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Reply = string | number | null | Status | RedisError | Reply[];

export interface Connection {
  send(command: readonly unknown[]): Promise<Reply>;
  close(): void;
}

export async function connectRedis(path: string): Promise<Connection> {
  const socket = connect(path);
  await once(socket, "connect");
  const waiting: ((reply: Reply) => void)[] = [];
  let buffer = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (let found = parse(buffer, 0); found !== undefined; found = parse(buffer, 0)) {
      buffer = buffer.subarray(found.end);
      waiting.shift()?.(found.reply);
    }
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    for (const settle of waiting.splice(0)) settle(new RedisError("ERR the connection is closed"));
  });
  return {
    send: (command) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        const parts = command.map((part) => Buffer.from(String(part)));
        const head = Buffer.from(`*${parts.length}\r\n`);
        socket.write(
          Buffer.concat([
            head,
            ...parts.flatMap((part) => [Buffer.from(`$${part.length}\r\n`), part, Buffer.from("\r\n")]),
          ]),
        );
      }),
    close: () => socket.destroy(),
  };
}

/** One answer from `start` on; undefined while it is not complete. */
function parse(buffer: Buffer, start: number): { reply: Reply; end: number } | undefined {
  const lineEnd = buffer.indexOf("\r\n", start);
  if (lineEnd < 0) return undefined;
  const line = buffer.toString("utf8", start + 1, lineEnd);
  const end = lineEnd + 2;
  switch (String.fromCharCode(buffer[start] ?? 0)) {
    case "+":
      return { reply: new Status(line), end };
    case "-":
      return { reply: new RedisError(line), end };
    case ":":
      return { reply: Number(line), end };
    case "$": {
      const length = Number(line);
      if (length < 0) return { reply: null, end };
      if (buffer.length < end + length + 2) return undefined;
      return { reply: buffer.toString("utf8", end, end + length), end: end + length + 2 };
    }
    default:
      return parseList(buffer, Number(line), end);
  }
}

function parseList(buffer: Buffer, length: number, start: number): { reply: Reply; end: number } | undefined {
  if (length < 0) return { reply: null, end: start };
  const replies: Reply[] = [];
  let end = start;
  for (let index = 0; index < length; index++) {
    const found = parse(buffer, end);
    if (found === undefined) return undefined;
    replies.push(found.reply);
    end = found.end;
  }
  return { reply: replies, end };
}
