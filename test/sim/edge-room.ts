/** An edge's side of the room, as `admit.ts` has it: the real ways of passes, tickets and newcomers, one after the other. */
import type { Compiled } from "../../src/edge/compiled.ts";
import { laneOf, type RoomMemory, roomNowMs } from "../../src/edge/room-memory.ts";
import { isOver } from "../../src/edge/shown-tokens.ts";
import { noteDecided } from "../../src/policy/move-batches.ts";
import { arrivalInTime, arrivalShown, noteNewcomer } from "../../src/policy/newcomer-arrival.ts";
import { newcomerTurn, noteLetIn } from "../../src/policy/newcomer-turn.ts";
import { mayResume, passIdOfUser } from "../../src/policy/pass-renewal.ts";
import { bookedUntil, issuedAtSeconds, notePassOver, notePassUsed } from "../../src/policy/pass-use.ts";
import { COMMON_LANE } from "../../src/policy/room-rules.ts";
import { noteAnswer } from "../../src/policy/self-protection.ts";
import { usableSlots } from "../../src/policy/slot-lease.ts";
import { standInLine } from "../../src/policy/stand-in-line.ts";
import { placeOfUser } from "../../src/policy/user-place.ts";
import { ROOM } from "./config.ts";
import { EdgeRoomLink, type RoomSurroundings } from "./edge-room-link.ts";
import type { Party } from "./network.ts";
import type { PlaceCache } from "./place-cache.ts";
import type { Admission, EdgeRoomWatcher, Pass, Shown, Ticket } from "./tokens.ts";

type Settle = (admission: Admission) => void;

/** When somebody came: by the edge's clock, and really. */
interface Coming {
  readonly id: string;
  readonly arrivedAtMs: number;
  readonly cameAtMs: number;
}

export class EdgeRoom {
  readonly memory: RoomMemory;
  readonly #around: RoomSurroundings;
  readonly #link: EdgeRoomLink;
  readonly #name: string;
  readonly #watcher: EdgeRoomWatcher;
  #tickets = 0;

  constructor(
    around: RoomSurroundings,
    edge: Party & { readonly name: string },
    cache: PlaceCache,
    compiled: () => Compiled,
    watcher: EdgeRoomWatcher,
  ) {
    this.#around = around;
    this.#link = new EdgeRoomLink(around, edge, cache, compiled);
    this.memory = this.#link.memory;
    this.#name = edge.name;
    this.#watcher = watcher;
  }

