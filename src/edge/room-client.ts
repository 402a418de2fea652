/** Talks to Room objects: one exchange at a time at the Room's pace, and claims with a deadline. */
import { type Env, roomStub } from "../config/env.ts";
import type { LaneReport, RoomAnswer, RoomApi, RoomReport } from "../config/room-api.ts";
import {
  exchangeAnswered,
  exchangeBegan,
  exchangeFailed,
  GIVE_UP_MS,
  isAsking,
  isDown,
  isStale,
  mayExchange,
} from "../policy/exchange-pace.ts";
import { freezeMoves, lineSeen, movesAnswered } from "../policy/move-batches.ts";
import { isMerged } from "../policy/position.ts";
import { skewOf } from "../policy/room-clock.ts";
import { COMMON_LANE } from "../policy/room-rules.ts";
import { isInTrouble, takeAnswers } from "../policy/self-protection.ts";
import { takeSlots, tellSlots } from "../policy/slot-lease.ts";
import { count } from "./counters.ts";
import { edgeName } from "./edge-name.ts";
import { laneOf, laneView, lineOf, type RoomMemory } from "./room-memory.ts";
import type { CallResult, RoomCall, RoomRuntime } from "./room-runtime.ts";

/** What a call needs of a request. */
export interface Background {
  readonly env: Env;
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

/** Of one exchange; the next one takes the rest. */
const MOST_BOOKINGS = 5000;
const MOST_LET_IN = 5000;

/** Tells the Room what it has not heard and takes what it answers. Never rejects. */
export async function exchangeRoom(room: RoomRuntime, env: Env): Promise<void> {
  const { memory } = room;
  const beganAtMs = Date.now();
  const seq = exchangeBegan(memory.pace, beganAtMs);
  const report = reportOf(room, seq, beganAtMs);
  const answer = await callRoom(room, env, "exchange", (stub) => stub.exchange(report), GIVE_UP_MS);
  // Another has begun since: its answer will say the same and more.
  if (memory.pace.seq !== seq || !memory.pace.isAsking) return;
  if (answer === undefined) exchangeFailed(memory.pace, Date.now());
  else takeAnswer(memory, report, answer, beganAtMs);
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

/** Waits for what is known of the room to be young, for a moment: another request may be asking. */
export async function freshInTime(room: RoomRuntime, { env, waitUntil }: Background): Promise<void> {
  const { pace } = room.memory;
  if (isDown(pace)) return;
  const deadlineMs = Date.now() + REFRESH_DEADLINE_MS;
  const before = pace.takenAtMs;
  if (mayExchange(pace, "urgent", Date.now())) waitUntil(exchangeRoom(room, env));
  while (Date.now() < deadlineMs && pace.takenAtMs === before && isAsking(pace, Date.now())) {
    await scheduler.wait(LOOK_AGAIN_MS);
  }
}

/**
 * Waits until the Room has been heard of lately, as far as it can be reached: an edge that has just started does not know
 * whether its clock is right.
 *
 * @param sinceMs when the wait began, this edge's clock
 */
export async function heardInTime(room: RoomRuntime, env: Env, sinceMs: number): Promise<void> {
  const { memory } = room;
  const { pace } = memory;
  const deadlineMs = sinceMs + MERGE_DEADLINE_MS;
  while (!hasHeard(memory, Date.now()) && !isDown(pace) && Date.now() < deadlineMs) {
    if (mayExchange(pace, "urgent", Date.now())) await exchangeRoom(room, env);
    else await scheduler.wait(LOOK_AGAIN_MS);
  }
}

/** Whether what is known of the Room, and of its time, is young. */
export function hasHeard({ publication, pace }: RoomMemory, nowMs: number): boolean {
  return publication !== undefined && !isStale(pace, nowMs);
}

const REFRESH_DEADLINE_MS = 100;
/**
 * A merge takes an exchange of the slowest edge and one of this: a quarter of a second, and two where edges or the Room have
 * more to do than they can. Who has waited so long is told a guess.
 */
const MERGE_DEADLINE_MS = 3000;
/** How often each of those who wait for it looks: they may be hundreds. */
const LOOK_FOR_MERGE_MS = 20;

/** Waits until all who came before a time are in this edge's line, for a moment; many wait for one exchange. */
export async function mergedInTime(room: RoomRuntime, env: Env, lane: string, atMs: number): Promise<void> {
  const { memory } = room;
  const { pace } = memory;
  const deadlineMs = Date.now() + MERGE_DEADLINE_MS;
  for (;;) {
    const nowMs = Date.now();
    if (isMerged(lineOf(memory, lane), atMs) || pace.failures > 0 || nowMs >= deadlineMs) return;
    if (mayExchange(pace, "merge", nowMs)) await exchangeRoom(room, env);
    else await scheduler.wait(LOOK_FOR_MERGE_MS);
  }
}
/** How often a request looks whether another's call is back. */
export const LOOK_AGAIN_MS = 2;

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
  memory.publication = publication;
  memory.lines.clear();
  for (const [name, { batches }] of Object.entries(told.lanes)) {
    const lane = laneOf(memory, name);
    lane.granted = Object.hasOwn(slots, name) ? (slots[name] ?? 0) : 0;
    takeSlots(lane.lease, lane.granted, beganAtMs + leaseMs);
    movesAnswered(lane.moves, batches, publication.atMs);
    const [lineAtMs = 0] = publication.lanes[name]?.line ?? [];
    lineSeen(lane.moves, lineAtMs);
  }
  const toldLetIn = new Set(told.letIn);
  memory.letIn = memory.letIn.filter((one) => !toldLetIn.has(one));
  for (const [id, untilMs] of told.bookings) {
    if (memory.bookings.get(id) === untilMs) memory.bookings.delete(id);
  }
  for (const [id, untilMs] of booked) memory.booked.set(id, untilMs);
  for (const id of gone) memory.over.set(id, publication.atMs);
  for (const [id, atMs] of told.ended) if (memory.endedToTell.get(id) === atMs) memory.endedToTell.delete(id);
  memory.ended = new Map(publication.ended);
}
