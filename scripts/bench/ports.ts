/** Free ports, and waiting until somebody answers on one. */
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const TRIES = 200;

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** @throws when nothing answers within some ten seconds */
export async function untilAnswering(port: number): Promise<void> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const isThere = await fetch(`http://127.0.0.1:${port}/`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isThere) return;
    await sleep(50);
  }
  throw new Error(`nothing answers on port ${port}`);
}
