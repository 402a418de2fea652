/** Users before a room whose pool carries so much and no more, in virtual time: what is served. Same seed, same run. */
import { noteComing, noteDecided } from "../../src/policy/move-batches.ts";
import { countedUntil } from "../../src/policy/presence.ts";
import { newRoom, type Room } from "../../src/policy/room.ts";
import { claimSlot } from "../../src/policy/room-claim.ts";
import { exchangeWith } from "../../src/policy/room-exchange.ts";
import { publishRoom } from "../../src/policy/room-publication.ts";
import { bookingMs, COMMON_LANE } from "../../src/policy/room-rules.ts";
import { slotsInUse } from "../../src/policy/room-slots.ts";
import {
  isInTrouble,
  noSigns,
  noteAnswer,
  type PoolSigns,
  takeAnswers,
} from "../../src/policy/self-protection.ts";
import { wantSlot } from "../../src/policy/slot-lease.ts";
import { Agenda } from "./agenda.ts";
import { randomFrom } from "./lease-model.ts";
import { roomOf } from "./room-figures.ts";
import { SimulatedEdge } from "./simulated-edge.ts";

export interface Overload {
  readonly seed: number;
  readonly edges: number;
  /** Places of the room, and those who want one: each asks by the clock, whatever the answer. */
  readonly places: number;
  readonly users: number;
  /** Between two requests of a user, drawn evenly from half of it to one and a half. */
  readonly everyMs: number;
  /** From coming in to leaving, drawn likewise; somebody new takes the seat. */
  readonly stayMs: number;
  /** Requests that the pool takes at once, at a time; more are turned away. */
  inFlightAt(ms: number): number;
  readonly serviceMs: number;
  /** Share of requests that the pool turns away whatever it carries. */
  readonly faults?: number;
  readonly untilMs: number;
}

export interface Second {
  served: number;
  failed: number;
  queued: number;
  /** At its end. */
  active: number;
}

interface Station {
  readonly edge: SimulatedEdge;
  readonly signs: PoolSigns;
}

/** One user after another. */
interface Seat {
  state: "new" | "waiting" | "in";
  id: string;
  arrivedAtMs: number;
  presentUntilSeconds: number;
  leavesAtMs: number;
}

const START_MS = 1_800_000_000_000;
const DELAY_MS = 5;
/** See `room-duty.ts`. */
const LOOK_MS = 50;
const POLL_MS = 2000;

/** What came of the requests of each second. */
export function simulateOverload(overload: Overload): Second[] {
  return new World(overload).run();
}

class World {
  readonly #overload: Overload;
  readonly #agenda = new Agenda();
  readonly #random: () => number;
  readonly #room: Room;
  readonly #edges: readonly Station[];
  readonly #seconds: Second[] = [];
  readonly #rules;
  #inFlight = 0;
  #people = 0;

