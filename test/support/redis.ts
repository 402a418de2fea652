// A real Redis on a Unix socket in a folder of its own, with Upstash's REST interface in front; gone after the file.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { atEnd } from "./cleanup.ts";
import { start } from "./processes.ts";
import { type RedisRest, startRedisRest } from "./redis-rest.ts";
import { type Connection, connectRedis } from "./resp.ts";

const STARTED_WITHIN_MS = 10_000;

export interface TestRedis {
  readonly rest: RedisRest;
  /** Straight to Redis, to look at what is there. */
  readonly direct: Connection;
}

export async function startRedis(): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-redis-"));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const socket = join(folder, "redis.sock");
  const server = start("redis-server", [
    ...["--port", "0", "--unixsocket", socket, "--dir", folder],
    ...["--save", "", "--appendonly", "no", "--daemonize", "no"],
  ]);
  await server.waitFor(/ready to accept connections/i, STARTED_WITHIN_MS);
  while (!existsSync(socket)) await sleep(5);
  const [direct, behind] = await Promise.all([connectRedis(socket), connectRedis(socket)]);
  const rest = await startRedisRest(behind);
  atEnd(async () => {
    await rest.close();
    direct.close();
    behind.close();
  });
  return { rest, direct };
}