  admit(shown: Shown, settle: Settle): void {
    this.#link.keepFresh();
    this.#byPass(shown, (admission) => {
      if (admission !== undefined) settle(admission);
      else if (shown.ticket === undefined) this.#newcomer(shown, settle);
      else this.#standWith(shown, shown.ticket, settle);
    });
  }

  /** Hears of the room before anybody comes. */
  warmUp(): void {
    this.#link.keepFresh();
  }

  /** The user of a pass is out, as the origin says. */
  end(passId: string): void {
    notePassOver(this.memory, passId, roomNowMs(this.memory));
    this.#watcher.ended(passId, this.#around.time.nowMs);
    this.#link.seeToTelling();
  }

  noteOutcome(isFailure: boolean): void {
    if (noteAnswer(this.memory.signs, isFailure, this.#around.time.shownMs)) this.#link.seeToTelling();
  }

  /** Slots that newcomers could be given here at this moment. */
  slots(nowMs: number): number {
    let sum = 0;
    for (const { lease } of this.memory.lanes.values()) sum += usableSlots(lease, nowMs);
    return sum;
  }

  /** As `admissionByPass`. */
  #byPass({ pass }: Shown, go: (admission: Admission | undefined) => void): void {
    const { memory } = this;
    if (pass === undefined || isOver({ memory }, pass)) {
      go(undefined);
      return;
    }
    const nowMs = roomNowMs(memory);
    if (pass.untilMs > nowMs) {
      go(this.#use(pass));
      return;
    }
    if (!mayResume(this.#link.runtime.rules, pass.untilMs, nowMs)) {
      go(undefined);
      return;
    }
    this.#link.carry(bookedUntil(memory, pass.id, nowMs, this.#link.means), (untilMs) => {
      if (untilMs === "gone") {
        go(undefined);
        return;
      }
      // The Room gives this slot to nobody either while it cannot be reached.
      if (untilMs === "unreachable") {
        go({ kind: "in", pass });
        return;
      }
      go(this.#use({ ...pass, untilMs }));
    });
  }

  #use(pass: Pass): Admission {
    const { rules } = this.#link.runtime;
    const { signUntilMs, isToTell } = notePassUsed(this.memory, rules, pass, roomNowMs(this.memory));
    if (isToTell) this.#link.seeToTelling();
    const told = signUntilMs === undefined ? pass : { ...pass, untilMs: signUntilMs };
    this.#watcher.signed(told);
    return { kind: "in", pass: told };
  }

  /** As `admitNewcomer`. */
  #newcomer(shown: Shown, settle: Settle): void {
    const { memory } = this;
    const { rules } = this.#link.runtime;
    const { means } = this.#link;
    const { moves } = laneOf(memory, COMMON_LANE);
    const id = this.#newId();
    const cameAtMs = this.#around.time.nowMs;
    const coming = noteNewcomer(memory, COMMON_LANE, id, means);
    const settleAll = (admission: Admission) => {
      noteDecided(moves, id);
      settle(admission);
    };
    this.#link.carry(newcomerTurn(memory, rules, COMMON_LANE, means), (turn) => {
      if (turn !== "slot") {
        this.#link.carry(arrivalInTime(memory, COMMON_LANE, coming, means), (arrivedAtMs) =>
          this.#join(shown, { id, arrivedAtMs, cameAtMs }, settleAll),
        );
        return;
      }
      const passId = passIdOf(shown, id);
      const untilMs = noteLetIn(memory, rules, { id: passId, lane: COMMON_LANE }, roomNowMs(memory));
      this.#link.seeToTelling();
      settleAll(this.#letIn(shown, passId, untilMs, "slot"));
    });
  }

  #join(shown: Shown, { id, arrivedAtMs, cameAtMs }: Coming, settle: Settle): void {
    const { owner } = shown;
    const ticket = ticketOf(id, arrivedAtMs);
    this.#watcher.issued(id, cameAtMs);
    if (owner === undefined) {
      this.#standNew(shown, ticket, settle);
      return;
    }
    const expiresAtMs = roomNowMs(this.memory) + this.#link.runtime.rules.ticketLifeMs;
    const overTicketId = shown.ticket?.id;
    const offered = { owner, ticketId: id, arrivedAtMs, expiresAtMs, overTicketId };
    this.#link.carry(placeOfUser(this.memory, offered, this.#link.means), (place) => {
      if (place.kind === "in") {
        settle(this.#letIn(shown, place.passId, place.untilMs, "resume"));
        return;
      }
      const isOwn = place.ticketId === id;
      this.#standNew(shown, isOwn ? ticket : ticketOf(place.ticketId, place.arrivedAtMs), settle);
    });
  }

  #standNew(shown: Shown, ticket: Ticket, settle: Settle): void {
    laneOf(this.memory, COMMON_LANE).queuedAtMs = this.#around.time.shownMs;
    this.#stand(shown, ticket, settle, () => {
      // Another device's ticket that has been used up: this one begins anew.
      const fresh = ticketOf(this.#newId(), roomNowMs(this.memory));
      this.#watcher.issued(fresh.id, this.#around.time.nowMs);
      this.#stand(shown, fresh, settle, () => {
        throw new Error("a new ticket cannot be used up");
      });
    });
  }

  /** As `standWith`; no room here is open while it cannot be reached. */
  #standWith(shown: Shown, ticket: Ticket, settle: Settle): void {
    const arrivedAtMs = arrivalShown(this.memory, ticket.arrivedAtMs, this.#around.time.shownMs);
    // A ticket that has become a pass before, and that is over: its holder begins anew.
    this.#stand(shown, { ...ticket, arrivedAtMs }, settle, () => this.#newcomer(shown, settle));
  }

  #stand(shown: Shown, ticket: Ticket, settle: Settle, onUsed: () => void): void {
    const { rules } = this.#link.runtime;
    const passId = passIdOf(shown, ticket.id);
    const how = { passId, isOpenOnError: false };
    this.#link.carry(standInLine(this.memory, rules, ticket, how, this.#link.means), (stood) => {
      if (stood.kind === "used") {
        onUsed();
        return;
      }
      if (stood.kind === "in") {
        settle(this.#letIn(shown, passId, stood.untilMs, "claim"));
        return;
      }
      const { place, lowestPosition, presentUntilSeconds, afterMs } = stood;
      const { publication } = this.memory;
      if (publication !== undefined) this.#watcher.published(this.#name, publication.atMs);
      if (place !== undefined) this.#watcher.answered(this.#name, ticket.id, place.position);
      const signed = { ...ticket, lowestPosition, presentUntilSeconds };
      settle({ kind: "waiting", ticket: signed, position: place?.position, afterMs });
    });
  }

  #letIn(
    { owner }: Shown,
    id: string,
    untilMs: number,
    way: Parameters<EdgeRoomWatcher["letIn"]>[2],
  ): Admission {
    const { network, places } = this.#around;
    const pass = { id, untilMs, issuedAtSeconds: issuedAtSeconds(this.memory, id, roomNowMs(this.memory)) };
    this.#watcher.letIn(id, untilMs, way);
    this.#watcher.signed(pass);
    if (owner !== undefined) network.send(places, () => places.admitted(ROOM, owner, id, untilMs));
    return { kind: "in", pass };
  }

  #newId(): string {
    this.#tickets += 1;
    return `${this.#name}-${this.#tickets}`;
  }
}

/** A verified user has one slot, whatever the device. */
function passIdOf({ owner }: Shown, ticketId: string): string {
  return owner === undefined ? ticketId : passIdOfUser(owner);
}

function ticketOf(id: string, arrivedAtMs: number): Ticket {
  return { id, arrivedAtMs, lowestPosition: undefined, presentUntilSeconds: 0, lane: undefined };
}
