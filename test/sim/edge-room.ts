/** An edge's side of the room: the real memory, reports and rules of an edge, with calls over the world's network. */
import type { Claim, ClaimAnswer, PlaceAnswer, Resumption, RoomAnswer } from "../../src/config/room-api.ts";
import type { Compiled } from "../../src/edge/compiled.ts";
import { reportOf, takeAnswer } from "../../src/edge/room-client.ts";
import { nextTellingMs } from "../../src/edge/room-duty.ts";
import {
  laneOf,
  laneView,
  lineOf,
  newRoomMemory,
  publishedLane,
  type RoomMemory,
  roomNowMs,
} from "../../src/edge/room-memory.ts";
import type { RoomRuntime } from "../../src/edge/room-runtime.ts";
import { isOver } from "../../src/edge/shown-tokens.ts";
import {
  exchangeBegan,
  exchangeFailed,
  GIVE_UP_MS,
  isAsking,
  isDown,
  isStale,
  mayExchange,
} from "../../src/policy/exchange-pace.ts";
import { localArrivals, noteAdmitted, noteMove } from "../../src/policy/move-batches.ts";
import { decideNewcomer, type NewcomerDecision } from "../../src/policy/newcomer.ts";
import { mayResume, renewalOf } from "../../src/policy/pass-renewal.ts";
import { pollAfterMs, SHORTEST_POLL_MS } from "../../src/policy/poll-pace.ts";
import { positionOf } from "../../src/policy/position.ts";
import { countedUntil } from "../../src/policy/presence.ts";
import { afterMove, countedFrom } from "../../src/policy/present-until.ts";
import { bookingMs, COMMON_LANE, rulesAt } from "../../src/policy/room-rules.ts";
import { isInTrouble, noteAnswer } from "../../src/policy/self-protection.ts";
import { spendSlot, usableSlots, wantSlot } from "../../src/policy/slot-lease.ts";
import { estimateWait, type WaitEstimate } from "../../src/policy/wait-estimate.ts";
import type { Chance } from "./chance.ts";
import { ROOM } from "./config.ts";
import type { Network, Party } from "./network.ts";
import type { PlacesObject } from "./places-object.ts";
import type { RoomObject } from "./room-object.ts";
import type { VirtualTime } from "./virtual.ts";

export interface Ticket {
  readonly id: string;
  readonly arrivedAtMs: number;
  readonly lowest: number | undefined;
  readonly presentUntilSeconds: number;
}

export interface Pass {
  readonly id: string;
  readonly issuedAtSeconds: number;
  readonly untilMs: number;
}

/** What a device shows. */
export interface Shown {
  /** Of a signed-in user. */
  readonly owner: string | undefined;
  readonly ticket: Ticket | undefined;
  readonly pass: Pass | undefined;
}

export type Admission =
  /** `pass` is what the answer tells; `isNew` when a user has just come in. */
  | { readonly kind: "in"; readonly pass: Pass; readonly isNew: boolean }
  | {
      readonly kind: "waiting";
      readonly ticket: Ticket;
      readonly position: number;
      readonly afterMs: number;
    };

/** Told what the edge does with the room's slots. */
export interface EdgeRoomWatcher {
  letIn(
    passId: string,
    untilMs: number,
    way: "slot" | "claim" | "resume",
    arrivedAtMs: number | undefined,
  ): void;
  /** A place in line was made; its holder really came at that time. */
  issued(ticketId: string, cameAtMs: number): void;
  /** A text that says so is on its way to a client. */
  signed(pass: Pass): void;
  ended(passId: string, atMs: number): void;
}

type Settle = (admission: Admission) => void;

const DEADLINE_MS = 1000;
const LOOK_AGAIN_MS = 10;
const REFRESH_DEADLINE_MS = 100;
/** As `stand-in-line.ts`. */
const FAILED_POLL_MS = 5000;
const NOT_NEW = Number.MAX_SAFE_INTEGER;
const JOIN_DEADLINE_MS = 100;

export class EdgeRoom {
  readonly memory: RoomMemory = newRoomMemory();
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #network: Network;
  readonly #edge: Party & { readonly name: string };
  readonly #room: RoomObject;
  readonly #places: PlacesObject;
  readonly #compiled: () => Compiled;
  readonly #watcher: EdgeRoomWatcher;
  #tickets = 0;
  #tellingAtMs = Number.POSITIVE_INFINITY;