  constructor(overload: Overload) {
    this.#overload = overload;
    this.#random = randomFrom(overload.seed);
    this.#agenda.nowMs = START_MS;
    this.#rules = roomOf(overload.places);
    this.#room = newRoom(this.#rules, START_MS);
    this.#edges = Array.from({ length: overload.edges }, (_, at) => ({
      edge: new SimulatedEdge(`edge ${at}`),
      signs: noSigns(),
    }));
  }

  run(): Second[] {
    const { users, everyMs, untilMs } = this.#overload;
    for (let user = 0; user < users; user += 1) {
      const seat: Seat = { state: "new", id: "", arrivedAtMs: 0, presentUntilSeconds: 0, leavesAtMs: 0 };
      this.#agenda.at(START_MS + this.#random() * everyMs, () => this.#ask(seat));
    }
    for (const one of this.#edges) this.#beat(one);
    this.#agenda.run(START_MS + untilMs);
    return this.#seconds;
  }

  get #nowMs(): number {
    return this.#agenda.nowMs;
  }

  get #second(): Second {
    const at = Math.floor((this.#nowMs - START_MS) / 1000);
    const { active } = slotsInUse(this.#room.slots);
    const second = this.#seconds[at] ?? { served: 0, failed: 0, queued: 0, active: 0 };
    this.#seconds[at] = second;
    second.active = active;
    return second;
  }

  #about(meanMs: number): number {
    return meanMs * (0.5 + this.#random());
  }

  #ask(seat: Seat): void {
    this.#agenda.in(this.#about(this.#overload.everyMs), () => this.#ask(seat));
    const station = this.#edges[Math.floor(this.#random() * this.#edges.length)];
    if (station === undefined) return;
    if (seat.state === "in" && this.#nowMs >= seat.leavesAtMs) {
      station.edge.ended.push([seat.id, this.#nowMs]);
      seat.state = "new";
      return;
    }
    if (seat.state === "new") this.#come(station, seat);
    if (seat.state === "waiting") this.#claim(station, seat);
    if (seat.state === "in") this.#request(station);
    else this.#second.queued += 1;
  }

  #come({ edge, signs }: Station, seat: Seat): void {
    this.#people += 1;
    seat.id = `person ${this.#people}`;
    seat.arrivedAtMs = edge.arrival(this.#nowMs, this.#random());
    noteComing(edge.moves, seat.id, seat.arrivedAtMs);
    const mayPass = !isInTrouble(signs, this.#nowMs);
    if (mayPass && edge.letIn(seat.id, this.#nowMs + bookingMs(this.#rules), this.#nowMs)) this.#enter(seat);
    else {
      if (mayPass) wantSlot(edge.lease);
      seat.state = "waiting";
      seat.presentUntilSeconds = 0;
    }
    noteDecided(edge.moves, seat.id);
  }

  #claim({ edge }: Station, seat: Seat): void {
    if (seat.arrivedAtMs <= (edge.lane?.frontierMs ?? 0)) {
      const claiming = { lane: COMMON_LANE, ticketId: seat.id, passId: seat.id, pollAfterMs: POLL_MS };
      const { arrivedAtMs, presentUntilSeconds } = seat;
      const claimed = claimSlot(this.#room, { ...claiming, arrivedAtMs, presentUntilSeconds }, this.#nowMs);
      if (claimed.kind === "admitted") {
        this.#enter(seat);
        return;
      }
    }
    const untilSeconds = countedUntil(this.#nowMs, POLL_MS, 1000);
    edge.count({ ...seat, lowest: 0 }, untilSeconds);
    seat.presentUntilSeconds = untilSeconds;
  }

  #enter(seat: Seat): void {
    seat.state = "in";
    seat.leavesAtMs = this.#nowMs + this.#about(this.#overload.stayMs);
    this.#keep(seat);
  }

  /** Its slot is booked for as long as the user is in. */
  #keep(seat: Seat): void {
    const { id } = seat;
    this.#agenda.in(this.#rules.sessionMs / 2, () => {
      if (seat.state !== "in" || seat.id !== id) return;
      this.#edges[0]?.edge.bookings.set(id, this.#nowMs + bookingMs(this.#rules));
      this.#keep(seat);
    });
  }

  #request({ signs }: Station): void {
    const { faults = 0, inFlightAt } = this.#overload;
    if (this.#inFlight >= inFlightAt(this.#nowMs - START_MS) || this.#random() < faults) {
      this.#second.failed += 1;
      noteAnswer(signs, true, this.#nowMs);
      return;
    }
    this.#inFlight += 1;
    this.#agenda.in(this.#overload.serviceMs, () => {
      this.#inFlight -= 1;
      this.#second.served += 1;
      noteAnswer(signs, false, this.#nowMs);
    });
  }

  #beat(station: Station): void {
    const { edge, signs } = station;
    const isTroubled = isInTrouble(signs, this.#nowMs);
    const urgency = edge.mustTell ? "merge" : edge.ended.length > 0 || isTroubled ? "soon" : "paced";
    if (edge.mayExchange(urgency, this.#nowMs)) {
      const told = { ...edge.report(this.#nowMs), isInTrouble: isTroubled, answers: takeAnswers(signs) };
      this.#agenda.in(DELAY_MS, () => {
        const given = exchangeWith(this.#room, told, this.#nowMs);
        const published = publishRoom(this.#room, given.now, this.#nowMs);
        this.#agenda.in(DELAY_MS, () => edge.take(told, given, published, this.#room));
      });
    }
    this.#agenda.in(LOOK_MS, () => this.#beat(station));
  }
}
