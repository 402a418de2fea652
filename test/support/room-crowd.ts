/** Who comes to a simulated room, what becomes of each, and what is seen of it. */
import type { Room } from "../../src/policy/room.ts";
import type { RoomRules } from "../../src/policy/room-rules.ts";

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

export interface Visitor {
  readonly person: Person;
  readonly id: string;
  arrivedAtMs: number;
  lowest: number;
  presentUntilSeconds: number;
  patienceMs: number;
}

export function newPerson(order: number, arrivedAtMs: number): Person {
  return {
    order,
    arrivedAtMs,
    hasTicket: false,
    ticketAtMs: Number.NaN,
    answeredAfterMs: 0,
    told: [],
    calledAtMs: Number.POSITIVE_INFINITY,
    admittedAtMs: Number.POSITIVE_INFINITY,
    endedAtMs: Number.POSITIVE_INFINITY,
    leftAtMs: Number.POSITIVE_INFINITY,
  };
}
