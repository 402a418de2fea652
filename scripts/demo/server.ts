// One demo wallet region: a request's way from the socket through delay, capacity and fault to its answer.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type Answer, answer, json, send } from "./answer.ts";
import { controlServer } from "./control.ts";
import { type Counts, countAbort, countRequest, newCounts } from "./counts.ts";
import { chooseFault, HEALTH_PATH, isSocketFault, spoil, strike } from "./faults.ts";
import { LAB } from "./lab.ts";
import { STREAMS } from "./lab-streams.ts";
import { Listener } from "./listener.ts";
import { find, type RegionRequest, type Resource, splitTarget } from "./resource.ts";
import { defaultSettings, type Fault, type Settings } from "./settings.ts";
import { walletResources } from "./wallet.ts";
import { echoWebSocket, OPEN_SOCKET_FAULTS, WEBSOCKET_PATH } from "./websocket.ts";

const SLOW_FAULT_MS = 1_000;
/** What a stream would have sent that a fault breaks: more than any proxy reads before it passes on. */
const STRUCK_STREAM_BYTES = 128 * 1024;
/** Longer than any proxy keeps an idle connection, so that a request never meets a connection being closed. */
const KEEP_ALIVE_MS = 65_000;

export interface Region {
  url: string;
  controlUrl: string;
}

export interface RegionOptions extends Partial<Settings> {
  name: string;
  /** 0 takes a free one. */
  port: number;
  controlPort?: number;
}

export async function startRegion({ name, port, controlPort = 0, ...given }: RegionOptions): Promise<Region> {
  let settings: Settings = { ...defaultSettings(), ...given };
  const counts = newCounts();
  const resources = [...walletResources(), ...LAB, ...STREAMS];
  const upgrade = echoWebSocket(name, counts);

  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: 0,
    shouldUpgradeCallback: (message) => message.headers.upgrade?.toLowerCase() === "websocket",
  });
  const listener = new Listener(server, counts, () => settings);

  server.on("request", async (message: IncomingMessage, response: ServerResponse) => {
    const visit = arrive(message, counts);
    response.once("close", () => visit.leave(response.writableFinished));
    response.setHeader("X-Region", name);
    try {
      await serve({ region: name, message, parts: [], counts, ...visit }, response, settings, resources);
    } catch (error) {
      // The request's body broke off: its client has left and waits for nothing.
      if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
    }
  });
  server.on("upgrade", (message: IncomingMessage, socket: Socket, head: Buffer) => {
    const visit = arrive(message, counts);
    socket.once("close", () => visit.leave(true));
    const fault = chooseFault(settings, visit, Math.random());
    const refusal = spoil(fault, json(404, { error: "not-found", region: name }), name);
    const isOpenThen = visit.path === WEBSOCKET_PATH && OPEN_SOCKET_FAULTS.includes(fault);
    if (isSocketFault(fault) && !isOpenThen) strike(fault, socket, refusal, visit.end);
    else if (visit.path !== WEBSOCKET_PATH || refusal.status >= 500)
      strike("none", socket, refusal, visit.end);
    else setTimeout(() => upgrade(message, socket, head, fault), delayOf(settings, fault));
  });
  server.on("connect", (message: IncomingMessage, socket: Socket) => {
    const visit = arrive(message, counts);
    socket.once("close", () => visit.leave(true));
    socket.end("HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });

  const control = controlServer({
    name,
    counts,
    settings: () => settings,
    change: (next) => {
      settings = next;
      return listener.follow(next);
    },
  });
  const openPort = await listener.open(port);
  control.listen(controlPort, "127.0.0.1");
  await once(control, "listening");
  await listener.follow(settings);
  return {
    url: `http://127.0.0.1:${openPort}`,
    controlUrl: `http://127.0.0.1:${(control.address() as AddressInfo).port}`,
  };
}

async function serve(
  request: RegionRequest,
  response: ServerResponse,
  settings: Settings,
  resources: readonly Resource[],
): Promise<void> {
  const { method, path, counts, region, message } = request;
  const fault = chooseFault(settings, request, Math.random());
  const delayMs = delayOf(settings, fault);
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  const isOverloaded = settings.capacity > 0 && counts.inFlight > settings.capacity && path !== HEALTH_PATH;
  if (isOverloaded) {
    counts.refused++;
    return send(response, json(503, { error: "at-capacity", region }, [["Retry-After", "1"]]));
  }
  const found = find(resources, method, path, region);
  if (found.kind === "resource" && found.resource.kind === "stream" && !isBroken(fault)) {
    return found.resource.stream({ ...request, parts: found.parts }, response);
  }
  // A payment is read and counted before the fault strikes: that it arrived is what tests count.
  let good = found.kind === "answer" ? found.answer : struckStream();
  if (found.kind === "resource" && found.resource.kind === "answer") {
    good = await found.resource.answer({ ...request, parts: found.parts });
  }
  if (response.destroyed) return;
  if (isSocketFault(fault)) strike(fault, message.socket, good, request.end);
  else send(response, spoil(fault, good, region));
}

/** Whether the answer itself is another one than without the fault. */
function isBroken(fault: Fault): boolean {
  return fault !== "none" && fault !== "delay-1s";
}

function struckStream(): Answer {
  return answer(200, "application/octet-stream", Buffer.alloc(STRUCK_STREAM_BYTES, "s"));
}

function delayOf({ delayMs }: Settings, fault: string): number {
  return fault === "delay-1s" ? delayMs + SLOW_FAULT_MS : delayMs;
}

interface Visit extends Pick<RegionRequest, "method" | "path" | "query" | "end"> {
  leave(isComplete: boolean): void;
}

function arrive(message: IncomingMessage, counts: Counts): Visit {
  const method = message.method ?? "GET";
  const { path, query } = splitTarget(message.url ?? "/");
  const startMs = Date.now();
  let isOurs = false;
  countRequest(counts, message, path);
  return {
    method,
    path,
    query,
    end: () => {
      isOurs = true;
    },
    leave: (isComplete) => {
      counts.inFlight--;
      if (isComplete || isOurs) return;
      const atMs = Date.now();
      countAbort(counts, { method, path, atMs, afterMs: atMs - startMs });
    },
  };
}
