/** Talks to Room objects: one exchange at a time at the Room's pace, and claims with a deadline. */
import { type Env, roomStub } from "../config/env.ts";
import type { LaneReport, RoomAnswer, RoomApi, RoomReport } from "../config/room-api.ts";
import {
  exchangeAnswered,
  exchangeBegan,
  exchangeFailed,
  GIVE_UP_MS,
  mayExchange,
} from "../policy/exchange-pace.ts";
import { freezeMoves, movesAnswered } from "../policy/move-batches.ts";
import { skewOf } from "../policy/room-clock.ts";
import { COMMON_LANE } from "../policy/room-rules.ts";
import { isInTrouble, takeAnswers } from "../policy/self-protection.ts";
import { isShared, takePublication } from "../policy/shared-publication.ts";
import { takeSlots, tellSlots } from "../policy/slot-lease.ts";
import { count } from "./counters.ts";
import { edgeName } from "./edge-name.ts";
import { sharePublication } from "./publication-cache.ts";
import { laneOf, laneView, type RoomMemory } from "./room-memory.ts";
import type { CallResult, RoomCall, RoomRuntime } from "./room-runtime.ts";

/** Of one exchange; the next one takes the rest. */
const MOST_BOOKINGS = 5000;
const MOST_LET_IN = 5000;

/** Tells the Room what it has not heard and takes what it answers. Never rejects. */
export async function exchangeRoom(
  room: RoomRuntime,
  env: Env,
  waitUntil: (promise: Promise<unknown>) => void,
): Promise<void> {
  const { memory } = room;
  const beganAtMs = Date.now();
  const seq = exchangeBegan(memory.pace, beganAtMs);
  const report = reportOf(room, seq, beganAtMs);
  const answer = await callRoom(room, env, "exchange", (stub) => stub.exchange(report), GIVE_UP_MS);
  // Another has begun since: its answer will say the same and more.
  if (memory.pace.seq !== seq || !memory.pace.isAsking) return;
  if (answer === undefined) {
    exchangeFailed(memory.pace, Date.now());
    return;
  }
  takeAnswer(memory, report, answer, beganAtMs);
  if (isShared(memory.pace)) waitUntil(sharePublication(room, env));
}

/** Asks a Room something; undefined when it does not answer in time, or fails. Never rejects. */
export async function callRoom<Answer>(
  room: RoomRuntime,
  env: Env,
  call: RoomCall,
  ask: (
    stub: Pick<RoomApi, "exchange" | "claim" | "unclaim" | "resume" | "adopt" | "lottery">,
  ) => Promise<Answer>,
  deadlineMs: number,
): Promise<Answer | undefined> {
  // A stub has its own promise types; what they come to is the same.
  const stub = roomStub(env, room.name) as unknown as RoomApi;
  return inTime(ask(stub), deadlineMs, (result) => count(room.series.calls(call, result)));
}

/** What a promise comes to within so long. Never rejects. */
export async function inTime<Answer>(
  promise: Promise<Answer>,
  deadlineMs: number,
  onResult: (result: CallResult) => void,
): Promise<Answer | undefined> {
  const answered = promise.then(
    (answer) => ({ result: "ok" as const, answer }),
    () => ({ result: "error" as const, answer: undefined }),
  );
  const late = scheduler.wait(deadlineMs).then(() => ({ result: "timeout" as const, answer: undefined }));
  const { result, answer } = await Promise.race([answered, late]);
  onResult(result);
  return answer;
}

/** Keeps what is known of the room young, behind the request. */
export function keepFresh({ memory }: RoomRuntime, nowMs: number, refresh: () => void): void {
  if (mayExchange(memory.pace, "look", nowMs)) refresh();
}

/** What an exchange that begins now tells. */
export function reportOf({ memory, settings }: RoomRuntime, seq: number, nowMs: number): RoomReport {
  const roomNowMs = nowMs + memory.skewMs;
  const lanes: Record<string, LaneReport> = {};
  for (const name of new Set([
    COMMON_LANE,
    ...settings.rules.lanes.map((lane) => lane.name),
    ...memory.lanes.keys(),
  ])) {
    const { lease, moves } = laneOf(memory, name);
    const view = laneView(memory, name, nowMs);
    lanes[name] = {
      batches: freezeMoves(moves, roomNowMs),
      ...tellSlots(lease, view !== "busy", nowMs),
    };
  }
  memory.bookingsDueMs = Number.POSITIVE_INFINITY;
  const trouble = isInTrouble(memory.signs, nowMs);
  if (trouble) memory.troubleToldMs = memory.signs.troubleUntilMs;
  return {
    edge: edgeName(),
    seq,
    lanes,
    letIn: memory.letIn.slice(0, MOST_LET_IN),
    bookings: [...memory.bookings].slice(0, MOST_BOOKINGS),
    ended: [...memory.endedToTell],
    isInTrouble: trouble,
    answers: takeAnswers(memory.signs),
    settings,
    wasCutOff: memory.pace.failures > 0,
  };
}

/** Takes what an exchange brought, in place. */
export function takeAnswer(
  memory: RoomMemory,
  told: RoomReport,
  answer: RoomAnswer,
  beganAtMs: number,
): void {
  const { publication, slots, leaseMs, booked, gone, nextInMs, mergeInMs } = answer;
  exchangeAnswered(memory.pace, nextInMs, mergeInMs);
  memory.skewMs = skewOf(publication.atMs, beganAtMs, Date.now());
  for (const [name, { batches }] of Object.entries(told.lanes)) {
    const lane = laneOf(memory, name);
    lane.granted = Object.hasOwn(slots, name) ? (slots[name] ?? 0) : 0;
    takeSlots(lane.lease, lane.granted, beganAtMs + leaseMs);
    movesAnswered(lane.moves, batches, publication.atMs);
  }
  takePublication(memory, publication);
  const toldLetIn = new Set(told.letIn);
  memory.letIn = memory.letIn.filter((one) => !toldLetIn.has(one));
  for (const [id, untilMs] of told.bookings) {
    if (memory.bookings.get(id) === untilMs) memory.bookings.delete(id);
  }
  for (const [id, untilMs] of booked) memory.booked.set(id, untilMs);
  for (const id of gone) memory.over.set(id, publication.atMs);
  for (const [id, atMs] of told.ended) if (memory.endedToTell.get(id) === atMs) memory.endedToTell.delete(id);
}
