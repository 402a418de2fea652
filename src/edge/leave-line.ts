/** Somebody who was counted in line is there no more: left, or in while the Room cannot be reached. */
import type { Env } from "../config/env.ts";
import { noteMove } from "../policy/move-batches.ts";
import { countedFrom } from "../policy/present-until.ts";
import type { Ticket } from "../policy/queue-claims.ts";
import { COMMON_LANE } from "../policy/room-rules.ts";
import { effectiveArrivalMs } from "./effective-arrival.ts";
import { seeToTelling } from "./room-duty.ts";
import { laneOf, roomNowMs } from "./room-memory.ts";
import type { RoomRuntime } from "./room-runtime.ts";
import type { Visit } from "./visit.ts";

/** Whether the holder was counted. */
export async function leaveLine(
  { waitUntil }: Pick<Visit, "waitUntil">,
  env: Env,
  room: RoomRuntime,
  ticket: Ticket,
): Promise<boolean> {
  const { id, presentUntilSeconds, lane } = ticket;
  const { memory } = room;
  const arrivedAtMs = await effectiveArrivalMs(room, ticket);
  const from = countedFrom(memory.tickets.get(id), presentUntilSeconds);
  if (arrivedAtMs === undefined || from === 0) return false;
  const isCounted = from * 1000 > roomNowMs(memory);
  noteMove(laneOf(memory, lane ?? COMMON_LANE).moves, arrivedAtMs, from, 0, isCounted);
  seeToTelling(room, env, waitUntil, Date.now());
  return true;
}
