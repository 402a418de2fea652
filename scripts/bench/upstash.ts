/** A real Redis behind Upstash's REST interface, for the peer that asks it for each request. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startRedisRest } from "../../test/support/redis-rest.ts";
import { connectRedis } from "../../test/support/resp.ts";
import { startGuarded } from "../lib/guarded.ts";

const TRIES = 200;

export interface Upstash {
  readonly url: string;
  readonly token: string;
  stop(): Promise<void>;
}

/** @throws when there is no `redis-server` on this machine */
export async function startUpstash(scratch: string): Promise<Upstash> {
  const folder = join(scratch, "redis");
  mkdirSync(folder);
  const socket = join(folder, "redis.sock");
  const server = startGuarded(
    "redis-server",
    [...["--port", "0", "--unixsocket", socket, "--dir", folder], ...["--save", "", "--appendonly", "no"]],
    process.env,
    () => {},
  );
  const redis = await connected(socket);
  const rest = await startRedisRest(redis);
  return {
    url: rest.url,
    token: rest.token,
    async stop() {
      await rest.close();
      redis.close();
      await server.stop();
    },
  };
}

async function connected(socket: string) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await connectRedis(socket);
    } catch (error) {
      if (attempt === TRIES)
        throw new Error("redis-server does not start; is it installed?", { cause: error });
      await sleep(50);
    }
  }
}
