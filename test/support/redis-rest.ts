// The REST interface of Upstash in front of a real Redis: what @upstash/redis speaks, with faults to order.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Connection, RedisError, type Reply, Status } from "./resp.ts";

export type Fault =
  | { readonly kind: "none" }
  /** Carries out at once, answers late. */
  | { readonly kind: "slow"; readonly ms: number }
  | { readonly kind: "status"; readonly status: number; readonly body: string }
  | { readonly kind: "garbage"; readonly body: string }
  | { readonly kind: "hang" }
  /** Carries out and closes the connection without an answer. */
  | { readonly kind: "drop" };

export interface RedisRest {
  readonly url: string;
  readonly token: string;
  fault: Fault;
  /** What TIME answers more than the truth, so that a test can let time pass. */
  aheadMs: number;
  /** HTTP requests and commands so far. */
  requests: number;
  commands: number;
  /** Of the last request. */
  headers: IncomingHttpHeaders;
  close(): Promise<void>;
}

type Command = unknown[];

/** Upstash's scripts begin with a line that a plain Redis refuses. */
const FLAGS = /^#!lua[^\n]*\n/;

export async function startRedisRest(redis: Connection): Promise<RedisRest> {
  const token = createHash("sha256").update(String(process.pid)).digest("base64url");
  // SHA-1 of a script as it was sent -> of the script as Redis got it.
  const hashes = new Map<string, string>();
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const rest: RedisRest = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    fault: { kind: "none" },
    aheadMs: 0,
    requests: 0,
    commands: 0,
    headers: {},
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return rest;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { fault } = rest;
    rest.requests += 1;
    rest.headers = request.headers;
    const json = (status: number, body: unknown) =>
      response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    const text = await bodyOf(request);
    if (request.headers.authorization !== `Bearer ${token}`) {
      return void json(401, { error: "WRONGPASS invalid or missing auth token" });
    }
    if (fault.kind === "hang") return;
    if (fault.kind === "status") return void response.writeHead(fault.status).end(fault.body);
    if (fault.kind === "garbage") return void response.writeHead(200).end(fault.body);
    const encode = request.headers["upstash-encoding"] === "base64" ? base64 : plain;
    const { status, body } = await carryOut(request.url ?? "/", JSON.parse(text), encode);
    if (fault.kind === "drop") return void request.socket.destroy();
    if (fault.kind === "slow") await new Promise((resolve) => setTimeout(resolve, fault.ms));
    json(status, body);
  }

  async function carryOut(path: string, body: unknown, encode: (reply: Reply) => unknown) {
    const wrapped = (reply: Reply) =>
      reply instanceof RedisError ? { error: reply.message } : { result: encode(reply) };
    if (path === "/") {
      const reply = wrapped(await run(body as Command));
      return { status: "error" in reply ? 400 : 200, body: reply };
    }
    const commands = body as Command[];
    if (path === "/pipeline") {
      const replies = await Promise.all(commands.map(run));
      return { status: 200, body: replies.map(wrapped) };
    }
    if (path !== "/multi-exec") return { status: 404, body: { error: `ERR no such path ${path}` } };
    const all = await Promise.all([run(["MULTI"]), ...commands.map(run), run(["EXEC"])]);
    const result = all.at(-1) ?? null;
    if (!Array.isArray(result)) return { status: 400, body: wrapped(result) };
    return { status: 200, body: result.map(wrapped) };
  }

  async function run(command: Command): Promise<Reply> {
    rest.commands += 1;
    const [name, first, ...others] = command;
    switch (String(name).toUpperCase()) {
      case "EVAL": {
        const script = String(first).replace(FLAGS, "");
        hashes.set(sha1(String(first)), sha1(script));
        return redis.send([name, script, ...others]);
      }
      case "EVALSHA":
        return redis.send([name, hashes.get(String(first)) ?? first, ...others]);
      case "TIME":
        return later(await redis.send(command), rest.aheadMs);
      default:
        return redis.send(command);
    }
  }
}

function later(time: Reply, ms: number): Reply {
  if (!Array.isArray(time)) return time;
  const micros = Number(time[0]) * 1e6 + Number(time[1]) + ms * 1000;
  return [String(Math.floor(micros / 1e6)), String(micros % 1e6)];
}

function base64(reply: Reply): unknown {
  if (Array.isArray(reply)) return reply.map(base64);
  if (reply instanceof Status) return reply.text === "OK" ? "OK" : Buffer.from(reply.text).toString("base64");
  return typeof reply === "string" ? Buffer.from(reply).toString("base64") : reply;
}

function plain(reply: Reply): unknown {
  if (Array.isArray(reply)) return reply.map(plain);
  return reply instanceof Status ? reply.text : reply;
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
