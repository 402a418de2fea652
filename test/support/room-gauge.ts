/** What is measured of a simulated room. */
import { advanceRoom, type Room } from "../../src/policy/room.ts";
import { COMMON_LANE, rulesAt } from "../../src/policy/room-rules.ts";
import { slotsInUse } from "../../src/policy/room-slots.ts";
import type { Agenda } from "./agenda.ts";
import { type Person, type Run, type Sample, START_MS, type Visitor } from "./room-crowd.ts";

export class RoomGauge {
  readonly people: Person[] = [];
  readonly exchanges: number[] = [];
  readonly claims: number[] = [];
  polls = 0;
  /** Users who are in, and people who wait. */
  #inside = 0;
  #there = 0;
  readonly #samples: Sample[] = [];
  readonly #idleMs: number[] = [];
  /** Slots that became free and have no next user yet. */
  #freedAtMs: number[] = [];
  /** Tickets that the frontier has not passed. */
  #uncalled: Visitor[] = [];
  readonly #room: Room;
  readonly #agenda: Agenda;

  constructor(room: Room, agenda: Agenda) {
    this.#room = room;
    this.#agenda = agenda;
  }

  /** A call to the Room. */
  count(calls: number[]): void {
    const second = Math.floor((this.#agenda.nowMs - START_MS) / 1000);
    calls[second] = (calls[second] ?? 0) + 1;
  }

  waits(visitor: Visitor): void {
    this.#uncalled.push(visitor);
    this.#there += 1;
  }

  leavesLine(): void {
    this.#there -= 1;
  }

  comesIn({ person, arrivedAtMs, patienceMs }: Visitor): void {
    const { nowMs } = this.#agenda;
    person.admittedAtMs = nowMs;
    this.#inside += 1;
    if (person.hasTicket && nowMs < arrivedAtMs + patienceMs) this.#there -= 1;
    const freedAtMs = this.#freedAtMs.shift();
    if (freedAtMs !== undefined && person.hasTicket) this.#idleMs.push(nowMs - freedAtMs);
  }

  goesOut({ person }: Visitor): void {
    person.endedAtMs = this.#agenda.nowMs;
    this.#inside -= 1;
    if (this.#waiting() > 0) this.#freedAtMs.push(this.#agenda.nowMs);
  }

  /** Notes whom the frontier has passed. */
  noteCalled(): void {
    const frontierMs = this.#room.queues.get(COMMON_LANE)?.frontierMs ?? 0;
    let calledTo = 0;
    while (calledTo < this.#uncalled.length) {
      const visitor = this.#uncalled[calledTo] as Visitor;
      if (visitor.arrivedAtMs > frontierMs) break;
      visitor.person.calledAtMs = this.#agenda.nowMs;
      calledTo += 1;
    }
    if (calledTo > 0) this.#uncalled = this.#uncalled.slice(calledTo);
  }

  sample(): void {
    const { nowMs } = this.#agenda;
    advanceRoom(this.#room, nowMs);
    const { active, leased } = slotsInUse(this.#room.slots);
    const { limit } = rulesAt(this.#room.rules, nowMs);
    const waiting = this.#waiting();
    if (waiting === 0) this.#freedAtMs = [];
    this.#samples.push({
      ...{ atMs: nowMs - START_MS, active, leased, limit, waiting },
      ...{ there: this.#there, inside: this.#inside },
    });
  }

  run(): Run {
    const { people, exchanges, claims, polls } = this;
    return {
      people,
      samples: this.#samples,
      idleMs: this.#idleMs,
      exchanges,
      claims,
      polls,
      room: this.#room,
    };
  }

  #waiting(): number {
    return this.#room.queues.get(COMMON_LANE)?.presence.total ?? 0;
  }
}
