/** What an edge does with the Room and the shards of users: carries the ways through the room over the world's network. */
import type { RoomAnswer, RoomReport } from "../../src/config/room-api.ts";
import type { Compiled } from "../../src/edge/compiled.ts";
import { reportOf, takeAnswer } from "../../src/edge/room-client.ts";
import { nextTellingMs } from "../../src/edge/room-duty.ts";
import { newRoomMemory, type RoomMemory } from "../../src/edge/room-memory.ts";
import type { RoomRuntime } from "../../src/edge/room-runtime.ts";
import { ASK_DEADLINE_MS } from "../../src/policy/ask-once.ts";
import { CLAIM_DEADLINE_MS, FAILED_POLL_MS } from "../../src/policy/claim-once.ts";
import { exchangeBegan, exchangeFailed, GIVE_UP_MS, mayExchange } from "../../src/policy/exchange-pace.ts";
import type { ClaimAnswer } from "../../src/policy/room-answers.ts";
import type { Means, Step, Steps } from "../../src/policy/room-steps.ts";
import { isShared, takeHeard } from "../../src/policy/shared-publication.ts";
import type { Chance } from "./chance.ts";
import { ROOM } from "./config.ts";
import type { Network, Party } from "./network.ts";
import type { PlaceCache } from "./place-cache.ts";
import type { PlacesObject } from "./places-object.ts";
import type { RoomObject } from "./room-object.ts";
import type { VirtualTime } from "./virtual.ts";

/** What there is of a room beside an edge. */
export interface RoomSurroundings {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly network: Network;
  readonly room: RoomObject;
  readonly places: PlacesObject;
}

/** A request looks every 2 ms whether another's call is back: here a little seldomer, which is fewer events. */
const LOOK_AGAIN_MS = { call: 10, merge: 20 } as const;
/** As `room-duty.ts`, while another's exchange is under way. */
const TELL_AGAIN_MS = 20;
/** As `places-client.ts`. */
const JOIN_DEADLINE_MS = 100;

export class EdgeRoomLink {
  readonly memory: RoomMemory = newRoomMemory();
  readonly means: Means;
  readonly #around: RoomSurroundings;
  readonly #edge: Party & { readonly name: string };
  readonly #cache: PlaceCache;
  readonly #compiled: () => Compiled;
  #attempts = 0;
  #tellingAtMs = Number.POSITIVE_INFINITY;

  constructor(
    around: RoomSurroundings,
    edge: Party & { readonly name: string },
    cache: PlaceCache,
    compiled: () => Compiled,
  ) {
    const { time, chance } = around;
    this.#cache = cache;
    this.#around = around;
    this.#edge = edge;
    this.#compiled = compiled;
    this.means = { nowMs: () => time.shownMs, random: chance.draw };
  }

  get runtime(): RoomRuntime {
    const room = this.#compiled().rooms.get(ROOM);
    if (room === undefined) throw new Error("no room");
    return { ...room, memory: this.memory };
  }

