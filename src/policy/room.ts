/** A waiting room: its slots and its lines, as time passes. Changed in place. */
import { type AdmissionPace, admissible, newPace, notePaced } from "./admission-pace.ts";
import { TICK_MS } from "./crowd-curve.ts";
import { EndedPasses } from "./ended-passes.ts";
import type { AnswersTold } from "./pool-answers.ts";
import { fitsAll, fitting, type PoolFit } from "./pool-fit.ts";
import { expire } from "./presence.ts";
import { fastestPaceOf, mergePaceOf, unreportedOf } from "./report-window.ts";
import { call } from "./room-calling.ts";
import { lentSlots } from "./room-leases.ts";
import {
  expireCalled,
  FEW_AHEAD,
  hasUncalled,
  isLineEmpty,
  newQueue,
  type Queue,
  waitingIn,
} from "./room-queue.ts";
import { bookingMs, COMMON_LANE, type RoomRules, type RulesNow, rulesAt } from "./room-rules.ts";
import { endingBy, expireSlots, newLedger, type SlotLedger, slotsInUse } from "./room-slots.ts";
import { expected } from "./room-turn.ts";
import { paceOf } from "./wait-estimate.ts";
import type { WaitingHistory } from "./waiting-history.ts";

/** Times are epoch milliseconds of the room's clock. */
export interface Room {
  rules: RoomRules;
  readonly slots: SlotLedger;
  /** By lane, for every lane of the rules. */
  readonly queues: Map<string, Queue>;
  pace: AdmissionPace;
  /** Passes that are over before their text is, and when they were ended. */
  readonly ended: EndedPasses;
  /** Of those, the ones whose record has changed since it was last saved. */
  readonly endedChanged: Set<string>;
  /** Edges may go by former rules until then: a pass of theirs may hold for so long. */
  former: { readonly bookingMs: number; readonly untilMs: number };
  /** How many the pool behind it carries, when that is fewer than the limit. */
  readonly fit: PoolFit;
  /** The pool's, as edges have told them lately. */
  readonly answers: AnswersTold;
  /** When each edge was heard last; who was heard last comes last. */
  readonly edges: Map<string, number>;
  /** Of all lanes together. */
  readonly hours: WaitingHistory;
}

/** A lease is to be told of within so many exchanges. */
const LEASE_EXCHANGES = 2;
/** The pace of exchanges while edges are few. */
const EXCHANGE_MS = 1000;
/** An edge that was not heard for so many exchanges is gone. */
const SILENT_EXCHANGES = 5;
/** Reports of a time have come when the pace has passed and their way is over. */
const SETTLE_MS = 500;
/** Beside what is free, so much of the limit is called, that a slot is taken as soon as it is free. */
const CALLED_AHEAD = 0.1;
/** More stand ready for nothing than are let in in so long: each of them asks every two seconds. */
const AHEAD_S = 5;
/** In the smallest rooms too: of two, one may have left without a word, and of three seldom two. */
const LEAST_AHEAD = 3;
/** From a call until whoever was called stands ready: an edge learns of it, and a poll interval passes. */
const CALL_MS = 4000;
/** Edges have new rules within a second; those that cannot reach Control, later. */
const FORMER_MS = 60_000;

/** Of passes ended before their time the newest are told; older ones are refused when they are next used. */
const MOST_ENDED_TOLD = 2000;

export function newRoom(rules: RoomRules, nowMs: number): Room {
  const room: Room = {
    rules,
    slots: newLedger(),
    queues: new Map(),
    pace: newPace(nowMs),
    ended: new EndedPasses(MOST_ENDED_TOLD),
    endedChanged: new Set(),
    former: { bookingMs: 0, untilMs: 0 },
    fit: fitsAll(),
    answers: new Map(),
    edges: new Map(),
    hours: new Map(),
  };
  setRules(room, rules, nowMs);
  return room;
}

/** Who is in stays in, whatever the new rules say; who waits in a lane that is no more waits with everybody. */
export function setRules(room: Room, rules: RoomRules, nowMs: number): void {
  const known = nowMs < room.former.untilMs ? room.former.bookingMs : 0;
  room.former = { bookingMs: Math.max(known, bookingMs(room.rules)), untilMs: nowMs + FORMER_MS };
  room.rules = rules;
  for (const lane of [COMMON_LANE, ...rules.lanes.map(({ name }) => name)]) {
    if (!room.queues.has(lane)) room.queues.set(lane, newQueue(nowMs));
  }
  for (const lane of room.queues.keys()) {
    if (lane !== COMMON_LANE && !rules.lanes.some(({ name }) => name === lane)) room.queues.delete(lane);
  }
}

/** The lane of this name, or the common one for a name that is none. */
export function laneOf(room: Room, name: string): string {
  return room.queues.has(name) ? name : COMMON_LANE;
}

export function queueOf(room: Room, lane: string): Queue {
  const queue = room.queues.get(laneOf(room, lane));
  if (queue === undefined) throw new Error("every room has a common lane");
  return queue;
}

/** Lets time pass: what is over is free, and the frontier moves on. */
export function advanceRoom(room: Room, nowMs: number): RulesNow {
  const now = rulesAt(room.rules, nowMs);
  expireRoom(room, nowMs);
  for (const [edge, atMs] of room.edges) {
    if (nowMs - atMs <= SILENT_EXCHANGES * exchangePaceMs(room)) break;
    room.edges.delete(edge);
  }
  for (const [lane, queue] of room.queues) {
    expire(queue.presence, nowMs);
    expireCalled(queue, nowMs);
    if (mayLetIn(room, now, nowMs)) callNext(room, lane, queue, now, nowMs);
  }
  return now;
}

