/** Tells Rooms what requests leave behind, in the background of one of them: nothing waits for a next request. */
import type { Env } from "../config/env.ts";
import { isAsking, mayExchange, nextExchangeMs } from "../policy/exchange-pace.ts";
import { mustTellArrivals } from "../policy/merging.ts";
import { hasMoves } from "../policy/move-batches.ts";
import { isInTrouble } from "../policy/self-protection.ts";
import { exchangeRoom } from "./room-client.ts";
import { lineOf, type RoomMemory } from "./room-memory.ts";
import type { RoomRuntime } from "./room-runtime.ts";

/** A request's background ends 30 s after its answer (Workers limits); another request takes over before. */
const SHIFT_MS = 20_000;
/** Who was not seen at it for so long was cut off. */
const CUT_OFF_MS = 3000;
/** So often it is looked whether something more urgent has come. */
const LOOK_MS = 50;
/** While another's exchange is under way. */
const LOOK_AGAIN_MS = 20;
/** A booking is at the Room so long before its slot ends. */
const BOOKING_MARGIN_MS = 500;
/** Held slots are told of while so much of their time is left at least. */
const LEASE_MARGIN_MS = 300;

/** Called when there is something to tell: somebody will, this request if no other does. */
export function seeToTelling(
  room: RoomRuntime,
  env: Env,
  waitUntil: (promise: Promise<unknown>) => void,
  nowMs: number,
): void {
  const { duty } = room.memory;
  const seenMs = nowMs - duty.aliveAtMs;
  if (seenMs >= 0 && seenMs < CUT_OFF_MS) return;
  duty.aliveAtMs = nowMs;
  duty.number += 1;
  waitUntil(onDuty(room, env, waitUntil, duty.number, nowMs + SHIFT_MS));
}

async function onDuty(
  room: RoomRuntime,
  env: Env,
  waitUntil: (promise: Promise<unknown>) => void,
  number: number,
  endMs: number,
): Promise<void> {
  const { memory } = room;
  const { duty, pace } = memory;
  while (duty.number === number) {
    const nowMs = Date.now();
    duty.aliveAtMs = nowMs;
    const dueMs = nextTellingMs(memory, nowMs);
    if (dueMs === undefined) break;
    if (nowMs >= endMs) {
      // Nobody may come to prolong what is held.
      for (const { lease } of memory.lanes.values()) lease.slots = 0;
      if (!isAsking(pace, nowMs)) await exchangeRoom(room, env, waitUntil);
      break;
    }
    if (nowMs >= dueMs && mayExchange(pace, "urgent", nowMs)) await exchangeRoom(room, env, waitUntil);
    else await scheduler.wait(dueMs > nowMs ? Math.min(LOOK_MS, dueMs - nowMs) : LOOK_AGAIN_MS);
  }
  if (duty.number === number) duty.aliveAtMs = Number.NEGATIVE_INFINITY;
}

/** When the Room is to be told, this edge's clock; undefined while there is nothing. */
export function nextTellingMs(memory: RoomMemory, nowMs: number): number | undefined {
  const { pace, lanes, letIn, bookings, bookingsDueMs, endedToTell, signs, troubleToldMs } = memory;
  const isTroubled = isInTrouble(signs, nowMs) && troubleToldMs < signs.troubleUntilMs;
  const all = [...lanes.values()];
  const holds = letIn.length > 0 || all.some(({ lease }) => lease.slots > 0);
  const hasNews = bookings.size > 0 || all.some(({ moves }) => hasMoves(moves));
  // A short session ends before the pace comes round.
  const isEnding = bookings.size > 0 && bookingsDueMs < nextExchangeMs(pace, "paced") + BOOKING_MARGIN_MS;
  const isUrgent = endedToTell.size > 0 || isTroubled || isEnding;
  if (!holds && !hasNews && !isUrgent) return undefined;
  const places = [...lanes].some(([name, { moves }]) => mustTellArrivals(moves.untold, lineOf(memory, name)));
  const pacedMs = nextExchangeMs(pace, places ? "merge" : isUrgent ? "soon" : "paced");
  if (!holds || pace.failures > 0) return pacedMs;
  const ends = all.filter(({ lease }) => lease.endsAtMs > nowMs).map(({ lease }) => lease.endsAtMs);
  return Math.min(pacedMs, ...ends.map((endsAtMs) => endsAtMs - LEASE_MARGIN_MS));
}
