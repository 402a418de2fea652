/**
 * Free ports, below the range that the kernel hands out by itself, so that no client's socket takes one. Processes that look
 * at the same time look in different places, and none takes a port again soon: a region that has closed its own is not to
 * find somebody else's server there.
 */
import { once } from "node:events";
import { createServer } from "node:net";

const FIRST = 20_000;
const LAST = 32_000;
const TRIES = 200;
/** As many as a process may need; processes that start one after the other have neighbouring numbers. */
const PORTS_A_PROCESS = 97;

let next = FIRST + ((process.pid * PORTS_A_PROCESS) % (LAST - FIRST));

/** The first of `count` consecutive ports that are free now. */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (next + count > LAST) next = FIRST;
    const first = next;
    next += count;
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
  }
  throw new Error(`no ${count} consecutive free ports between ${FIRST} and ${LAST}`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
