/** The bindings that wrangler.toml, or `tidegate serve`, gives the Worker. */
import type { ControlApi, MonitorApi } from "./control-api.ts";
import type { LimiterApi } from "./limiter-api.ts";
import type { PlacesApi, RoomApi } from "./room-api.ts";

export interface Env {
  readonly CONTROL: DurableObjectNamespace<Rpc.DurableObjectBranded & ControlApi>;
  readonly MONITOR: DurableObjectNamespace<Rpc.DurableObjectBranded & MonitorApi>;
  readonly LIMITER: DurableObjectNamespace<Rpc.DurableObjectBranded & LimiterApi>;
  readonly ROOM: DurableObjectNamespace<Rpc.DurableObjectBranded & RoomApi>;
  readonly PLACES: DurableObjectNamespace<Rpc.DurableObjectBranded & PlacesApi>;
  /** Cloudflare's own rate limiter, per place and approximate; absent where there is none. */
  readonly FLOOD_GUARD?: RateLimit;
  /** Cloudflare's Analytics Engine; absent where there is none. */
  readonly ANALYTICS?: AnalyticsEngineDataset;
  /** `development` allows `http:` origins that are not on this machine; anything else is production. */
  readonly TIDEGATE_ENV?: string;
  /** The configuration file's text in place of the bundled one. */
  readonly TIDEGATE_CONFIG?: string;
  /** Comma-separated host:port that this edge listens on, so that none of them becomes an origin. */
  readonly TIDEGATE_HOSTS?: string;
  /** Secret: bearer token of operators. Unset: the admin API answers 503. */
  readonly TIDEGATE_ADMIN_TOKEN?: string;
  /** Secret: signs tickets and passes. */
  readonly TIDEGATE_SECRET?: string;
  /** Secret: signs what the webhook of `[alerts]` is told; a comma-separated list rotates, all of them sign. */
  readonly TIDEGATE_ALERT_SECRET?: string;
  /** Secret: shared with the issuer of HS256 tokens, 32 bytes or more. */
  readonly TIDEGATE_JWT_SECRET?: string;
  /** Secret: the REST address of the Redis at Upstash that limits with `store = "upstash"` use. */
  readonly UPSTASH_REDIS_REST_URL?: string;
  /** Secret: its token. */
  readonly UPSTASH_REDIS_REST_TOKEN?: string;
  readonly VERSION?: { readonly id: string; readonly tag: string; readonly timestamp: string };
}

/** The one Control object's name. */
export const CONTROL_NAME = "control";

/** The Control object. Make a new stub for every call: one that has failed once stays broken. */
export function controlStub(env: Env): DurableObjectStub<Rpc.DurableObjectBranded & ControlApi> {
  return env.CONTROL.getByName(CONTROL_NAME);
}

/** How strict configurations are checked here. Unset means production: the safe side. */
export function environmentOf(env: Env): "production" | "development" {
  return env.TIDEGATE_ENV === "development" ? "development" : "production";
}

/** Hosts this edge is known to answer on. */
export function ownHostsOf(env: Env): string[] {
  return env.TIDEGATE_HOSTS?.split(",").filter((host) => host !== "") ?? [];
}

/** Names this deployment's Control object among all of an account. */
export function controlId(env: Env): string {
  return env.CONTROL.idFromName(CONTROL_NAME).toString();
}

/** The monitor of a pool at a vantage (a location hint, or "" for wherever the platform puts it). */
export function monitorStub(
  env: Env,
  pool: string,
  vantage: string,
): DurableObjectStub<Rpc.DurableObjectBranded & MonitorApi> {
  const id = env.MONITOR.idFromName(`${pool} ${vantage}`);
  return vantage === ""
    ? env.MONITOR.get(id)
    : env.MONITOR.get(id, { locationHint: vantage as DurableObjectLocationHint });
}

/** The Limiter object of a shard. */
export function limiterStub(
  env: Env,
  shard: number,
): DurableObjectStub<Rpc.DurableObjectBranded & LimiterApi> {
  return env.LIMITER.getByName(`shard-${shard}`);
}

/** The Room object of a waiting room. */
export function roomStub(env: Env, room: string): DurableObjectStub<Rpc.DurableObjectBranded & RoomApi> {
  return env.ROOM.getByName(room);
}

/** The Places object that keeps a shard of addresses' tickets: none of those of users, whom a crowd must not hold up. */
export function addressesStub(
  env: Env,
  shard: number,
): DurableObjectStub<Rpc.DurableObjectBranded & PlacesApi> {
  return env.PLACES.getByName(`addresses-${shard}`);
}

/** The Places object of a shard; `placeShardOf` tells whose is which. */
export function placesStub(env: Env, shard: number): DurableObjectStub<Rpc.DurableObjectBranded & PlacesApi> {
  return env.PLACES.getByName(`shard-${shard}`);
}
