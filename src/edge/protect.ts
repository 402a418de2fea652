/** Looks at how requests come out: a pool that turns them away has newcomers of its rooms wait, whatever the limits. */
import type { Env } from "../config/env.ts";
import { noteAnswer } from "../policy/self-protection.ts";
import type { PoolRuntime } from "./compiled.ts";
import { poolState } from "./pool-state.ts";
import { seeToTelling } from "./room-duty.ts";
import type { Visit } from "./visit.ts";

const SERVICE_UNAVAILABLE = 503;
const GATEWAY_TIMEOUT = 504;

/** Notes a final answer, from an origin or the edge's own for want of one. */
export function protect(
  { route, waitUntil, nowMs }: Visit,
  env: Env,
  pool: PoolRuntime,
  { status }: Response,
): void {
  const room = route?.room;
  if (room === undefined || !room.protects || room.rules.mode !== "auto") return;
  const isFailure = status === SERVICE_UNAVAILABLE || status === GATEWAY_TIMEOUT;
  // In maintenance people are told so, with its end: a place in line would lead nowhere.
  const isSign = isFailure && poolState(pool, nowMs).kind !== "maintenance";
  if (noteAnswer(room.memory.signs, isSign, nowMs)) seeToTelling(room, env, waitUntil, nowMs);
}
