// A small whole answer of a demo region, kept as a value so that a fault can still spoil it on the way out.
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";

export interface Answer {
  status: number;
  headers: [name: string, value: string][];
  body: Buffer;
}

export function answer(
  status: number,
  type: string,
  body: string | Buffer,
  headers: Answer["headers"] = [],
): Answer {
  return { status, headers: [["Content-Type", type], ...headers], body: Buffer.from(body) };
}

export function json(status: number, value: unknown, headers: Answer["headers"] = []): Answer {
  return answer(status, "application/json; charset=utf-8", `${JSON.stringify(value)}\n`, [
    ["Cache-Control", "no-store"],
    ...headers,
  ]);
}

export function empty(status: number, headers: Answer["headers"] = []): Answer {
  return { status, headers, body: Buffer.alloc(0) };
}

/** The raw head; `close` says that the connection ends with this answer. */
export function headOf({ status, headers, body }: Answer): string {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`];
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  lines.push(`Content-Length: ${body.length}`, "Connection: close");
  return `${lines.join("\r\n")}\r\n\r\n`;
}

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const bodiless = status === 204 || status === 304;
  const flat = headers.flat();
  if (!bodiless) flat.push("Content-Length", String(body.length));
  response.writeHead(status, flat);
  response.end(bodiless ? undefined : body);
}

/** A request's whole body, or undefined when it is larger than `limit` bytes. */
export async function readBody(message: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= limit) chunks.push(chunk);
  }
  return length <= limit ? Buffer.concat(chunks) : undefined;
}