/** What is over is over. A slot whose lease was not told of counts as somebody let in, as of now. */
export function expireRoom(room: Room, nowMs: number): void {
  notePaced(room.pace, expireSlots(room.slots, longestBookingMs(room, nowMs), nowMs), nowMs);
  // Twice, for edges whose clock is behind.
  const overMs = nowMs - 2 * longestBookingMs(room, nowMs);
  for (const [id, endedAtMs] of room.ended) {
    if (endedAtMs > overMs) break;
    room.ended.delete(id);
    room.endedChanged.add(id);
  }
}

/** For so long a pass may hold that an edge gives now. */
function longestBookingMs({ rules, former }: Room, nowMs: number): number {
  return Math.max(bookingMs(rules), nowMs < former.untilMs ? former.bookingMs : 0);
}

function callNext(room: Room, lane: string, queue: Queue, now: RulesNow, nowMs: number): void {
  const pace = paceOf(queue.admissions);
  const soon = pace.kind === "moving" ? pace.typical * AHEAD_S : 0;
  const usual = Math.min(now.limit * CALLED_AHEAD, Math.max(FEW_AHEAD, soon));
  const ending = endingBy(room.slots, nowMs + CALL_MS, FEW_AHEAD);
  const ahead = Math.ceil(Math.max(LEAST_AHEAD, usual, Math.min(FEW_AHEAD, soon), ending));
  const free = freeNow(room, lane, now, nowMs);
  const heard = { latestMs: knownUntilMs(room, queue, nowMs), paceMs: exchangePaceMs(room) };
  call(queue, Math.max(0, free) + ahead, room.rules.claimWindowMs, heard, nowMs);
}

/**
 * Arrivals before then are known, of every edge: by what they have told, or else by when they must have. In a short line it
 * may be the turn of whoever has just come.
 */
function knownUntilMs(room: Room, { presence }: Queue, nowMs: number): number {
  const sureMs = Math.floor(nowMs) - exchangePaceMs(room) - SETTLE_MS - TICK_MS;
  // It walks over all edges, of which there may be thousands.
  if (exchangePaceMs(room) > EXCHANGE_MS) return sureMs;
  const completeMs = Math.floor(unreportedOf(presence.edges, nowMs).completeMs) - TICK_MS;
  return Math.max(sureMs, completeMs);
}

/** Whether anybody may be let in at this moment. */
export function mayLetIn(room: Room, { isHeld, limit }: RulesNow, nowMs: number): boolean {
  return !isHeld && fitting(room.fit, limit, nowMs) > 0;
}

/** Whether it is for longer than a moment that nobody is let in. */
export function isPaused({ isHeld, limit }: RulesNow): boolean {
  return isHeld || limit === 0;
}

/** Users of a lane who may come in now: by slots, and by the pace. */
export function freeNow(room: Room, lane: string, now: RulesNow, nowMs: number): number {
  const paced = admissible(room.pace, now.admitPerMinute, lentSlots(room.slots), nowMs);
  return Math.min(paced, freeFor(room, lane, fitting(room.fit, now.limit, nowMs)));
}

/**
 * Slots that users of a lane may have: what is free, less what other lanes have a right to and want. A lane's right is its
 * share of the limit, and the common lane's is the rest.
 */
function freeFor(room: Room, lane: string, limit: number): number {
  const { active, leased } = slotsInUse(room.slots);
  let free = limit - active - leased;
  if (room.queues.size < 2) return free;
  for (const [other, queue] of room.queues) {
    if (other === lane || isLineEmpty(queue)) continue;
    const use = slotsInUse(room.slots, other);
    const wanted = Math.max(waitingIn(queue), queue.standing.size);
    free -= Math.min(wanted, Math.max(0, reservedFor(room, other, limit) - use.active - use.leased));
  }
  return free;
}

function reservedFor({ rules }: Room, lane: string, limit: number): number {
  const shareOf = (percent: number) => Math.floor((limit * percent) / 100 + 1e-9);
  const own = rules.lanes.find(({ name }) => name === lane);
  if (own !== undefined) return shareOf(own.sharePercent);
  return limit - rules.lanes.reduce((sum, { sharePercent }) => sum + shareOf(sharePercent), 0);
}

/**
 * Slots that newcomers of a lane may have now, without a ticket: none while somebody waits who has not been called, and
 * none of those that are kept for who was.
 */
export function openSlots(room: Room, lane: string, now: RulesNow, nowMs: number): number {
  const queue = queueOf(room, lane);
  if (!mayLetIn(room, now, nowMs) || hasUncalled(queue, nowMs)) return 0;
  const kept = expected(queue, nowMs);
  return Math.max(0, Math.floor(freeNow(room, lane, now, nowMs) - kept));
}

/** How often each edge is to tell something. */
export function exchangePaceMs(room: Room): number {
  return Math.max(EXCHANGE_MS, fastestPaceOf(room.edges.size));
}

/** How often while a place waits for all edges' arrivals. */
export function mergePaceMs(room: Room): number {
  return mergePaceOf(room.edges.size);
}

export function leaseMs(room: Room): number {
  return LEASE_EXCHANGES * exchangePaceMs(room);
}