  constructor(
    time: VirtualTime,
    chance: Chance,
    network: Network,
    edge: Party & { readonly name: string },
    room: RoomObject,
    places: PlacesObject,
    compiled: () => Compiled,
    watcher: EdgeRoomWatcher,
  ) {
    this.#time = time;
    this.#chance = chance;
    this.#network = network;
    this.#edge = edge;
    this.#room = room;
    this.#places = places;
    this.#compiled = compiled;
    this.#watcher = watcher;
  }

  /** As `admit` does it. */
  admit(shown: Shown, settle: Settle): void {
    this.#keepFresh();
    this.#byPass(shown, (admission) => {
      if (admission !== undefined) settle(admission);
      else if (shown.ticket === undefined) this.#newcomer(shown, settle);
      // A ticket that has become a pass before, and that is over: its holder begins anew.
      else this.#stand(shown, shown.ticket, settle, () => this.#newcomer(shown, settle));
    });
  }

  /** Hears of the room before anybody comes. */
  warmUp(): void {
    this.#keepFresh();
  }

  /** The user of a pass is out, as the origin says. */
  end(passId: string): void {
    const nowMs = roomNowMs(this.memory);
    this.memory.over.set(passId, nowMs);
    this.memory.bookings.delete(passId);
    this.memory.endedToTell.set(passId, nowMs);
    this.#watcher.ended(passId, this.#time.nowMs);
    this.#seeToTelling();
  }

  noteOutcome(isFailure: boolean): void {
    if (noteAnswer(this.memory.signs, isFailure, this.#time.shownMs)) this.#seeToTelling();
  }

  /** Slots that newcomers could be given here at this moment. */
  slots(nowMs: number): number {
    let sum = 0;
    for (const { lease } of this.memory.lanes.values()) sum += usableSlots(lease, nowMs);
    return sum;
  }

  get #runtime(): RoomRuntime {
    const room = this.#compiled().rooms.get(ROOM);
    if (room === undefined) throw new Error("no room");
    return { ...room, memory: this.memory };
  }

  // In by a pass.

  #byPass({ pass }: Shown, go: (admission: Admission | undefined) => void): void {
    const { memory } = this;
    if (pass === undefined || isOver({ memory }, pass)) {
      go(undefined);
      return;
    }
    const { rules } = this.#runtime;
    const nowMs = roomNowMs(memory);
    if (pass.untilMs > nowMs) {
      go(this.#use(pass));
      return;
    }
    if (!mayResume(rules, pass.untilMs, nowMs)) {
      go(undefined);
      return;
    }
    const known = memory.booked.get(pass.id) ?? 0;
    if (known > nowMs) {
      go(this.#use({ ...pass, untilMs: known }));
      return;
    }
    this.#resume(pass.id, false, (resumed) => {
      // The Room gives this slot to nobody either while it cannot be reached.
      if (resumed === undefined) return go({ kind: "in", pass, isNew: false });
      if (resumed.kind === "gone") {
        memory.over.set(pass.id, roomNowMs(memory));
        return go(undefined);
      }
      memory.booked.set(pass.id, resumed.untilMs);
      go(this.#use({ ...pass, untilMs: resumed.untilMs }));
    });
  }

  #use(pass: Pass): Admission {
    const { memory } = this;
    const { rules } = this.#runtime;
    const booked = memory.booked.get(pass.id) ?? 0;
    const { signUntilMs, bookUntilMs } = renewalOf(rules, pass.untilMs, booked, roomNowMs(memory));
    if (bookUntilMs !== undefined) {
      memory.bookings.set(pass.id, bookUntilMs);
      const endsAtMs = Math.max(pass.untilMs, booked) - memory.skewMs;
      memory.bookingsDueMs = Math.min(memory.bookingsDueMs, endsAtMs);
      this.#seeToTelling();
    }
    const told = signUntilMs === undefined ? pass : { ...pass, untilMs: signUntilMs };
    this.#watcher.signed(told);
    return { kind: "in", pass: told, isNew: false };
  }

  #resume(passId: string, isAnew: boolean, go: (resumed: Resumption | undefined) => void): void {
    if (isDown(this.memory.pace)) {
      go(undefined);
      return;
    }
    const ask = () => this.#room.resume(passId, isAnew);
    this.#network.call(this.#edge, this.#room, ask, go, { deadlineMs: DEADLINE_MS, mayDouble: true });
  }

  #newPass(id: string, untilMs: number): Pass {
    const { memory } = this;
    const overAtMs = Math.max(memory.over.get(id) ?? -1, memory.ended.get(id) ?? -1);
    const nowSeconds = Math.floor(roomNowMs(memory) / 1000);
    return { id, untilMs, issuedAtSeconds: Math.max(nowSeconds, Math.floor(overAtMs / 1000) + 1) };
  }

  // Newcomers.

  #newcomer(shown: Shown, settle: Settle): void {
    const cameAtMs = roomNowMs(this.memory);
    const reallyMs = this.#time.nowMs;
    this.#decide(undefined, this.#time.nowMs + DEADLINE_MS, (kind) => {
      if (kind === "ticket") return this.#join(shown, cameAtMs, reallyMs, settle);
      const { memory } = this;
      const id = passIdOf(shown, this.#newId());
      const nowMs = roomNowMs(memory);
      const untilMs = nowMs + bookingMs(this.#runtime.rules);
      memory.letIn.push({ id, lane: COMMON_LANE, givenAtMs: nowMs, untilMs });
      this.#seeToTelling();
      settle(this.#letIn(shown, this.#newPass(id, untilMs), "slot", undefined));
    });
  }

  #decide(wantedIn: number | undefined, deadlineMs: number, go: (kind: "slot" | "ticket") => void): void {
    const { memory } = this;
    const { lease } = laneOf(memory, COMMON_LANE);
    const nowMs = this.#time.shownMs;
    const { kind } = this.#look(nowMs);
    if (kind === "slot" && spendSlot(lease, nowMs)) {
      go("slot");
      return;
    }
    if (kind === "ticket" || kind === "down" || this.#time.nowMs >= deadlineMs) {
      go("ticket");
      return;
    }
    if (wantedIn !== memory.pace.seq) wantSlot(lease);
    const wanted = memory.pace.seq;
    const again = () => this.#decide(wanted, deadlineMs, go);
    if (kind === "ask") this.#exchange(again);
    else this.#later(LOOK_AGAIN_MS, again);
  }

  /** As `look` of `admit-newcomer.ts`. */
  #look(nowMs: number): NewcomerDecision {
    const { memory } = this;
    const { pace, publication, signs } = memory;
    const { rules } = this.#runtime;
    return decideNewcomer({
      isHeld:
        rulesAt(rules, nowMs + memory.skewMs).isHeld || (publication?.isPaused === true && !isDown(pace)),
      isInTrouble: isInTrouble(signs, nowMs),
      lane: laneView(memory, COMMON_LANE, nowMs),
      slots: usableSlots(laneOf(memory, COMMON_LANE).lease, nowMs),
      isDown: isDown(pace),
      mustWait: isAsking(pace, nowMs) || !mayExchange(pace, "urgent", nowMs),
    });
  }

  #join(shown: Shown, arrivedAtMs: number, reallyMs: number, settle: Settle): void {
    const ticket: Ticket = { id: this.#newId(), arrivedAtMs, lowest: undefined, presentUntilSeconds: 0 };
    this.#watcher.issued(ticket.id, reallyMs);
    const stand = (place: Ticket) => {
      laneOf(this.memory, COMMON_LANE).queuedAtMs = this.#time.shownMs;
      this.#stand(shown, place, settle, () => {
        // Another device's ticket that has been used up: this one begins anew.
        const fresh = { ...ticket, id: this.#newId(), arrivedAtMs: roomNowMs(this.memory) };
        this.#watcher.issued(fresh.id, this.#time.nowMs);
        this.#stand(shown, fresh, settle, () => this.#wrongUse());
      });
    };
    if (shown.owner === undefined) {
      stand(ticket);
      return;
    }
    this.#placeOf(shown, shown.owner, ticket, stand, settle, undefined);
  }

  /** A signed-in user's one place, as the user's shard knows it. */
  #placeOf(
    shown: Shown,
    owner: string,
    ticket: Ticket,
    stand: (place: Ticket) => void,
    settle: Settle,
    overPassId: string | undefined,
  ): void {
    const { memory } = this;
    const { ticketLifeMs } = this.#runtime.rules;
    const offered = {
      ...{ room: ROOM, owner, ticketId: ticket.id, arrivedAtMs: ticket.arrivedAtMs },
      expiresAtMs: roomNowMs(memory) + ticketLifeMs,
      ...(overPassId === undefined ? {} : { overPassId }),
    };
    const answered = (answer: PlaceAnswer | undefined) => {
      if (answer === undefined) return stand(ticket);
      if (answer.kind === "waiting") return stand(placeAt(ticket, answer));
      this.#resume(answer.passId, true, (resumed) => {
        if (resumed === undefined) return stand(ticket);
        if (resumed.kind === "active") {
          return settle(
            this.#letIn(shown, this.#newPass(answer.passId, resumed.untilMs), "resume", undefined),
          );
        }
        if (overPassId === undefined) this.#placeOf(shown, owner, ticket, stand, settle, answer.passId);
        else stand(ticket);
      });
    };
    const ask = () => this.#places.join(offered, this.#time.shownMs);
    this.#network.call(this.#edge, this.#places, ask, answered, { deadlineMs: JOIN_DEADLINE_MS });
  }

  // In line.

  #stand(shown: Shown, ticket: Ticket, settle: Settle, onUsed: () => void): void {
    const { memory } = this;
    if (memory.publication === undefined || isStale(memory.pace, this.#time.shownMs)) {
      this.#freshInTime(() => this.#standNow(shown, ticket, settle, onUsed));
    } else this.#standNow(shown, ticket, settle, onUsed);
  }

  #wrongUse(): never {
    throw new Error("a new ticket cannot be used up");
  }

  #standNow(shown: Shown, ticket: Ticket, settle: Settle, onUsed: () => void): void {
    const { memory } = this;
    const { rules } = this.#runtime;
    const isPaused = rulesAt(rules, roomNowMs(memory)).isHeld || memory.publication?.isPaused === true;
    const published = publishedLane(memory, COMMON_LANE);
    const isCalled = !isPaused && ticket.arrivedAtMs <= (published?.frontierMs ?? Number.NEGATIVE_INFINITY);
    if (!isCalled) {
      settle(this.#wait(ticket, isPaused, undefined));
      return;
    }
    const noted = memory.tickets.get(ticket.id);
    const passId = passIdOf(shown, ticket.id);
    const presentUntilSeconds = countedFrom(noted, ticket.presentUntilSeconds);
    const claim: Claim = {
      ...{ lane: COMMON_LANE, ticketId: ticket.id, passId, arrivedAtMs: ticket.arrivedAtMs },
      ...{ presentUntilSeconds, pollAfterMs: SHORTEST_POLL_MS },
    };
    this.#claim(claim, (claimed) => {
      switch (claimed?.kind) {
        case "admitted":
          if (presentUntilSeconds * 1000 > roomNowMs(memory)) {
            noteAdmitted(laneOf(memory, COMMON_LANE).moves, ticket.arrivedAtMs, roomNowMs(memory));
          }
          return settle(
            this.#letIn(shown, this.#newPass(passId, claimed.untilMs), "claim", ticket.arrivedAtMs),
          );
        case "used":
          return onUsed();
        case "standing":
          return settle(this.#wait(ticket, isPaused, SHORTEST_POLL_MS));
        case undefined:
          return settle(this.#wait(ticket, isPaused, FAILED_POLL_MS));
      }
    });
  }

  #claim(claim: Claim, go: (claimed: ClaimAnswer | undefined) => void): void {
    if (isDown(this.memory.pace)) {
      go(undefined);
      return;
    }
    const ask = () => this.#room.claim(claim);
    this.#network.call(this.#edge, this.#room, ask, go, { deadlineMs: DEADLINE_MS, mayDouble: true });
  }

  /** As `waiting` of `stand-in-line.ts`. */
  #wait(ticket: Ticket, isPaused: boolean, pollMs: number | undefined): Admission {
    const { memory } = this;
    const nowMs = roomNowMs(memory);
    const { moves } = laneOf(memory, COMMON_LANE);
    const noted = memory.tickets.get(ticket.id);
    const from = countedFrom(noted, ticket.presentUntilSeconds);
    const lowest = lowestOf(ticket.lowest, noted?.position);
    const told = lowest ?? (from === 0 ? 0 : NOT_NEW);
    const place = positionOf(
      lineOf(memory, COMMON_LANE),
      { t: ticket.arrivedAtMs, p: told },
      localArrivals(moves),
    );
    const published = publishedLane(memory, COMMON_LANE);
    const estimate: WaitEstimate = isPaused
      ? { kind: "paused" }
      : published === undefined
        ? { kind: "unknown" }
        : estimateWait(published.pace, place.ahead);
    const afterMs = pollMs ?? pollAfterMs(place.ahead, estimate, this.#chance.draw());
    const until = countedUntil(nowMs, afterMs);
    noteMove(moves, ticket.arrivedAtMs, from, until);
    memory.tickets.set(ticket.id, {
      ...afterMove(noted, ticket.presentUntilSeconds, until),
      position: place.position,
    });
    this.#seeToTelling();
    const signed = { ...ticket, lowest: place.position, presentUntilSeconds: until };
    return { kind: "waiting", ticket: signed, position: place.position, afterMs };
  }

  #letIn(
    { owner }: Shown,
    pass: Pass,
    way: Parameters<EdgeRoomWatcher["letIn"]>[2],
    arrivedAtMs: number | undefined,
  ): Admission {
    this.#watcher.letIn(pass.id, pass.untilMs, way, arrivedAtMs);
    this.#watcher.signed(pass);
    if (owner !== undefined) {
      this.#network.send(this.#places, () => this.#places.admitted(ROOM, owner, pass.id, pass.untilMs));
    }
    return { kind: "in", pass, isNew: true };
  }

  // Talking to the Room.

  #keepFresh(): void {
    if (mayExchange(this.memory.pace, "look", this.#time.shownMs)) this.#exchange();
  }

  #freshInTime(go: () => void): void {
    const { pace } = this.memory;
    if (isDown(pace)) {
      go();
      return;
    }
    const deadlineMs = this.#time.nowMs + REFRESH_DEADLINE_MS;
    const before = pace.takenAtMs;
    if (mayExchange(pace, "urgent", this.#time.shownMs)) this.#exchange();
    const look = () => {
      const isOver = this.#time.nowMs >= deadlineMs || pace.takenAtMs !== before;
      if (isOver || !isAsking(pace, this.#time.shownMs)) go();
      else this.#later(LOOK_AGAIN_MS, look);
    };
    look();
  }

  #exchange(after?: () => void): void {
    const { memory } = this;
    const beganAtMs = this.#time.shownMs;
    const seq = exchangeBegan(memory.pace, beganAtMs);
    const report = { ...reportOf(this.#runtime, seq, beganAtMs), edge: this.#edge.name };
    const answered = (answer: RoomAnswer | undefined) => {
      // Another has begun since: its answer will say the same and more.
      if (memory.pace.seq === seq && memory.pace.isAsking) {
        if (answer === undefined) exchangeFailed(memory.pace, this.#time.shownMs);
        else takeAnswer(memory, report, answer, beganAtMs);
      }
      this.#seeToTelling();
      after?.();
    };
    const ask = () => this.#room.exchange(report);
    this.#network.call(this.#edge, this.#room, ask, answered, { deadlineMs: GIVE_UP_MS, mayDouble: true });
  }

  /** What is to be told is told in time, though no other request may come. */
  #seeToTelling(): void {
    const dueMs = nextTellingMs(this.memory, this.#time.shownMs);
    if (dueMs === undefined) return;
    const afterMs = Math.max(1, dueMs - this.#time.shownMs);
    const atMs = this.#time.nowMs + afterMs;
    if (atMs >= this.#tellingAtMs) return;
    this.#tellingAtMs = atMs;
    this.#later(afterMs, () => {
      if (this.#tellingAtMs !== atMs) return;
      this.#tellingAtMs = Number.POSITIVE_INFINITY;
      const nowMs = this.#time.shownMs;
      const nextMs = nextTellingMs(this.memory, nowMs);
      if (nextMs === undefined) return;
      if (nowMs >= nextMs && mayExchange(this.memory.pace, "urgent", nowMs)) this.#exchange();
      else this.#tellAgain();
    });
  }

  /** While another's exchange is under way. */
  #tellAgain(): void {
    this.#tellingAtMs = this.#time.nowMs + 20;
    const atMs = this.#tellingAtMs;
    this.#later(20, () => {
      if (this.#tellingAtMs !== atMs) return;
      this.#tellingAtMs = Number.POSITIVE_INFINITY;
      this.#seeToTelling();
    });
  }

  #later(afterMs: number, act: () => void): void {
    const { life } = this.#edge;
    this.#time.in(this.#edge, afterMs, () => {
      if (this.#edge.life === life) act();
    });
  }

  #newId(): string {
    this.#tickets += 1;
    return `${this.#edge.name}-${this.#tickets}`;
  }
}

/** A verified user has one slot, whatever the device. */
function passIdOf({ owner }: Shown, ticketId: string): string {
  return owner === undefined ? ticketId : `user-${owner}`;
}

function placeAt(
  ticket: Ticket,
  { ticketId: id, arrivedAtMs }: { readonly ticketId: string; readonly arrivedAtMs: number },
): Ticket {
  return id === ticket.id ? ticket : { id, arrivedAtMs, lowest: undefined, presentUntilSeconds: 0 };
}

function lowestOf(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}
