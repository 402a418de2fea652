/** A Room object: the authority over one waiting room's slots and lines. */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../config/env.ts";
import { commitmentOf, newSeed } from "../config/lottery.ts";
import type {
  Adoption,
  AdoptionClaim,
  Claim,
  ClaimAnswer,
  Ending,
  LateClaim,
  LotteryView,
  Publication,
  Resumption,
  RoomAnswer,
  RoomApi,
  RoomReport,
  RoomSettings,
  RoomView,
} from "../config/room-api.ts";
import {
  advanceRoom,
  exchangePaceMs,
  leaseMs,
  mergePaceMs,
  type Room as RoomState,
  setRules,
} from "../policy/room.ts";
import { adoptPass, claimSlot, resumePass, unclaimSlot } from "../policy/room-claim.ts";
import { endPass, exchangeWith } from "../policy/room-exchange.ts";
import { publishRoom } from "../policy/room-publication.ts";
import { waitingIn } from "../policy/room-queue.ts";
import { phaseAt, type RulesNow } from "../policy/room-rules.ts";
import { isActive, slotsInUse } from "../policy/room-slots.ts";
import { bridgeSilence } from "../policy/silence.ts";
import { RoomStore, type StoredLottery } from "./room-store.ts";

/** A crash loses so much of who waits, which polls put right. */
const SAVE_EVERY_MS = 1000;
const SWEEP_EVERY_MS = 600_000;
/** Past events whose seeds are kept, so that anyone can still verify. */
const MOST_LOTTERIES = 50;

export class Room extends DurableObject<Env> implements RoomApi {
  readonly #store: RoomStore;
  #settings: RoomSettings | undefined;
  #room: RoomState | undefined;
  #lotteries: readonly StoredLottery[];
  #savedAtMs = 0;
  #isSaveDue = false;
  #isSweepSet = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new RoomStore(ctx.storage.sql);
    this.#lotteries = this.#store.lotteries();
    this.#settings = this.#store.settings();
    if (this.#settings !== undefined) this.#room = this.#store.load(this.#settings, Date.now());
  }

  async configure(room: string, settings: RoomSettings): Promise<void> {
    this.#take(room, settings);
  }

  async exchange(report: RoomReport): Promise<RoomAnswer> {
    // Only for a Room that has heard nothing of Control; what Control says is newer than any edge's word.
    const room = this.#room ?? this.#take("", report.settings);
    const nowMs = Date.now();
    if (report.wasCutOff === true) {
      for (const { presence } of room.queues.values()) bridgeSilence(presence, nowMs);
    }
    const { now, slots, booked, gone } = exchangeWith(room, report, nowMs);
    const publication = this.#publish(room, now, nowMs);
    for (const { ticketId } of report.letIn) {
      if (ticketId !== undefined) this.#noteUsed(room, ticketId, nowMs);
    }
    this.#save(room, nowMs);
    return {
      ...{ publication, slots, leaseMs: leaseMs(room), booked, gone },
      ...{ nextInMs: exchangePaceMs(room), mergeInMs: mergePaceMs(room) },
    };
  }

