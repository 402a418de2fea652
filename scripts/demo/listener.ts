// A region's listening socket, which a fault can close and open again on the same port.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Counts } from "./counts.ts";
import type { Settings } from "./settings.ts";

const HOST = "127.0.0.1";
const REOPEN_MS = 50;

export class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #flap: NodeJS.Timeout | undefined;

  constructor(server: Server, counts: Counts, settings: () => Settings) {
    this.#server = server;
    server.on("connection", (socket: Socket) => {
      counts.connections++;
      counts.connectionsTotal++;
      this.#sockets.add(socket);
      socket.on("error", () => {}); // A client may reset at any time.
      socket.once("close", () => {
        counts.connections--;
        this.#sockets.delete(socket);
      });
      const { fault, faultRate } = settings();
      if (fault === "close" && Math.random() < faultRate) socket.destroy();
    });
  }

  async open(port: number): Promise<number> {
    this.#server.listen(port, HOST);
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
    return this.#port;
  }

  /** Brings the socket into the state that the fault asks for. */
  async follow({ fault, flapMs }: Settings): Promise<void> {
    clearInterval(this.#flap);
    if (fault === "refuse") return this.#shut();
    if (fault !== "flap") return this.#reopen();
    this.#shut();
    let isDown = true;
    this.#flap = setInterval(() => {
      isDown = !isDown;
      if (isDown) this.#shut();
      else void this.#reopen();
    }, flapMs);
  }

  #shut(): void {
    if (this.#server.listening) this.#server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Another process may hold the port for a moment (a client's side of a connection): tries until it is free. */
  async #reopen(): Promise<void> {
    while (!this.#server.listening) {
      this.#server.listen(this.#port, HOST);
      const isOpen = await once(this.#server, "listening").then(
        () => true,
        () => false,
      );
      if (!isOpen) await new Promise((resolve) => setTimeout(resolve, REOPEN_MS));
    }
  }
}
