/** Users, edges and a Room in virtual time: what a waiting room does to a crowd. Same seed, same run. */
import { bucketOf } from "../../src/policy/crowd-curve.ts";
import { type Line, lineFromNumbers, positionOf } from "../../src/policy/line.ts";
import { pollAfterMs, SHORTEST_POLL_MS } from "../../src/policy/poll-pace.ts";
import { countedUntil, type Move, type Report } from "../../src/policy/presence.ts";
import { advanceRoom, exchangePaceMs, leaseMs, newRoom, type Room } from "../../src/policy/room.ts";
import { claimSlot } from "../../src/policy/room-claim.ts";
import { exchangeWith } from "../../src/policy/room-exchange.ts";
import { type Published, publishRoom } from "../../src/policy/room-publication.ts";
import { bookingMs, COMMON_LANE, type RoomRules, rulesAt } from "../../src/policy/room-rules.ts";
import { slotsInUse } from "../../src/policy/room-slots.ts";
import { estimateWait } from "../../src/policy/wait-estimate.ts";
import { Agenda } from "./agenda.ts";
import { randomFrom } from "./lease-model.ts";

export const START_MS = 1_800_000_000_000;

export interface Crowd {
  readonly seed: number;
  readonly edges: number;
  readonly rules: RoomRules;
  /** Times of arrival, from the start. */
  readonly arrivals: readonly number[];
  /** From coming in to going, drawn evenly. */
  readonly stayMs: readonly [least: number, most: number];
  /** Share of those who wait that go without a word, some time before their turn. */
  readonly leaving: number;
  /** Share of users whose origin says when they are out; the others stop asking. */
  readonly saidToEnd: number;
  readonly delayMs: readonly [least: number, most: number];
  /** Share of exchanges whose answer is lost. */
  readonly loss?: number;
  readonly untilMs: number;
  /** How often the room is looked at. */
  readonly sampleMs?: number;
}

/** An answer to somebody who waits. */
export interface Told {
  readonly atMs: number;
  readonly position: number;
  /** Seconds; undefined while unknown. */
  readonly low: number | undefined;
  readonly high: number | undefined;
}

export interface Person {
  readonly order: number;
  readonly arrivedAtMs: number;
  hasTicket: boolean;
  told: Told[];
  /** When the frontier passed the ticket. */
  calledAtMs: number;
  admittedAtMs: number;
  endedAtMs: number;
  leftAtMs: number;
}

/** The room at one moment. */
export interface Sample {
  readonly atMs: number;
  readonly active: number;
  readonly leased: number;
  readonly limit: number;
  readonly waiting: number;
  /** Users who may really be in at this moment, by their passes. */
  readonly inside: number;
}

export interface Run {
  readonly people: readonly Person[];
  readonly samples: readonly Sample[];
  /** From each slot that became free while somebody waited until the next user came in. */
  readonly idleMs: readonly number[];
  readonly exchanges: readonly number[];
  readonly claims: readonly number[];
  readonly polls: number;
  readonly room: Room;
}

interface Visitor {
  readonly person: Person;
  readonly id: string;
  arrivedAtMs: number;
  lowest: number;
  presentUntilSeconds: number;
  patienceMs: number;
}

interface Edge {
  readonly name: string;
  seq: number;
  isAsking: boolean;
  slots: number;
  leaseEndsAtMs: number;
  wanting: number;
  spent: number;
  expected: number;
  nextMs: number;
  /** When the last exchange began. */
  beganAtMs: number;
  published: Published | undefined;
  line: Line;
  letIn: { id: string; lane: string; givenAtMs: number; untilMs: number }[];
  readonly bookings: Map<string, number>;
  readonly booked: Map<string, number>;
  ended: (readonly [id: string, atMs: number])[];
  moves: Map<string, { bucket: number; from: number; to: number; count: number }>;
  batches: (Omit<Report, "edge"> & { readonly moves: readonly Move[] })[];
  batchSeq: number;
  /** Of tickets issued here that the line does not have yet. */
  local: { bucket: number; count: number; atMs: number }[];
  told: { readonly untilMs: number; readonly appliedAtMs: number }[];
  reportedUntilMs: number;
  /** Newcomers who wait for an answer of the Room. */
  readonly asking: Visitor[];
}

