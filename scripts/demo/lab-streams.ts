// Resources whose body is a stream: large, slow, endless or cut short.
import { createHash } from "node:crypto";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { json, send } from "./answer.ts";
import { deterministicBytes } from "./bytes.ts";
import type { Counts } from "./counts.ts";
import { numberParameter, READ, type RegionRequest, type Resource } from "./resource.ts";

export const STREAMS: Resource[] = [
  { kind: "stream", path: /^\/bytes\/(\d{1,12})$/, methods: READ, stream: bytes },
  { kind: "stream", path: /^\/upload$/, methods: ["POST", "PUT"], stream: upload },
  { kind: "stream", path: /^\/events$/, methods: READ, stream: events },
  { kind: "stream", path: /^\/slow$/, methods: READ, stream: slow },
  { kind: "stream", path: /^\/drip$/, methods: READ, stream: drip },
  { kind: "stream", path: /^\/early-hints$/, methods: READ, stream: earlyHints },
  { kind: "stream", path: /^\/close-delimited$/, methods: ["GET"], stream: closeDelimited },
];

/** `?chunked=1`: no Content-Length. `?truncate=M`: M bytes of the promised N, then the end; `&reset=1`: then RST. */
async function bytes(
  { method, parts, query, counts, end }: RegionRequest,
  response: ServerResponse,
): Promise<void> {
  const length = Number(parts[0]);
  const isChunked = query.has("chunked");
  response.setHeader("Content-Type", "application/octet-stream");
  if (!isChunked) response.setHeader("Content-Length", length);
  if (method === "HEAD") return void response.end();
  if (!query.has("truncate")) {
    // The client may leave in the middle; the request's own close handler counts that.
    await pipeline(Readable.from(countedBytes(length, counts)), response).catch(() => {});
    return;
  }
  response.flushHeaders();
  for (const chunk of deterministicBytes(Math.min(length, numberParameter(query, "truncate", 0)))) {
    if (!response.write(chunk)) await once(response, "drain");
  }
  // Without the last chunk (or the rest of Content-Length) the message stays incomplete: RFC 9112, section 8.
  end();
  if (query.has("reset")) response.socket?.resetAndDestroy();
  else response.socket?.end();
}

function* countedBytes(length: number, counts: Counts): Generator<Buffer> {
  for (const chunk of deterministicBytes(length)) {
    counts.bytesSent += chunk.length;
    yield chunk;
  }
}

async function upload({ region, message, counts }: RegionRequest, response: ServerResponse): Promise<void> {
  const hash = createHash("sha256");
  let length = 0;
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      hash.update(chunk);
      length += chunk.length;
    }
  } catch {
    return; // The client left; the close handler counts that.
  }
  counts.uploads++;
  const declared = message.headers["content-length"] ?? null;
  send(response, json(200, { region, sha256: hash.digest("hex"), length, declared }));
}

/** `?every=MS&count=N`: N server-sent events, then the end; without a count they never end. */
function events({ region, method, query }: RegionRequest, response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  if (method === "HEAD") return void response.end();
  response.flushHeaders();
  const count = numberParameter(query, "count", Number.MAX_SAFE_INTEGER);
  let sent = 0;
  every(response, numberParameter(query, "every", 100), () => {
    if (sent >= count) return response.end();
    sent++;
    return response.write(
      `id: ${sent}\nevent: balance\ndata: ${JSON.stringify({ region, sent, at: Date.now() })}\n\n`,
    );
  });
}

/** `?ms=N`: the head after N milliseconds. */
function slow({ region, query }: RegionRequest, response: ServerResponse): void {
  const timer = setTimeout(() => send(response, json(200, { region })), numberParameter(query, "ms", 1_000));
  response.once("close", () => clearTimeout(timer));
}

/** `?ms=N&bytes=M`: the head at once, then M bytes in ten parts over N milliseconds. */
function drip({ method, query }: RegionRequest, response: ServerResponse): void {
  const length = numberParameter(query, "bytes", 1_000);
  response.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Length": length });
  if (method === "HEAD") return void response.end();
  response.flushHeaders();
  const body = Buffer.concat([...deterministicBytes(length)]);
  const part = Math.ceil(length / 10);
  let sent = 0;
  every(response, numberParameter(query, "ms", 1_000) / 10, () => {
    const chunk = body.subarray(sent, sent + part);
    sent += part;
    return sent >= length ? response.end(chunk) : response.write(chunk);
  });
}

/** 103 first, then the answer. */
function earlyHints({ region }: RegionRequest, response: ServerResponse): void {
  response.writeEarlyHints({ link: "</style.css>; rel=preload" });
  send(response, json(200, { region }));
}

/** Neither a length nor chunks: the connection's end is the body's (RFC 9112, section 6.3, the last case). */
function closeDelimited({ message, end }: RegionRequest): void {
  end();
  message.socket.end("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end\n");
}

/** Calls until the response has ended or its client has left. */
function every(response: ServerResponse, ms: number, call: () => unknown): void {
  const timer = setInterval(() => {
    call();
    if (response.writableEnded) clearInterval(timer);
  }, ms);
  response.once("close", () => clearInterval(timer));
}
