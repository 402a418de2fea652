/** A Room object: the real policies and the real store; a crash loses what a second of lines has brought, as there. */

import type {
  Claim,
  ClaimAnswer,
  LateClaim,
  Resumption,
  RoomAnswer,
  RoomReport,
  RoomSettings,
} from "../../src/config/room-api.ts";
import { RoomStore } from "../../src/control/room-store.ts";
import {
  advanceRoom,
  exchangePaceMs,
  leaseMs,
  mergePaceMs,
  type Room,
  setRules,
} from "../../src/policy/room.ts";
import { claimSlot, resumePass, unclaimSlot } from "../../src/policy/room-claim.ts";
import { exchangeWith } from "../../src/policy/room-exchange.ts";
import { publishRoom } from "../../src/policy/room-publication.ts";
import { isActive } from "../../src/policy/room-slots.ts";
import { sqliteInMemory } from "../support/sqlite.ts";
import type { Party } from "./network.ts";
import type { VirtualTime } from "./virtual.ts";

/** As `Room` has it. */
const SAVE_EVERY_MS = 1000;

/** They are known for some paces of exchanges. */
const FAR_EDGES_EVERY_MS = 1000;

/** Told what the object did, before its answer leaves. */
export interface RoomWatcher {
  afterChange(): void;
  afterLending(): void;
  /** Just before a ticket asks for its slot. */
  beforeClaim(claim: Claim): void;
  afterClaim(claim: Claim, answer: ClaimAnswer): void;
}

export class RoomObject implements Party {
  offsetMs = 0;
  life = 0;
  isUp = true;
  exchanges = 0;
  claims = 0;
  resumes = 0;
  watcher: RoomWatcher | undefined;
  readonly #time: VirtualTime;
  readonly #sql = sqliteInMemory();
  #store: RoomStore;
  #settings: RoomSettings;
  #room: Room;
  readonly #farEdges: number;
  #farEdgesAtMs = Number.NEGATIVE_INFINITY;
  #savedAtMs = 0;
  #isSaveDue = false;

  /** @param farEdges that tell nothing, and have their turns like all others */
  constructor(time: VirtualTime, settings: RoomSettings, farEdges = 0) {
    this.#time = time;
    this.#settings = settings;
    this.#farEdges = farEdges;
    this.#store = new RoomStore(this.#sql);
    this.#room = this.#store.load(settings, time.shownMs);
  }

  /** To look at; only the object changes it. */
  get room(): Room {
    return this.#room;
  }

  get settings(): RoomSettings {
    return this.#settings;
  }

  configure(settings: RoomSettings): void {
    if (settings.seq <= this.#settings.seq) return;
    this.#settings = settings;
    this.#store.rememberSettings("main", settings);
    setRules(this.#room, settings.rules, this.#time.shownMs);
    this.watcher?.afterChange();
  }

  exchange(report: RoomReport): RoomAnswer {
    this.exchanges += 1;
    const nowMs = this.#time.shownMs;
    const room = this.#room;
    this.#hearFarEdges(nowMs);
    const { now, slots, booked, gone } = exchangeWith(room, report, nowMs);
    if (Object.keys(slots).length > 0) this.watcher?.afterLending();
    const publication = { ...publishRoom(room, now, nowMs), lottery: undefined };
    this.#save(nowMs);
    const paces = { nextInMs: exchangePaceMs(room), mergeInMs: mergePaceMs(room) };
    return { publication, slots, leaseMs: leaseMs(room), booked, gone, ...paces };
  }

  #hearFarEdges(nowMs: number): void {
    const { edges } = this.#room;
    if (this.#farEdges === 0 || Math.abs(nowMs - this.#farEdgesAtMs) < FAR_EDGES_EVERY_MS) return;
    this.#farEdgesAtMs = nowMs;
    for (let index = 0; index < this.#farEdges; index += 1) {
      const name = `far${index}`;
      // The last one heard comes last.
      edges.delete(name);
      edges.set(name, nowMs);
    }
  }

  claim(claim: Claim): ClaimAnswer {
    this.claims += 1;
    const nowMs = this.#time.shownMs;
    const room = this.#room;
    this.watcher?.beforeClaim(claim);
    const isIn = isActive(room.slots, claim.passId, nowMs);
    if (!isIn && this.#store.isUsed(claim.ticketId, nowMs)) return { kind: "used" };
    const claimed = claimSlot(room, claim, nowMs);
    if (claimed.kind === "admitted") this.#store.noteUsed(claim.ticketId, nowMs + room.rules.ticketLifeMs);
    this.#save(nowMs);
    const answer: ClaimAnswer =
      claimed.kind === "admitted" ? { kind: "admitted", untilMs: claimed.untilMs } : claimed;
    this.watcher?.afterClaim(claim, answer);
    return answer;
  }

  unclaim({ passId, ticketId, attempt, pollAfterMs }: LateClaim): void {
    const nowMs = this.#time.shownMs;
    if (unclaimSlot(this.#room, passId, attempt, pollAfterMs, nowMs)) this.#store.forgetUsed(ticketId);
    this.#save(nowMs);
  }

  resume(passId: string, isAnew: boolean): Resumption {
    this.resumes += 1;
    const nowMs = this.#time.shownMs;
    const untilMs = resumePass(this.#room, passId, isAnew, nowMs);
    if (untilMs === undefined) return { kind: "gone" };
    this.#save(nowMs);
    return { kind: "active", untilMs };
  }

  /** Lets time pass, as an operator's look at it does. */
  look(): void {
    const nowMs = this.#time.shownMs;
    advanceRoom(this.#room, nowMs);
    this.#save(nowMs);
  }

  restart(): void {
    this.#farEdgesAtMs = Number.NEGATIVE_INFINITY;
    this.life += 1;
    this.#isSaveDue = false;
    this.#store = new RoomStore(this.#sql);
    const settings = this.#store.settings() ?? this.#settings;
    this.#settings = settings;
    this.#room = this.#store.load(settings, this.#time.shownMs);
  }

  close(): void {
    this.#sql.close();
  }

  /** Slots at once, lines once a second. */
  #save(nowMs: number): void {
    this.#store.saveSlots(this.#room);
    this.watcher?.afterChange();
    if (Math.abs(nowMs - this.#savedAtMs) >= SAVE_EVERY_MS) {
      this.#savedAtMs = nowMs;
      this.#store.saveLines(this.#room);
    } else if (!this.#isSaveDue) {
      this.#isSaveDue = true;
      const { life } = this;
      this.#time.in(this, SAVE_EVERY_MS, () => {
        if (this.life !== life) return;
        this.#isSaveDue = false;
        this.#savedAtMs = this.#time.shownMs;
        this.#store.saveLines(this.#room);
      });
    }
  }
}
