/** That people come in in the order in which they came, and that what they are told of it never gets worse. */
import type { Claim, ClaimAnswer } from "../../src/config/room-api.ts";
import { freeNow } from "../../src/policy/room.ts";
import { COMMON_LANE, rulesAt } from "../../src/policy/room-rules.ts";
import type { Person } from "./person.ts";
import type { RoomObject } from "./room-object.ts";
import type { Ticket } from "./tokens.ts";
import type { Wrongs } from "./wrongs.ts";

/** Clocks that a Room does not correct, of two edges, and the way: arrivals nearer than this have no order. */
const SAME_TIME_MS = 2500;

export class OrderWatch {
  readonly #wrongs: Wrongs;
  #frontierMs = 0;
  /** By ticket: when its holder really came. */
  readonly #came = new Map<string, number>();
  /** By edge and ticket: the lowest position that was answered. */
  readonly #answered = new Map<string, number>();
  /** By edge: when what it goes by was published. */
  readonly #published = new Map<string, number>();
  #wasActive = false;

  constructor(wrongs: Wrongs) {
    this.#wrongs = wrongs;
  }

  lookAtFrontier({ room }: RoomObject): void {
    const frontierMs = room.queues.get(COMMON_LANE)?.frontierMs ?? 0;
    if (frontierMs < this.#frontierMs) {
      this.#wrongs.note("order", `the frontier went back by ${this.#frontierMs - frontierMs} ms`);
    }
    this.#frontierMs = Math.max(this.#frontierMs, frontierMs);
  }

  beforeClaim({ room }: RoomObject, { passId }: Claim): void {
    this.#wasActive = (room.slots.active.get(passId)?.untilMs ?? 0) > this.#wrongs.time.nowMs;
  }

  afterClaim({ room }: RoomObject, claim: Claim, answer: ClaimAnswer, people: Iterable<Person>): boolean {
    const nowMs = this.#wrongs.time.nowMs;
    this.#wrongs.trace.note(nowMs, "claim", claim.ticketId, answer.kind);
    if (answer.kind !== "admitted" || this.#wasActive) return false;
    const queue = room.queues.get(COMMON_LANE);
    if (queue === undefined) return true;
    if (claim.arrivedAtMs > queue.frontierMs) {
      this.#wrongs.note(
        "order",
        `${claim.ticketId} was let in ${claim.arrivedAtMs - queue.frontierMs} ms before its turn`,
      );
    }
    const free = freeNow(room, COMMON_LANE, rulesAt(room.rules, nowMs), Math.floor(nowMs));
    let before = 0;
    for (const { arrivedAtMs, dueAtMs } of queue.standing.values()) {
      if (arrivedAtMs < claim.arrivedAtMs && nowMs < dueAtMs) before += 1;
    }
    if (before > Math.max(0, free)) {
      this.#wrongs.note(
        "order",
        `${claim.ticketId} was let in before ${before} who came earlier and stand; ${free} are left`,
      );
    }
    const cameAtMs = this.#came.get(claim.ticketId) ?? nowMs;
    for (const person of people) {
      if (person.state !== "waiting" || person.ticket === undefined) continue;
      const earlierBy = cameAtMs - (this.#came.get(person.ticket.id) ?? nowMs);
      if (earlierBy > SAME_TIME_MS && person.ticket.arrivedAtMs > queue.frontierMs) {
        this.#wrongs.note(
          "order",
          `person ${person.number} came ${earlierBy.toFixed(0)} ms earlier and is not called`,
        );
      }
    }
    return true;
  }

  issued(ticketId: string, cameAtMs: number): void {
    this.#came.set(ticketId, cameAtMs);
  }

  /** An edge has worked out what it tells of a ticket: whatever the device, it never says more than before. */
  answered(edge: string, ticketId: string, position: number): void {
    const key = `${edge} ${ticketId}`;
    const before = this.#answered.get(key);
    if (before !== undefined && position > before) {
      this.#wrongs.note("position", `${edge} told ${before} of ${ticketId}, and then ${position}`);
    }
    this.#answered.set(key, position);
  }

  /** What an edge goes by never gets older: the frontier would go back, and the line with it. */
  published(edge: string, atMs: number): void {
    const before = this.#published.get(edge) ?? 0;
    if (atMs < before) {
      this.#wrongs.note(
        "order",
        `${edge} went back by ${(before - atMs).toFixed(0)} ms in what it knows of the room`,
      );
    }
    this.#published.set(edge, atMs);
  }

  /** A device has been told its place: never more than it was told before, whatever the edge. */
  told(ticket: Ticket, position: number, before: number | undefined): void {
    const nowMs = this.#wrongs.time.nowMs;
    this.#wrongs.trace.note(nowMs, "told", ticket.id, position);
    if (before !== undefined && position > before) {
      this.#wrongs.note("position", `${ticket.id} was told ${before} and then ${position}`);
    }
  }
}
