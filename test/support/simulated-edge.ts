/** An edge of a simulated room: the edge's own policies, with a Room that is asked by somebody else. */
import { arrivalOf, newArrivalClock } from "../../src/policy/arrival-clock.ts";
import {
  exchangeAnswered,
  exchangeBegan,
  isAsking,
  mayExchange,
  newExchangePace,
} from "../../src/policy/exchange-pace.ts";
import { type Line, lineFromNumbers } from "../../src/policy/line.ts";
import { mustTellArrivals, needsMerge } from "../../src/policy/merging.ts";
import {
  freezeMoves,
  lineSeen,
  localArrivals,
  movesAnswered,
  newPendingMoves,
  noteMove,
} from "../../src/policy/move-batches.ts";
import { isMerged, type Position, positionOf } from "../../src/policy/position.ts";
import { exchangePaceMs, leaseMs, mergePaceMs, type Room } from "../../src/policy/room.ts";
import type { Given, Told } from "../../src/policy/room-exchange.ts";
import type { Lane, Published } from "../../src/policy/room-publication.ts";
import { COMMON_LANE } from "../../src/policy/room-rules.ts";
import { newSlotLease, spendSlot, takeSlots, tellSlots } from "../../src/policy/slot-lease.ts";

/** How somebody stands who has a ticket. */
export interface Place {
  readonly arrivedAtMs: number;
  /** The lowest position that was told; 0 for none. */
  readonly lowest: number;
  readonly presentUntilSeconds: number;
}

const NO_LINE: Line = { atMs: 0, edges: 0, unreportedMs: 0, completeMs: 0, buckets: [], before: [] };
const NOT_NEW = Number.MAX_SAFE_INTEGER;

export class SimulatedEdge {
  readonly #name: string;
  readonly pace = newExchangePace();
  readonly lease = newSlotLease();
  readonly moves = newPendingMoves();
  readonly #arrivals = newArrivalClock();
  #published: Published | undefined;
  #line = NO_LINE;
  #letIn: Told["letIn"][number][] = [];
  readonly bookings = new Map<string, number>();
  readonly booked = new Map<string, number>();
  ended: (readonly [id: string, atMs: number])[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  get lane(): Lane | undefined {
    return this.#published?.lanes[COMMON_LANE];
  }

  arrival(nowMs: number, random: number): number {
    return arrivalOf(this.#arrivals, nowMs, random);
  }

  /** Lets somebody in with a slot that is held. */
  letIn(id: string, untilMs: number, nowMs: number): boolean {
    if (this.lane?.isOpen !== true || !spendSlot(this.lease, nowMs)) return false;
    this.#letIn.push({ id, lane: COMMON_LANE, givenAtMs: nowMs, untilMs });
    return true;
  }

  /** What can be said of a place now: for somebody new, before he is counted here. */
  place({ arrivedAtMs: t, lowest, presentUntilSeconds }: Place): Position {
    const p = lowest > 0 ? lowest : presentUntilSeconds > 0 ? NOT_NEW : 0;
    return positionOf(this.#line, { t, p }, localArrivals(this.moves));
  }

  /** See `placeMerged`. */
  placeMerged(place: Place, first: Position): Position {
    return this.#line.edges < 2 ? first : this.place(place);
  }

  isUnsure({ arrivedAtMs }: Place, nowMs: number): boolean {
    return needsMerge(this.#line, arrivedAtMs, localArrivals(this.moves), this.pace, nowMs);
  }

  isMerged({ arrivedAtMs }: Place): boolean {
    return isMerged(this.#line, arrivedAtMs);
  }

  /** Counts somebody until then. */
  count({ arrivedAtMs, presentUntilSeconds }: Place, untilSeconds: number): void {
    noteMove(this.moves, arrivedAtMs, presentUntilSeconds, untilSeconds);
  }

  /** Whether arrivals here matter so much that they are told soon. */
  get mustTell(): boolean {
    return mustTellArrivals(this.moves.untold, this.#line);
  }

  mayExchange(urgency: "urgent" | "merge" | "soon" | "paced", nowMs: number): boolean {
    return !isAsking(this.pace, nowMs) && mayExchange(this.pace, urgency, nowMs);
  }

  /** What an exchange that begins now tells. */
  report(nowMs: number): Told {
    const seq = exchangeBegan(this.pace, nowMs);
    const lane = {
      batches: freezeMoves(this.moves, nowMs),
      ...tellSlots(this.lease, this.lane?.isOpen !== false, nowMs),
    };
    const letIn = [...this.#letIn];
    const bookings = [...this.bookings];
    return {
      ...{ edge: this.#name, seq, lanes: { [COMMON_LANE]: lane } },
      ...{ letIn, bookings, ended: [...this.ended], isInTrouble: false },
    };
  }

  take(told: Told, given: Given, published: Published, room: Room): void {
    const { pace } = this;
    exchangeAnswered(pace, exchangePaceMs(room), mergePaceMs(room));
    this.#published = published;
    this.#line = lineFromNumbers(published.lanes[COMMON_LANE]?.line ?? []);
    takeSlots(this.lease, given.slots[COMMON_LANE] ?? 0, pace.beganAtMs + leaseMs(room));
    movesAnswered(this.moves, told.lanes[COMMON_LANE]?.batches ?? [], published.atMs);
    lineSeen(this.moves, this.#line.atMs);
    this.#letIn = this.#letIn.filter((one) => !told.letIn.includes(one));
    for (const [id, untilMs] of told.bookings) {
      if (this.bookings.get(id) === untilMs) this.bookings.delete(id);
    }
    for (const [id, untilMs] of given.booked) this.booked.set(id, untilMs);
    this.ended = this.ended.filter((one) => !told.ended.includes(one));
  }
}
