// How a demo region breaks: which fault strikes a request, and what it then does to the socket.
import type { Socket } from "node:net";
import { type Answer, headOf, json } from "./answer.ts";
import type { Fault, Scope, Settings } from "./settings.ts";

export const HEALTH_PATH = "/healthz";

const SLOW_BYTE_MS = 200;
const TRICKLE_BYTES_PER_SECOND = 1024;
const TRICKLE_TICK_MS = 125;
/** A trickled body lasts at least this long, as if the answer were a page. */
const TRICKLE_MIN_BYTES = 4 * TRICKLE_BYTES_PER_SECOND;

/** The fault that strikes this request; `random` is in [0, 1). */
export function chooseFault(
  { fault, faultRate, scope }: Settings,
  request: { method: string; path: string },
  random: number,
): Fault {
  if (random >= faultRate || !inScope(scope, request)) return "none";
  if (fault === "grey") return request.path === HEALTH_PATH ? "none" : "status-500";
  // The listener takes care of these while they last.
  if (fault === "flap") return "none";
  return fault;
}

function inScope(scope: Scope, { method, path }: { method: string; path: string }): boolean {
  const isRead = method === "GET" || method === "HEAD";
  switch (scope) {
    case "all":
      return true;
    case "traffic":
      return path !== HEALTH_PATH;
    case "health":
      return path === HEALTH_PATH;
    case "reads":
      return isRead;
    case "writes":
      return !isRead;
    default:
      return path.startsWith(scope);
  }
}

/** Faults that are a good connection with a bad status: the answer that goes out instead. */
export function spoil(fault: Fault, good: Answer, region: string): Answer {
  switch (fault) {
    case "status-500":
      return json(500, { error: "fault", region });
    case "status-503":
      return json(503, { error: "fault", region });
    case "status-503-retry-after":
      return json(503, { error: "fault", region }, [["Retry-After", "2"]]);
    default:
      return good;
  }
}

export const SOCKET_FAULTS = [
  "close",
  "refuse",
  "reset",
  "hang",
  "slow-headers",
  "headers-then-hang",
  "truncate",
  "trickle",
  "malformed",
] as const satisfies readonly Fault[];
export type SocketFault = (typeof SOCKET_FAULTS)[number];

export function isSocketFault(fault: Fault): fault is SocketFault {
  return (SOCKET_FAULTS as readonly Fault[]).includes(fault);
}

/**
 * Answers on the raw socket in the broken way. `onDone` is called just before the region itself ends the connection: a
 * close that comes without it was the client's.
 */
export function strike(fault: SocketFault | "none", socket: Socket, good: Answer, onDone: () => void): void {
  const finish = (last: string | Buffer = "") => {
    onDone();
    socket.end(last);
  };
  switch (fault) {
    case "none":
      finish(Buffer.concat([Buffer.from(headOf(good), "latin1"), good.body]));
      break;
    case "close":
    case "refuse":
      finish();
      break;
    case "reset":
      onDone();
      socket.resetAndDestroy();
      break;
    case "hang":
      break;
    case "slow-headers":
      drip(socket, Buffer.from(headOf(good), "latin1"), 1, SLOW_BYTE_MS, () => finish(good.body));
      break;
    case "headers-then-hang":
      socket.write(headOf(good), "latin1");
      break;
    case "truncate":
      socket.write(headOf(good), "latin1");
      finish(good.body.subarray(0, Math.floor(good.body.length / 2)));
      break;
    case "trickle": {
      const padding = Buffer.alloc(Math.max(0, TRICKLE_MIN_BYTES - good.body.length), " ");
      const long = { ...good, body: Buffer.concat([good.body, padding]) };
      socket.write(headOf(long), "latin1");
      drip(socket, long.body, (TRICKLE_BYTES_PER_SECOND * TRICKLE_TICK_MS) / 1000, TRICKLE_TICK_MS, finish);
      break;
    }
    case "malformed":
      finish("HTTP/1.1 two-hundred OK\r\nContent-Length: plenty\r\n\r\nthis is not HTTP");
      break;
  }
}

function drip(socket: Socket, bytes: Buffer, size: number, everyMs: number, onEnd: () => void): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (sent >= bytes.length) {
      clearInterval(timer);
      onEnd();
      return;
    }
    socket.write(bytes.subarray(sent, sent + size));
    sent += size;
  }, everyMs);
  socket.once("close", () => clearInterval(timer));
}
