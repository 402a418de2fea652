/** Users, edges and a Room in virtual time: what a waiting room does to a crowd. Same seed, same run. */
import { exchangeFailed, nextExchangeMs } from "../../src/policy/exchange-pace.ts";
import { noteComing, noteDecided } from "../../src/policy/move-batches.ts";
import { pollAfterMs, SHORTEST_POLL_MS } from "../../src/policy/poll-pace.ts";
import type { Position } from "../../src/policy/position.ts";
import { countedUntil } from "../../src/policy/presence.ts";
import { advanceRoom, newRoom, type Room } from "../../src/policy/room.ts";
import { claimSlot } from "../../src/policy/room-claim.ts";
import { exchangeWith } from "../../src/policy/room-exchange.ts";
import { publishRoom } from "../../src/policy/room-publication.ts";
import { bookingMs, COMMON_LANE, type RoomRules, rulesAt } from "../../src/policy/room-rules.ts";
import { slotsInUse } from "../../src/policy/room-slots.ts";
import { wantSlot } from "../../src/policy/slot-lease.ts";
import { estimateWait, type Pace } from "../../src/policy/wait-estimate.ts";
import { Agenda } from "./agenda.ts";
import { randomFrom } from "./lease-model.ts";
import { SimulatedEdge } from "./simulated-edge.ts";

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
  /** As signed in the ticket. */
  ticketAtMs: number;
  /** From coming until the first answer. */
  answeredAfterMs: number;
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
  /** Who waits in truth: who left without a word counts for two poll intervals more. */
  readonly there: number;
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

interface Station {
  readonly edge: SimulatedEdge;
  /** Newcomers who wait for an answer of the Room. */
  readonly asking: Visitor[];
  /** Whose places wait for a merge, and since when. */
  merging: { readonly visitor: Visitor; readonly sinceMs: number; readonly answer: () => void }[];
}

/** How often somebody who is in asks for something. */
const REQUEST_MS = [2000, 6000] as const;
/** See `room-client.ts` and `room-duty.ts`: how long a place waits for a merge, and how often an edge looks. */
const MERGE_DEADLINE_MS = 3000;
const LOOK_FOR_MERGE_MS = 20;
const LOOK_MS = 50;

export function simulateRoom(crowd: Crowd): Run {
  return new World(crowd).run();
}

class World {
  readonly #crowd: Crowd;
  readonly #agenda = new Agenda();
  readonly #random: () => number;
  readonly #room: Room;
  readonly #stations: Station[];
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
  #there = 0;
  #polls = 0;

