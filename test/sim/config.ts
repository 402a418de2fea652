/** A scenario as the configuration that an operator would write for it, checked as any other. */
import { type Config, checkConfig } from "../../src/config/load.ts";
import type { Scenario } from "./scenario.ts";

export const POOL = "wallet";
export const ROOM = "main";
export const POOL_TIMEOUT_MS = 3000;
/** Of the limiter: so long a request waits for its store. */
export const LIMITER_TIMEOUT_MS = 300;

const ms = (value: number) => `${value}ms`;

export function configOf({
  regions,
  affinity,
  limit,
  shards,
  room,
  ejection,
  slowStartMs,
  probeMs,
}: Scenario): Config {
  const loaded = checkConfig(
    {
      limiter: { timeout: ms(LIMITER_TIMEOUT_MS), shards },
      pools: [
        {
          name: POOL,
          affinity,
          timeout: ms(POOL_TIMEOUT_MS),
          origins: regions.map(({ name, weight, priority }) => ({
            name,
            url: `https://${name}.wallet.example`,
            weight,
            priority,
          })),
          health: { path: "/healthz", interval: ms(probeMs), timeout: "500ms", rise: 2, fall: 2 },
          ejection: { base: ms(ejection.baseMs), max: ms(ejection.longestMs) },
          slow_start: { window: ms(slowStartMs), successes: 0 },
        },
      ],
      limits: [
        {
          name: "per-user",
          key: "user",
          capacity: limit.capacity,
          refill: limit.refill,
          interval: "1s",
          on_error: "closed",
        },
      ],
      rooms: [
        {
          name: ROOM,
          active_limit: room.activeLimit,
          admit_per_minute: room.admitPerMinute,
          session: ms(room.sessionMs),
          claim_window: ms(room.claimWindowMs),
          on_error: "queue",
        },
      ],
      routes: [{ path: "/*", pool: POOL, limits: ["per-user"], room: ROOM }],
    },
    { file: "world", environment: "production" },
  );
  if (loaded.kind === "invalid") throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return loaded.config;
}
