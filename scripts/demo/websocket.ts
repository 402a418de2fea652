// The WebSocket echo at /ws: text and binary back as they came, `close:CODE` closes with that code.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, WebSocketServer } from "ws";
import { add, type Counts } from "./counts.ts";
import type { Fault } from "./settings.ts";

export const WEBSOCKET_PATH = "/ws";

/** The faults that break an open socket as they break a body: silence, an end in the middle, all of it late. */
export const OPEN_SOCKET_FAULTS: readonly Fault[] = ["headers-then-hang", "truncate", "trickle"];
const LATE_MS = 1_000;

export type Upgrade = (message: IncomingMessage, socket: Duplex, head: Buffer, fault: Fault) => void;

export function echoWebSocket(region: string, counts: Counts): Upgrade {
  const server = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has("tidegate.echo") ? "tidegate.echo" : false),
  });
  return (message, socket, head, fault) =>
    server.handleUpgrade(message, socket, head, (webSocket) => {
      counts.webSockets++;
      const send = (data: RawData | string, options = {}) => {
        if (fault === "headers-then-hang") return;
        setTimeout(() => webSocket.send(data, options), fault === "trickle" ? LATE_MS : 0);
      };
      send(JSON.stringify({ region }));
      if (fault === "truncate") setTimeout(() => webSocket.terminate());
      webSocket.on("message", (data, isBinary) => {
        const close = isBinary ? null : /^close:(\d{4})$/.exec(data.toString());
        if (close) webSocket.close(Number(close[1]), "as you wish");
        else send(data, { binary: isBinary });
      });
      webSocket.on("error", () => webSocket.terminate());
      webSocket.on("close", (code) => {
        counts.webSockets--;
        add(counts.webSocketCloses, String(code));
      });
    });
}
