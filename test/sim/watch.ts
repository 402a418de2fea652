/** What must hold in every world at every step: told of all that happens, it hands on to who watches the one thing. */
import type { Claim, ClaimAnswer } from "../../src/config/room-api.ts";
import { COMMON_LANE } from "../../src/policy/room-rules.ts";
import { slotsInUse } from "../../src/policy/room-slots.ts";
import type { BucketShape } from "../../src/policy/token-bucket.ts";
import type { Edge } from "./edge.ts";
import type { Person } from "./person.ts";
import type { RoomObject } from "./room-object.ts";
import type { Scenario } from "./scenario.ts";
import type { EdgeRoomWatcher, Pass } from "./tokens.ts";
import type { Trace } from "./trace.ts";
import type { VirtualTime } from "./virtual.ts";
import { BucketWatch } from "./watch-buckets.ts";
import { IdleWatch } from "./watch-idle.ts";
import { OrderWatch } from "./watch-order.ts";
import { SlotWatch } from "./watch-slots.ts";
import { Wrongs } from "./wrongs.ts";

export class Watch implements EdgeRoomWatcher {
  readonly buckets: BucketWatch;
  readonly slots: SlotWatch;
  readonly order: OrderWatch;
  readonly idle: IdleWatch;
  readonly #wrongs: Wrongs;
  readonly #payments = new Map<string, "done" | "not-done" | "unknown">();

  constructor(
    time: VirtualTime,
    trace: Trace,
    scenario: Scenario,
    shape: BucketShape,
    isBooked: (passId: string) => boolean,
  ) {
    this.#wrongs = new Wrongs(time, trace, scenario);
    this.buckets = new BucketWatch(this.#wrongs, shape);
    this.slots = new SlotWatch(this.#wrongs, isBooked);
    this.order = new OrderWatch(this.#wrongs);
    this.idle = new IdleWatch(this.#wrongs);
  }

  get wrongs() {
    return this.#wrongs.all;
  }

  // What edges do.

  charged(user: string, cost: number): void {
    this.buckets.charged(user, cost);
  }

  refunded(user: string, cost: number): void {
    this.buckets.refunded(user, cost);
  }

  letIn(...[passId, untilMs, way]: Parameters<EdgeRoomWatcher["letIn"]>): void {
    if (this.slots.letIn(passId, untilMs, way)) this.idle.cameIn();
  }

  issued(ticketId: string, cameAtMs: number): void {
    this.order.issued(ticketId, cameAtMs);
  }

  answered(edge: string, ticketId: string, position: number): void {
    this.order.answered(edge, ticketId, position);
  }

  published(edge: string, atMs: number): void {
    this.order.published(edge, atMs);
  }

  signed(pass: Pass): void {
    this.slots.signed(pass);
  }

  ended(passId: string, atMs: number): void {
    this.slots.ended(passId, atMs);
  }

  afterClaim(room: RoomObject, claim: Claim, answer: ClaimAnswer, people: Iterable<Person>): void {
    if (!this.order.afterClaim(room, claim, answer, people)) return;
    this.idle.cameIn();
    this.slots.noteEntry(this.#wrongs.time.nowMs);
  }

  // Payments.

  paid(id: string, how: "done" | "not-done" | "unknown"): void {
    this.#wrongs.trace.note(this.#wrongs.time.nowMs, "paid", id, how);
    this.#payments.set(id, how);
  }

  lookAtPayments(done: ReadonlyMap<string, number>, isEnd: boolean): void {
    for (const [id, times] of done) {
      if (times > 1) this.#wrongs.note("payment", `${id} was paid ${times} times`);
    }
    if (!isEnd) return;
    for (const [id, how] of this.#payments) {
      const times = done.get(id) ?? 0;
      if (how === "not-done" && times > 0)
        this.#wrongs.note("payment", `${id} was told not to be done, and was`);
      if (how === "done" && times === 0)
        this.#wrongs.note("payment", `${id} was told to be done, and was not`);
    }
  }

  // The end.

  lookAtRest({ room }: RoomObject, edges: readonly Edge[], people: readonly Person[]): void {
    const { active, leased } = slotsInUse(room.slots);
    if (active + leased > 0)
      this.#wrongs.note("rest", `${active} slots are active and ${leased} leased in the end`);
    const waiting = people.filter(({ state }) => state !== "gone" && state !== "coming");
    if (waiting.length > 0) {
      const [first] = waiting;
      this.#wrongs.note(
        "rest",
        `${waiting.length} people are left, the first number ${first?.number}, ${first?.state}`,
      );
    }
    const held = edges.reduce((sum, { limits }) => sum + limits.heldInAll, 0);
    if (held > 0) this.#wrongs.note("rest", `edges hold ${held} tokens in the end`);
    const counted = room.queues.get(COMMON_LANE)?.presence.total ?? 0;
    if (counted > 0) this.#wrongs.note("rest", `${counted} people are counted in line in the end`);
  }
}