/** How often somebody who is in asks for something. */
const REQUEST_MS = [2000, 6000] as const;
const NO_LINE: Line = { atMs: 0, edges: 0, unreportedMs: 0, buckets: [], before: [] };

export function simulateRoom(crowd: Crowd): Run {
  return new World(crowd).run();
}

class World {
  readonly #crowd: Crowd;
  readonly #agenda = new Agenda();
  readonly #random: () => number;
  readonly #room: Room;
  readonly #edges: Edge[];
  readonly #people: Person[] = [];
  readonly #samples: Sample[] = [];
  readonly #idleMs: number[] = [];
  readonly #exchanges: number[] = [];
  readonly #claims: number[] = [];
  /** Slots that became free and have no next user yet. */
  #freedAtMs: number[] = [];
  /** Tickets that the frontier has not passed. */
  #uncalled: Visitor[] = [];
  #inside = 0;
  #polls = 0;

  constructor(crowd: Crowd) {
    this.#crowd = crowd;
    this.#random = randomFrom(crowd.seed);
    this.#agenda.nowMs = START_MS;
    this.#room = newRoom(crowd.rules, START_MS);
    this.#edges = Array.from({ length: crowd.edges }, (_, index) => newEdge(`edge ${index}`));
  }

  run(): Run {
    const { arrivals, untilMs, sampleMs = 100 } = this.#crowd;
    const endMs = START_MS + untilMs;
    for (const [order, atMs] of arrivals.entries()) {
      this.#agenda.at(START_MS + atMs, () => this.#arrive(order));
    }
    for (const edge of this.#edges) {
      edge.nextMs = START_MS + Math.floor(this.#random() * 1000);
      this.#agenda.at(edge.nextMs, () => this.#beat(edge, endMs));
    }
    for (let atMs = START_MS; atMs < endMs; atMs += sampleMs) this.#agenda.at(atMs, () => this.#sample());
    this.#agenda.run(endMs);
    return {
      people: this.#people,
      samples: this.#samples,
      idleMs: this.#idleMs,
      exchanges: this.#exchanges,
      claims: this.#claims,
      polls: this.#polls,
      room: this.#room,
    };
  }

  get #nowMs(): number {
    return this.#agenda.nowMs;
  }

