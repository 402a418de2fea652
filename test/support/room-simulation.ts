/** Users, edges and a Room in virtual time: what a waiting room does to a crowd. Same seed, same run. */
import { exchangeFailed, nextExchangeMs } from "../../src/policy/exchange-pace.ts";
import { noteComing, noteDecided } from "../../src/policy/move-batches.ts";
import { pollAfterMs, SHORTEST_POLL_MS } from "../../src/policy/poll-pace.ts";
import type { Position } from "../../src/policy/position.ts";
import { countedUntil } from "../../src/policy/presence.ts";
import { newRoom, type Room } from "../../src/policy/room.ts";
import { claimSlot } from "../../src/policy/room-claim.ts";
import { exchangeWith } from "../../src/policy/room-exchange.ts";
import { publishRoom } from "../../src/policy/room-publication.ts";
import { bookingMs, COMMON_LANE } from "../../src/policy/room-rules.ts";
import { wantSlot } from "../../src/policy/slot-lease.ts";
import { estimateWait } from "../../src/policy/wait-estimate.ts";
import { Agenda } from "./agenda.ts";
import { randomFrom } from "./lease-model.ts";
import { type Crowd, newPerson, type Run, START_MS, type Visitor } from "./room-crowd.ts";
import { RoomGauge } from "./room-gauge.ts";
import { newStation, paceOf, type Station } from "./room-station.ts";
import { RoomUsers } from "./room-users.ts";
import type { SimulatedEdge } from "./simulated-edge.ts";

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
  readonly #gauge: RoomGauge;
  readonly #users: RoomUsers;

  constructor(crowd: Crowd) {
    this.#crowd = crowd;
    this.#random = randomFrom(crowd.seed);
    this.#agenda.nowMs = START_MS;
    this.#room = newRoom(crowd.rules, START_MS);
    this.#stations = Array.from({ length: crowd.edges }, (_, index) => newStation(index));
    this.#gauge = new RoomGauge(this.#room, this.#agenda);
    this.#users = new RoomUsers({
      ...{ crowd, agenda: this.#agenda, random: this.#random, room: this.#room, gauge: this.#gauge },
      edges: this.#stations.map(({ edge }) => edge),
      see: (edge) => {
        const station = this.#stations.find((one) => one.edge === edge);
        if (station !== undefined) this.#see(station);
      },
    });
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
    for (let atMs = START_MS; atMs < endMs; atMs += sampleMs)
      this.#agenda.at(atMs, () => this.#gauge.sample());
    this.#agenda.run(endMs);
    return this.#gauge.run();
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
    const person = newPerson(order, this.#nowMs);
    this.#gauge.people.push(person);
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
      this.#users.enter(visitor, untilMs);
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
    this.#gauge.waits(visitor);
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
      if (visitor.person.admittedAtMs > this.#nowMs) this.#gauge.leavesLine();
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
    const untilSeconds = countedUntil(this.#nowMs, pollAfter, 1000);
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
    this.#gauge.polls += 1;
    const station = this.#someStation();
    if (visitor.arrivedAtMs > (station.edge.lane?.frontierMs ?? 0)) {
      this.#answerWaiter(station, visitor);
      return;
    }
    this.#agenda.in(this.#delay(), () => {
      this.#gauge.count(this.#gauge.claims);
      const claim = {
        ...{ lane: COMMON_LANE, ticketId: visitor.id, passId: visitor.id, pollAfterMs: SHORTEST_POLL_MS },
        ...{ arrivedAtMs: visitor.arrivedAtMs, presentUntilSeconds: visitor.presentUntilSeconds },
      };
      const claimed = claimSlot(this.#room, claim, this.#nowMs);
      this.#gauge.noteCalled();
      this.#agenda.in(this.#delay(), () => {
        if (claimed.kind === "standing") this.#answerWaiter(station, visitor);
        else this.#users.enter(visitor, claimed.untilMs);
      });
    });
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
      this.#gauge.count(this.#gauge.exchanges);
      const given = exchangeWith(this.#room, told, this.#nowMs);
      const published = publishRoom(this.#room, given.now, this.#nowMs);
      this.#gauge.noteCalled();
      const isLost = this.#random() < (this.#crowd.loss ?? 0);
      this.#agenda.in(isLost ? 1000 : this.#delay(), () => {
        if (isLost) exchangeFailed(edge.pace, this.#nowMs);
        else edge.take(told, given, published, this.#room);
        for (const visitor of asking.splice(0)) this.#welcome(station, visitor, false);
        this.#see(station);
      });
    });
  }
}
