/** Users of a simulated room, from coming in to going out. */
import type { Room } from "../../src/policy/room.ts";
import { bookingMs } from "../../src/policy/room-rules.ts";
import type { Agenda } from "./agenda.ts";
import type { Crowd, Visitor } from "./room-crowd.ts";
import type { RoomGauge } from "./room-gauge.ts";
import type { SimulatedEdge } from "./simulated-edge.ts";

/** How often somebody who is in asks for something. */
const REQUEST_MS = [2000, 6000] as const;

export interface Surroundings {
  readonly crowd: Crowd;
  readonly agenda: Agenda;
  readonly random: () => number;
  readonly room: Room;
  readonly edges: readonly SimulatedEdge[];
  readonly gauge: RoomGauge;
  /** An edge has something to tell. */
  readonly see: (edge: SimulatedEdge) => void;
}

export class RoomUsers {
  readonly #crowd: Crowd;
  readonly #agenda: Agenda;
  readonly #random: () => number;
  readonly #room: Room;
  readonly #edges: readonly SimulatedEdge[];
  readonly #gauge: RoomGauge;
  readonly #see: (edge: SimulatedEdge) => void;

  constructor({ crowd, agenda, random, room, edges, gauge, see }: Surroundings) {
    this.#crowd = crowd;
    this.#agenda = agenda;
    this.#random = random;
    this.#room = room;
    this.#edges = edges;
    this.#gauge = gauge;
    this.#see = see;
  }

  enter(visitor: Visitor, untilMs: number): void {
    this.#gauge.comesIn(visitor);
    const { nowMs } = this.#agenda;
    const [least, most] = this.#crowd.stayMs;
    this.#use(visitor, untilMs, nowMs + least + this.#random() * (most - least));
  }

  /** One request, and the next. */
  #use(visitor: Visitor, untilMs: number, goesAtMs: number): void {
    const { rules } = this.#crowd;
    const { nowMs } = this.#agenda;
    const edge = this.#edges[Math.floor(this.#random() * this.#edges.length)] as SimulatedEdge;
    if (nowMs >= goesAtMs) {
      if (this.#random() >= this.#crowd.saidToEnd) {
        this.#lapse(visitor);
        return;
      }
      this.#gauge.goesOut(visitor);
      edge.ended.push([visitor.id, nowMs]);
      this.#see(edge);
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
    if (untilMs <= this.#agenda.nowMs) this.#gauge.goesOut(visitor);
    else this.#agenda.at(untilMs, () => this.#lapse(visitor));
  }
}
