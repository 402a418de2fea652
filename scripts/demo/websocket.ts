// The WebSocket echo at /ws: text and binary back as they came, `close:CODE` closes with that code.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { add, type Counts } from "./counts.ts";

export const WEBSOCKET_PATH = "/ws";

export type Upgrade = (message: IncomingMessage, socket: Duplex, head: Buffer) => void;

export function echoWebSocket(region: string, counts: Counts): Upgrade {
  const server = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has("tidegate.echo") ? "tidegate.echo" : false),
  });
  return (message, socket, head) =>
    server.handleUpgrade(message, socket, head, (webSocket) => {
      counts.webSockets++;
      webSocket.send(JSON.stringify({ region }));
      webSocket.on("message", (data, isBinary) => {
        const close = isBinary ? null : /^close:(\d{4})$/.exec(data.toString());
        if (close) webSocket.close(Number(close[1]), "as you wish");
        else webSocket.send(data, { binary: isBinary });
      });
      webSocket.on("error", () => webSocket.terminate());
      webSocket.on("close", (code) => {
        counts.webSockets--;
        add(counts.webSocketCloses, String(code));
      });
    });
}