  /** As `carry.ts`; at once as far as nothing takes time. */
  carry<Result>(steps: Steps<Result>, go: (result: Result) => void): void {
    for (;;) {
      const next = steps.next();
      if (next.done === true) {
        go(next.value);
        return;
      }
      if (!this.#isDone(next.value, () => this.carry(steps, go))) return;
    }
  }

  keepFresh(): void {
    if (mayExchange(this.memory.pace, "look", this.#around.time.shownMs)) this.#exchange();
  }

  /** What is to be told is told in time, though no other request may come. */
  seeToTelling(): void {
    const { time } = this.#around;
    const dueMs = nextTellingMs(this.memory, time.shownMs);
    if (dueMs === undefined) return;
    this.#tellIn(Math.max(1, dueMs - time.shownMs));
  }

  /** Whether the step is done; where it takes time, `after` follows. */
  #isDone(step: Step, after: () => void): boolean {
    switch (step.do) {
      case "tell":
        this.seeToTelling();
        return true;
      case "begin-exchange":
        this.#exchange();
        return true;
      case "hear":
        this.#hear();
        return true;
      case "arrival":
        step.arrivedAtMs = step.ticket.arrivedAtMs;
        return true;
      case "look-again":
        this.#later(LOOK_AGAIN_MS[step.at], after);
        return false;
      case "exchange":
        this.#exchange(after);
        return false;
      default:
        this.#ask(step, after);
        return false;
    }
  }

  #ask(step: Extract<Step, { do: "claim" | "resume" | "adopt" | "join" }>, after: () => void): void {
    const { time, network, room, places } = this.#around;
    const edge = this.#edge;
    switch (step.do) {
      case "claim": {
        this.#attempts += 1;
        const attempt = `${edge.name}-${this.#attempts}`;
        const take = (answer: typeof step.answer) => {
          step.answer = answer;
          after();
        };
        const ask = () => room.claim({ ...step.claim, attempt });
        const { ticketId, passId } = step.claim;
        const late = ({ kind }: ClaimAnswer) => {
          // The copy of one that was answered in time is not late.
          if (kind !== "admitted" || step.answer !== undefined) return;
          network.send(room, () => room.unclaim({ ticketId, passId, attempt, pollAfterMs: FAILED_POLL_MS }));
        };
        network.call(edge, room, ask, take, { deadlineMs: CLAIM_DEADLINE_MS, mayDouble: true }, late);
        return;
      }
      case "resume": {
        const take = (answer: typeof step.answer) => {
          step.answer = answer;
          after();
        };
        const ask = () => room.resume(step.passId, step.isAnew);
        network.call(edge, room, ask, take, { deadlineMs: ASK_DEADLINE_MS, mayDouble: true });
        return;
      }
      case "join": {
        const take = (answer: typeof step.answer) => {
          step.answer = answer;
          after();
        };
        const ask = () => places.join({ room: ROOM, ...step.place }, time.shownMs);
        network.call(edge, places, ask, take, { deadlineMs: JOIN_DEADLINE_MS });
        return;
      }
      case "adopt":
        throw new Error("nobody logs in here");
    }
  }

  #exchange(after?: () => void): void {
    const { memory } = this;
    const { time, network, room } = this.#around;
    const beganAtMs = time.shownMs;
    const seq = exchangeBegan(memory.pace, beganAtMs);
    const report = { ...reportOf(this.runtime, seq, beganAtMs), edge: this.#edge.name };
    const answered = (answer: RoomAnswer | undefined) => {
      // Another has begun since: its answer will say the same and more.
      if (memory.pace.seq === seq && memory.pace.isAsking) {
        if (answer === undefined) exchangeFailed(memory.pace, time.shownMs);
        else this.#take(report, answer, beganAtMs);
      }
      this.seeToTelling();
      after?.();
    };
    const ask = () => room.exchange(report);
    network.call(this.#edge, room, ask, answered, { deadlineMs: GIVE_UP_MS, mayDouble: true });
  }

  #take(report: RoomReport, answer: RoomAnswer, beganAtMs: number): void {
    takeAnswer(this.memory, report, answer, beganAtMs);
    if (isShared(this.memory.pace)) this.#cache.publication = this.memory.publication;
  }

  /** As `publication-cache.ts`; the place's cache answers at once. */
  #hear(): void {
    const { publication } = this.#cache;
    if (publication !== undefined) takeHeard(this.memory, publication);
  }

  /** Nobody tells later than that. */
  #tellIn(afterMs: number): void {
    const { time } = this.#around;
    const atMs = time.nowMs + afterMs;
    if (atMs >= this.#tellingAtMs) return;
    this.#tellingAtMs = atMs;
    this.#later(afterMs, () => {
      if (this.#tellingAtMs !== atMs) return;
      this.#tellingAtMs = Number.POSITIVE_INFINITY;
      const nowMs = time.shownMs;
      const nextMs = nextTellingMs(this.memory, nowMs);
      if (nextMs === undefined) return;
      if (nowMs < nextMs) this.#tellIn(nextMs - nowMs);
      else if (mayExchange(this.memory.pace, "urgent", nowMs)) this.#exchange();
      else this.#tellIn(TELL_AGAIN_MS);
    });
  }

  #later(afterMs: number, act: () => void): void {
    const { life } = this.#edge;
    this.#around.time.in(this.#edge, afterMs, () => {
      if (this.#edge.life === life) act();
    });
  }
}