  async claim(claim: Claim): Promise<ClaimAnswer> {
    const room = this.#room;
    if (room === undefined) return { kind: "standing" };
    const nowMs = Date.now();
    const isIn = isActive(room.slots, claim.passId, nowMs);
    if (!isIn && this.#store.isUsed(claim.ticketId, nowMs)) return { kind: "used" };
    const claimed = claimSlot(room, claim, nowMs);
    if (claimed.kind === "admitted") {
      this.#noteUsed(room, claim.ticketId, nowMs);
    }
    this.#save(room, nowMs);
    return claimed.kind === "admitted" ? { kind: "admitted", untilMs: claimed.untilMs } : claimed;
  }

  async unclaim({ passId, ticketId, attempt, pollAfterMs }: LateClaim): Promise<void> {
    const room = this.#room;
    if (room === undefined) return;
    const nowMs = Date.now();
    // Its place is kept for whoever comes when the slot is free again.
    if (unclaimSlot(room, passId, attempt, pollAfterMs, nowMs)) this.#store.forgetUsed(ticketId);
    this.#save(room, nowMs);
  }

  async resume(passId: string, isAnew: boolean): Promise<Resumption> {
    const room = this.#room;
    const nowMs = Date.now();
    const untilMs = room === undefined ? undefined : resumePass(room, passId, isAnew, nowMs);
    if (room === undefined || untilMs === undefined) return { kind: "gone" };
    this.#save(room, nowMs);
    return { kind: "active", untilMs };
  }

  async end(passId: string): Promise<Ending> {
    const room = this.#room;
    if (room === undefined) return { was: "unknown" };
    const nowMs = Date.now();
    const was = isActive(room.slots, passId, nowMs) ? "active" : "unknown";
    endPass(room, passId, nowMs);
    this.#save(room, nowMs);
    return { was };
  }

  async adopt({ passId, userPassId }: AdoptionClaim): Promise<Adoption> {
    const room = this.#room;
    if (room === undefined) return { kind: "unknown" };
    const nowMs = Date.now();
    const adopted = adoptPass(room, passId, userPassId, nowMs);
    this.#save(room, nowMs);
    return adopted;
  }

  async view(): Promise<RoomView> {
    const room = this.#room;
    if (room === undefined) return { waiting: 0, active: 0, leased: 0, free: 0, limit: 0, vanished: 0 };
    const nowMs = Date.now();
    const { limit } = advanceRoom(room, nowMs);
    const { active, leased } = slotsInUse(room.slots);
    let waiting = 0;
    let vanished = 0;
    for (const queue of room.queues.values()) {
      waiting += waitingIn(queue);
      vanished += queue.presence.vanished;
    }
    this.#save(room, nowMs);
    const free = limit - active - leased;
    return { waiting: Math.round(waiting), active, leased, free, limit, vanished };
  }

  async lottery(): Promise<LotteryView[]> {
    const nowMs = Date.now();
    if (this.#room !== undefined) this.#drawSeed(this.#room, nowMs);
    return Promise.all(
      this.#lotteries.map(async ({ event, startMs, prequeueMs, seed }) => ({
        event,
        startMs,
        prequeueMs,
        commitment: await commitmentOf(seed),
        seed: nowMs >= startMs ? seed : null,
      })),
    );
  }

  override async alarm(): Promise<void> {
    this.#isSweepSet = this.#store.sweepUsed(Date.now()) > 0;
    if (this.#isSweepSet) await this.ctx.storage.setAlarm(Date.now() + SWEEP_EVERY_MS);
  }

  #take(name: string, settings: RoomSettings): RoomState {
    const known = this.#settings;
    if (this.#room !== undefined && known !== undefined && settings.seq <= known.seq) return this.#room;
    const nowMs = Date.now();
    this.#settings = settings;
    this.#store.rememberSettings(name, settings);
    if (this.#room === undefined) this.#room = this.#store.load(settings, nowMs);
    else setRules(this.#room, settings.rules, nowMs);
    return this.#room;
  }

  #publish(room: RoomState, now: RulesNow, nowMs: number): Publication {
    return { ...publishRoom(room, now, nowMs), lottery: this.#drawSeed(room, nowMs) };
  }

  /** The seed of the event that is gathering or running; drawn when it is first asked for. */
  #drawSeed({ rules }: RoomState, nowMs: number): Publication["lottery"] {
    const phase = phaseAt(rules.events, nowMs);
    if (phase.kind === "none" || !phase.event.isLottery) return undefined;
    const { name: event, startMs, prequeueMs } = phase.event;
    const known = this.#lotteries.find((one) => one.event === event && one.startMs === startMs);
    if (known !== undefined) return { event, seed: known.seed };
    const seed = newSeed();
    this.#lotteries = [...this.#lotteries, { event, startMs, prequeueMs, seed }].slice(-MOST_LOTTERIES);
    this.#store.rememberLotteries(this.#lotteries);
    return { event, seed };
  }

  /** Slots at once, lines once a second: now, or when the second is over, though no other call may come. */
  #save(room: RoomState, nowMs: number): void {
    this.#store.saveSlots(room);
    if (Math.abs(nowMs - this.#savedAtMs) >= SAVE_EVERY_MS) {
      this.#savedAtMs = nowMs;
      this.#store.saveLines(room);
    } else if (!this.#isSaveDue) {
      this.#isSaveDue = true;
      this.ctx.waitUntil(this.#saveLater(room));
    }
  }

  async #saveLater(room: RoomState): Promise<void> {
    await scheduler.wait(SAVE_EVERY_MS);
    this.#isSaveDue = false;
    this.#savedAtMs = Date.now();
    this.#store.saveLines(room);
  }

  /** It makes no second pass. */
  #noteUsed({ rules }: RoomState, ticketId: string, nowMs: number): void {
    this.#store.noteUsed(ticketId, nowMs + rules.ticketLifeMs);
    this.#setSweep();
  }

  #setSweep(): void {
    if (this.#isSweepSet) return;
    this.#isSweepSet = true;
    this.ctx.waitUntil(this.ctx.storage.setAlarm(Date.now() + SWEEP_EVERY_MS));
  }
}
