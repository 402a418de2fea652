// The connections that a test's client keeps between requests.
import { Agent, type AgentOptions } from "node:http";
import type { Duplex } from "node:stream";

/**
 * workerd closes a connection that was idle for 15 s (measured; it cannot be set, workerd#7169), and a request that is sent
 * in the same moment is reset. After a burst many lie idle for that long, and the next burst takes them up: so none is used
 * again that was idle for a small part of it.
 */
const MOST_IDLE_MS = 1_000;

/** Before each request, {@link dropIdle}. */
export class KeptConnections extends Agent {
  readonly #freeSinceMs = new WeakMap<Duplex, number>();

  constructor(options: AgentOptions = {}) {
    super({ ...options, keepAlive: true });
  }

  override keepSocketAlive(socket: Duplex): void {
    this.#freeSinceMs.set(socket, performance.now());
    // It says whether the socket is kept, which its type leaves out.
    // biome-ignore lint/correctness/noVoidTypeReturn: the types of Node are behind
    return super.keepSocketAlive(socket);
  }

  /** Gives up the connections that were idle for too long to be used again. */
  dropIdle(): void {
    const untilMs = performance.now() - MOST_IDLE_MS;
    for (const sockets of Object.values(this.freeSockets)) {
      // The last one that became free is the first to be used: the longest idle are in front.
      for (const socket of sockets ?? []) {
        if ((this.#freeSinceMs.get(socket) ?? 0) > untilMs) break;
        socket.destroy();
      }
    }
  }
}