  #delay(): number {
    const [least, most] = this.#crowd.delayMs;
    return least + this.#random() * (most - least);
  }

  #someEdge(): Edge {
    return this.#edges[Math.floor(this.#random() * this.#edges.length)] as Edge;
  }

  // Newcomers.

  #arrive(order: number): void {
    const person: Person = {
      order,
      arrivedAtMs: this.#nowMs,
      hasTicket: false,
      told: [],
      calledAtMs: Number.POSITIVE_INFINITY,
      admittedAtMs: Number.POSITIVE_INFINITY,
      endedAtMs: Number.POSITIVE_INFINITY,
      leftAtMs: Number.POSITIVE_INFINITY,
    };
    this.#people.push(person);
    const visitor: Visitor = {
      person,
      id: `person ${order}`,
      arrivedAtMs: Math.floor(this.#nowMs),
      lowest: 0,
      presentUntilSeconds: 0,
      patienceMs: Number.POSITIVE_INFINITY,
    };
    this.#welcome(this.#someEdge(), visitor, true);
  }

  #welcome(edge: Edge, visitor: Visitor, mayAsk: boolean): void {
    if (this.#nowMs < edge.leaseEndsAtMs && edge.slots > 0 && edge.published?.lanes[COMMON_LANE]?.isOpen) {
      edge.slots -= 1;
      edge.spent += 1;
      const untilMs = this.#nowMs + bookingMs(this.#crowd.rules);
      edge.letIn.push({ id: visitor.id, lane: COMMON_LANE, givenAtMs: this.#nowMs, untilMs });
      this.#enter(visitor, untilMs);
      return;
    }
    if (mayAsk && edge.published?.lanes[COMMON_LANE]?.isOpen !== false) {
      edge.wanting += 1;
      edge.asking.push(visitor);
      if (!edge.isAsking) this.#exchange(edge);
      return;
    }
    this.#issue(edge, visitor);
  }

  #issue(edge: Edge, visitor: Visitor): void {
    const { person } = visitor;
    person.hasTicket = true;
    visitor.arrivedAtMs = Math.floor(this.#nowMs);
    const bucket = bucketOf(visitor.arrivedAtMs);
    this.#answerWaiter(edge, visitor);
    const last = edge.local.at(-1);
    if (last?.bucket === bucket && last.atMs > edge.beganAtMs) last.count += 1;
    else edge.local.push({ bucket, count: 1, atMs: this.#nowMs });
    const { activeLimit } = this.#crowd.rules;
    const [least, most] = this.#crowd.stayMs;
    const waitMs = (visitor.lowest / activeLimit) * ((least + most) / 2);
    if (this.#random() < this.#crowd.leaving) visitor.patienceMs = this.#random() * waitMs;
    this.#uncalled.push(visitor);
    this.#noteCalled();
  }

  // Waiters.

  #answerWaiter(edge: Edge, visitor: Visitor): void {
    const { person } = visitor;
    const pace = edge.published?.lanes[COMMON_LANE]?.pace ?? { kind: "unknown" as const };
    const { position, ahead } = positionOf(
      edge.line,
      { t: visitor.arrivedAtMs, p: visitor.lowest },
      { arrivals: edge.local, reportedUntilMs: edge.reportedUntilMs, edges: this.#crowd.edges },
    );
    const estimate = estimateWait(pace, ahead);
    const range = estimate.kind === "range" ? estimate : { low: undefined, high: undefined };
    person.told.push({ atMs: this.#nowMs, position, low: range.low, high: range.high });
    visitor.lowest = position;
    const isCalled = visitor.arrivedAtMs <= (edge.published?.lanes[COMMON_LANE]?.frontierMs ?? 0);
    const afterMs = pollAfterMs(
      isCalled ? 0 : ahead,
      estimateWait(pace, isCalled ? 0 : ahead),
      this.#random(),
    );
    const to = countedUntil(this.#nowMs, afterMs);
    const from = visitor.presentUntilSeconds;
    const bucket = bucketOf(visitor.arrivedAtMs);
    const key = `${bucket} ${from} ${to}`;
    const move = edge.moves.get(key);
    if (move === undefined) edge.moves.set(key, { bucket, from, to, count: 1 });
    else move.count += 1;
    visitor.presentUntilSeconds = to;
    this.#agenda.in(afterMs + this.#delay(), () => this.#poll(visitor));
  }

  #poll(visitor: Visitor): void {
    if (this.#nowMs - visitor.arrivedAtMs > visitor.patienceMs) {
      visitor.person.leftAtMs = this.#nowMs;
      return;
    }
    this.#polls += 1;
    const edge = this.#someEdge();
    const frontierMs = edge.published?.lanes[COMMON_LANE]?.frontierMs ?? 0;
    if (visitor.arrivedAtMs > frontierMs) {
      this.#answerWaiter(edge, visitor);
      return;
    }
    this.#agenda.in(this.#delay(), () => {
      this.#count(this.#claims);
      const claim = {
        lane: COMMON_LANE,
        ticketId: visitor.id,
        passId: visitor.id,
        arrivedAtMs: visitor.arrivedAtMs,
        presentUntilSeconds: visitor.presentUntilSeconds,
        pollAfterMs: SHORTEST_POLL_MS,
      };
      const claimed = claimSlot(this.#room, claim, this.#nowMs);
      this.#noteCalled();
      this.#agenda.in(this.#delay(), () => {
        if (claimed.kind === "standing") this.#answerWaiter(edge, visitor);
        else this.#enter(visitor, claimed.untilMs);
      });
    });
  }

  // Users.

  #enter(visitor: Visitor, untilMs: number): void {
    const { person } = visitor;
    const nowMs = this.#nowMs;
    person.admittedAtMs = nowMs;
    this.#inside += 1;
    const freedAtMs = this.#freedAtMs.shift();
    if (freedAtMs !== undefined && person.hasTicket) this.#idleMs.push(nowMs - freedAtMs);
    const [least, most] = this.#crowd.stayMs;
    this.#use(visitor, untilMs, nowMs + least + this.#random() * (most - least));
  }

  /** One request, and the next. */
  #use(visitor: Visitor, untilMs: number, goesAtMs: number): void {
    const { rules } = this.#crowd;
    const nowMs = this.#nowMs;
    const edge = this.#someEdge();
    if (nowMs >= goesAtMs) {
      if (this.#random() >= this.#crowd.saidToEnd) {
        this.#lapse(visitor);
        return;
      }
      this.#leaveRoom(visitor);
      edge.ended.push([visitor.id, nowMs]);
      this.#soon(edge, exchangePaceMs(this.#room) / 4);
      return;
    }
    let signedUntilMs = untilMs;
    const booked = Math.max(...this.#edges.map(({ booked: known }) => known.get(visitor.id) ?? 0));
    if (rules.renews && untilMs - nowMs < rules.sessionMs) {
      signedUntilMs = Math.max(untilMs, edge.booked.get(visitor.id) ?? 0);
      if (Math.max(booked, untilMs) - nowMs < rules.sessionMs) {
        edge.bookings.set(visitor.id, nowMs + bookingMs(rules));
      }
    }
    const [least, most] = REQUEST_MS;
    const nextMs = Math.min(goesAtMs, nowMs + least + this.#random() * (most - least));
    this.#agenda.at(Math.max(nextMs, nowMs + 1), () => this.#use(visitor, signedUntilMs, goesAtMs));
  }

  /** Nobody says that the user is out: the slot is free when its time is over. */
  #lapse(visitor: Visitor): void {
    const untilMs = this.#room.slots.active.get(visitor.id)?.untilMs ?? 0;
    if (untilMs <= this.#nowMs) this.#leaveRoom(visitor);
    else this.#agenda.at(untilMs, () => this.#lapse(visitor));
  }

  #leaveRoom({ person }: Visitor): void {
    person.endedAtMs = this.#nowMs;
    this.#inside -= 1;
    if (this.#waiting() > 0) this.#freedAtMs.push(this.#nowMs);
  }

  // Exchanges.

  #beat(edge: Edge, endMs: number): void {
    if (this.#nowMs >= edge.nextMs && !edge.isAsking) this.#exchange(edge);
    const nextMs = Math.max(this.#nowMs + 20, edge.nextMs);
    if (nextMs < endMs) this.#agenda.at(nextMs, () => this.#beat(edge, endMs));
  }

  #soon(edge: Edge, afterMs: number): void {
    this.#agenda.in(afterMs, () => {
      if (!edge.isAsking && edge.ended.length > 0) this.#exchange(edge);
    });
  }

  #exchange(edge: Edge): void {
    const beganAtMs = this.#nowMs;
    edge.isAsking = true;
    edge.beganAtMs = beganAtMs;
    edge.seq += 1;
    edge.nextMs = beganAtMs + exchangePaceMs(this.#room);
    const isOpen = edge.published?.lanes[COMMON_LANE]?.isOpen !== false;
    edge.expected = Math.max(edge.spent, Math.floor(edge.expected / 2));
    const needed = isOpen ? edge.wanting + edge.expected : 0;
    edge.slots = this.#nowMs < edge.leaseEndsAtMs ? Math.min(edge.slots, needed) : 0;
    const wants = needed - edge.slots;
    edge.wanting = 0;
    edge.spent = 0;
    if (edge.moves.size > 0 || edge.batches.length === 0) {
      edge.batchSeq += 1;
      edge.batches.push({ seq: edge.batchSeq, untilMs: beganAtMs, moves: [...edge.moves.values()] });
      edge.moves = new Map();
    }
    const told = {
      edge: edge.name,
      seq: edge.seq,
      lanes: { [COMMON_LANE]: { batches: [...edge.batches], holds: edge.slots, wants } },
      letIn: [...edge.letIn],
      bookings: [...edge.bookings],
      ended: [...edge.ended],
      isInTrouble: false,
    };
    this.#agenda.in(this.#delay(), () => {
      this.#count(this.#exchanges);
      const given = exchangeWith(this.#room, told, this.#nowMs);
      const published = publishRoom(this.#room, given.now, this.#nowMs);
      this.#noteCalled();
      const isLost = this.#random() < (this.#crowd.loss ?? 0);
      this.#agenda.in(isLost ? 1000 : this.#delay(), () => {
        edge.isAsking = false;
        if (!isLost) {
          edge.published = published;
          edge.line = lineFromNumbers(published.lanes[COMMON_LANE]?.line ?? []);
          edge.slots += given.slots[COMMON_LANE] ?? 0;
          edge.leaseEndsAtMs = beganAtMs + leaseMs(this.#room);
          edge.letIn = edge.letIn.filter((one) => !told.letIn.includes(one));
          for (const [id, untilMs] of told.bookings) {
            if (edge.bookings.get(id) === untilMs) edge.bookings.delete(id);
          }
          for (const [id, untilMs] of given.booked) edge.booked.set(id, untilMs);
          edge.ended = edge.ended.filter((one) => !told.ended.includes(one));
          edge.batches = edge.batches.filter(({ seq }) => seq > edge.batchSeq);
          edge.told.push({ untilMs: beganAtMs, appliedAtMs: published.atMs });
          this.#trimLocal(edge);
        }
        for (const visitor of edge.asking.splice(0)) this.#welcome(edge, visitor, false);
        if (edge.asking.length > 0) this.#exchange(edge);
      });
    });
  }

  #trimLocal(edge: Edge): void {
    const known = edge.told.findLast(({ appliedAtMs }) => appliedAtMs <= edge.line.atMs);
    if (known === undefined) return;
    edge.reportedUntilMs = known.untilMs;
    edge.local = edge.local.filter(({ atMs }) => atMs > known.untilMs);
    edge.told = edge.told.filter(({ untilMs }) => untilMs >= known.untilMs);
  }

  // What is measured.

  #count(calls: number[]): void {
    const second = Math.floor((this.#nowMs - START_MS) / 1000);
    calls[second] = (calls[second] ?? 0) + 1;
  }

  #waiting(): number {
    return this.#room.queues.get(COMMON_LANE)?.presence.total ?? 0;
  }

  #noteCalled(): void {
    const frontierMs = this.#room.queues.get(COMMON_LANE)?.frontierMs ?? 0;
    let calledTo = 0;
    while (calledTo < this.#uncalled.length) {
      const visitor = this.#uncalled[calledTo] as Visitor;
      if (visitor.arrivedAtMs > frontierMs) break;
      visitor.person.calledAtMs = this.#nowMs;
      calledTo += 1;
    }
    if (calledTo > 0) this.#uncalled = this.#uncalled.slice(calledTo);
  }

  #sample(): void {
    advanceRoom(this.#room, this.#nowMs);
    const { active, leased } = slotsInUse(this.#room.slots);
    const { limit } = rulesAt(this.#room.rules, this.#nowMs);
    const waiting = this.#waiting();
    if (waiting === 0) this.#freedAtMs = [];
    this.#samples.push({
      atMs: this.#nowMs - START_MS,
      active,
      leased,
      limit,
      waiting,
      inside: this.#inside,
    });
  }
}

function newEdge(name: string): Edge {
  return {
    name,
    seq: 0,
    isAsking: false,
    slots: 0,
    leaseEndsAtMs: 0,
    wanting: 0,
    spent: 0,
    expected: 0,
    nextMs: 0,
    beganAtMs: 0,
    published: undefined,
    line: NO_LINE,
    letIn: [],
    bookings: new Map(),
    booked: new Map(),
    ended: [],
    moves: new Map(),
    batches: [],
    batchSeq: 0,
    local: [],
    told: [],
    reportedUntilMs: 0,
    asking: [],
  };
}