  constructor(crowd: Crowd) {
    this.#crowd = crowd;
    this.#random = randomFrom(crowd.seed);
    this.#agenda.nowMs = START_MS;
    this.#room = newRoom(crowd.rules, START_MS);
    this.#stations = Array.from({ length: crowd.edges }, (_, index) => ({
      ...{ edge: new SimulatedEdge(`edge ${index}`), asking: [], merging: [] },
    }));
  }

  run(): Run {
    const { arrivals, untilMs, sampleMs = 100 } = this.#crowd;
    const endMs = START_MS + untilMs;
    for (const [order, atMs] of arrivals.entries()) {
      this.#agenda.at(START_MS + atMs, () => this.#arrive(order));
    }
    for (const station of this.#stations) {
      this.#agenda.in(Math.floor(this.#random() * 1000), () => this.#beat(station, endMs));
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

  #someStation(): Station {
    return this.#stations[Math.floor(this.#random() * this.#stations.length)] as Station;
  }

  // Newcomers.

  #arrive(order: number): void {
    const person: Person = {
      order,
      arrivedAtMs: this.#nowMs,
      hasTicket: false,
      ticketAtMs: Number.NaN,
      answeredAfterMs: 0,
      told: [],
      calledAtMs: Number.POSITIVE_INFINITY,
      admittedAtMs: Number.POSITIVE_INFINITY,
      endedAtMs: Number.POSITIVE_INFINITY,
      leftAtMs: Number.POSITIVE_INFINITY,
    };
    this.#people.push(person);
    const station = this.#someStation();
    const { edge } = station;
    const visitor: Visitor = {
      person,
      id: `person ${order}`,
      arrivedAtMs: edge.arrival(this.#nowMs, this.#random()),
      lowest: 0,
      presentUntilSeconds: 0,
      patienceMs: Number.POSITIVE_INFINITY,
    };
    noteComing(edge.moves, visitor.id, visitor.arrivedAtMs);
    this.#welcome(station, visitor, true);
  }

  #welcome(station: Station, visitor: Visitor, mayAsk: boolean): void {
    const { edge, asking } = station;
    const untilMs = this.#nowMs + bookingMs(this.#crowd.rules);
    if (edge.letIn(visitor.id, untilMs, this.#nowMs)) {
      noteDecided(edge.moves, visitor.id);
      this.#enter(visitor, untilMs);
      return;
    }
    if (mayAsk && edge.lane?.isOpen !== false) {
      wantSlot(edge.lease);
      asking.push(visitor);
      if (edge.mayExchange("urgent", this.#nowMs)) this.#exchange(station);
      return;
    }
    this.#issue(station, visitor);
  }

  #issue(station: Station, visitor: Visitor): void {
    const { person } = visitor;
    const { edge, merging } = station;
    person.hasTicket = true;
    person.ticketAtMs = visitor.arrivedAtMs;
    this.#uncalled.push(visitor);
    this.#there += 1;
    const isUnsure = edge.isUnsure(visitor, this.#nowMs);
    const place = edge.place(visitor);
    const pollAfter = this.#countWaiter(edge, visitor, place);
    noteDecided(edge.moves, visitor.id);
    const answer = () => {
      person.answeredAfterMs = this.#nowMs - person.arrivedAtMs;
      if (isUnsure) {
        const merged = edge.placeMerged(visitor, place);
        this.#tell(edge, visitor, merged, this.#countWaiter(edge, visitor, merged));
      } else this.#tell(edge, visitor, place, pollAfter);
      const { activeLimit } = this.#crowd.rules;
      const [least, most] = this.#crowd.stayMs;
      const waitMs = (visitor.lowest / activeLimit) * ((least + most) / 2);
      if (this.#random() < this.#crowd.leaving) this.#loosePatience(visitor, this.#random() * waitMs);
    };
    this.#see(station);
    if (!isUnsure) {
      answer();
      return;
    }
    merging.push({ visitor, sinceMs: this.#nowMs, answer });
    if (merging.length === 1) this.#agenda.in(LOOK_FOR_MERGE_MS, () => this.#lookForMerge(station));
  }

  /** Goes without a word after so long, unless it is in by then. */
  #loosePatience(visitor: Visitor, afterMs: number): void {
    visitor.patienceMs = afterMs;
    this.#agenda.at(Math.max(this.#nowMs, visitor.arrivedAtMs + afterMs), () => {
      if (visitor.person.admittedAtMs > this.#nowMs) this.#there -= 1;
    });
  }

  #lookForMerge(station: Station): void {
    const { edge, merging } = station;
    const isDone = ({ visitor, sinceMs }: (typeof merging)[number]) =>
      edge.isMerged(visitor) || this.#nowMs - sinceMs >= MERGE_DEADLINE_MS || edge.pace.failures > 0;
    station.merging = merging.filter((one) => !isDone(one));
    for (const one of merging) if (isDone(one)) one.answer();
    if (station.merging.length === 0) return;
    if (edge.mayExchange("merge", this.#nowMs)) this.#exchange(station);
    this.#agenda.in(LOOK_FOR_MERGE_MS, () => this.#lookForMerge(station));
  }

  // Waiters.

  #answerWaiter(station: Station, visitor: Visitor): void {
    const place = station.edge.place(visitor);
    this.#tell(station.edge, visitor, place, this.#countWaiter(station.edge, visitor, place));
  }

  /** Counted until after the next poll; in how many milliseconds that is to come. */
  #countWaiter(edge: SimulatedEdge, visitor: Visitor, { ahead }: Position): number {
    const isCalled = visitor.arrivedAtMs <= (edge.lane?.frontierMs ?? 0);
    const far = isCalled ? 0 : ahead;
    const pollAfter = pollAfterMs(far, estimateWait(paceOf(edge), far), this.#random());
    const untilSeconds = countedUntil(this.#nowMs, pollAfter);
    edge.count(visitor, untilSeconds);
    visitor.presentUntilSeconds = untilSeconds;
    return pollAfter;
  }

  #tell(edge: SimulatedEdge, visitor: Visitor, { position, ahead }: Position, pollAfter: number): void {
    const estimate = estimateWait(paceOf(edge), ahead);
    const { low, high } = estimate.kind === "range" ? estimate : { low: undefined, high: undefined };
    visitor.person.told.push({ atMs: this.#nowMs, position, low, high });
    visitor.lowest = position;
    this.#agenda.in(pollAfter + this.#delay(), () => this.#poll(visitor));
  }

  #poll(visitor: Visitor): void {
    if (this.#nowMs - visitor.arrivedAtMs > visitor.patienceMs) {
      visitor.person.leftAtMs = this.#nowMs;
      return;
    }
    this.#polls += 1;
    const station = this.#someStation();
    if (visitor.arrivedAtMs > (station.edge.lane?.frontierMs ?? 0)) {
      this.#answerWaiter(station, visitor);
      return;
    }
    this.#agenda.in(this.#delay(), () => {
      this.#count(this.#claims);
      const claim = {
        ...{ lane: COMMON_LANE, ticketId: visitor.id, passId: visitor.id, pollAfterMs: SHORTEST_POLL_MS },
        ...{ arrivedAtMs: visitor.arrivedAtMs, presentUntilSeconds: visitor.presentUntilSeconds },
      };
      const claimed = claimSlot(this.#room, claim, this.#nowMs);
      this.#noteCalled();
      this.#agenda.in(this.#delay(), () => {
        if (claimed.kind === "standing") this.#answerWaiter(station, visitor);
        else this.#enter(visitor, claimed.untilMs);
      });
    });
  }

  // Users.

  #enter(visitor: Visitor, untilMs: number): void {
    const { person } = visitor;
    const nowMs = this.#nowMs;
    person.admittedAtMs = nowMs;
    if (person.hasTicket && nowMs < visitor.arrivedAtMs + visitor.patienceMs) this.#there -= 1;
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
    const station = this.#someStation();
    const { edge } = station;
    if (nowMs >= goesAtMs) {
      if (this.#random() >= this.#crowd.saidToEnd) {
        this.#lapse(visitor);
        return;
      }
      this.#leaveRoom(visitor);
      edge.ended.push([visitor.id, nowMs]);
      this.#see(station);
      return;
    }
    let signedUntilMs = untilMs;
    const booked = Math.max(
      ...this.#stations.map(({ edge: { booked: known } }) => known.get(visitor.id) ?? 0),
    );
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

  #beat(station: Station, endMs: number): void {
    const { edge } = station;
    if (edge.mayExchange("paced", this.#nowMs)) this.#exchange(station);
    const nextMs = Math.max(this.#nowMs + LOOK_MS, nextExchangeMs(edge.pace, "paced"));
    if (nextMs < endMs) this.#agenda.at(nextMs, () => this.#beat(station, endMs));
  }

  /** Something has come that may have to be told before the next beat. */
  #see(station: Station): void {
    const { edge } = station;
    const urgency = edge.mustTell ? "merge" : edge.ended.length > 0 ? "soon" : undefined;
    if (urgency === undefined) return;
    const dueMs = Math.max(nextExchangeMs(edge.pace, urgency), this.#nowMs + this.#random() * LOOK_MS);
    this.#agenda.at(dueMs, () => {
      const isDue = edge.mustTell || edge.ended.length > 0;
      if (isDue && edge.mayExchange(urgency, this.#nowMs)) this.#exchange(station);
    });
  }

  #exchange(station: Station): void {
    const { edge, asking } = station;
    const told = edge.report(this.#nowMs);
    this.#agenda.in(this.#delay(), () => {
      this.#count(this.#exchanges);
      const given = exchangeWith(this.#room, told, this.#nowMs);
      const published = publishRoom(this.#room, given.now, this.#nowMs);
      this.#noteCalled();
      const isLost = this.#random() < (this.#crowd.loss ?? 0);
      this.#agenda.in(isLost ? 1000 : this.#delay(), () => {
        if (isLost) exchangeFailed(edge.pace, this.#nowMs);
        else edge.take(told, given, published, this.#room);
        for (const visitor of asking.splice(0)) this.#welcome(station, visitor, false);
        this.#see(station);
      });
    });
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
      there: this.#there,
      inside: this.#inside,
    });
  }
}

function paceOf({ lane }: SimulatedEdge): Pace {
  return lane?.pace ?? { kind: "unknown" };
}
