/**
 * A Places object: the one place, in each room, of each signed-in user of its shard; or, of the shards of addresses, which
 * tickets each address holds.
 */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../config/env.ts";
import type { HoldAnswer, HoldClaim, PlaceAnswer, PlaceClaim, PlacesApi } from "../config/room-api.ts";
import { refusedRetryMs } from "../policy/held-ticket.ts";
import { afterJoin, afterLetIn } from "../policy/place-record.ts";
import { HeldTable, type HeldTicket } from "./held-table.ts";
import { PlaceTable } from "./place-table.ts";

/** Records that are over say nothing, so sweeping them is no hurry. */
const SWEEP_EVERY_MS = 60_000;

export class Places extends DurableObject<Env> implements PlacesApi {
  readonly #table: PlaceTable;
  readonly #held: HeldTable;
  #isSweepSet = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#table = new PlaceTable(ctx.storage.sql);
    this.#held = new HeldTable(ctx.storage.sql);
  }

  async join({ room, owner, overPassId, ...offered }: PlaceClaim): Promise<PlaceAnswer> {
    const { ticketId, arrivedAtMs, expiresAtMs } = offered;
    const known = this.#table.get(room, owner);
    const record = afterJoin(known, { ticketId, arrivedAtMs, expiresAtMs }, Date.now(), overPassId);
    if (record.kind === "in") return { kind: "admitted", passId: record.passId };
    this.#table.put(room, owner, record);
    this.#setSweep();
    return { kind: "waiting", ticketId: record.ticketId, arrivedAtMs: record.arrivedAtMs };
  }

  async admitted(room: string, owner: string, passId: string, untilMs: number): Promise<void> {
    const known = this.#table.get(room, owner);
    const record = afterLetIn(known, passId, untilMs);
    if (record === known) return;
    this.#table.put(room, owner, record);
    this.#setSweep();
  }

  async passOf(room: string, owner: string): Promise<string | undefined> {
    const known = this.#table.get(room, owner);
    return known?.kind === "in" ? known.passId : undefined;
  }

  async leave(room: string, owner: string): Promise<void> {
    this.#table.delete(room, owner);
  }

  async hold({ most, forMs, ...ticket }: HoldClaim): Promise<HoldAnswer> {
    const nowMs = Date.now();
    const holding = this.#held.hold(ticket, most, nowMs + forMs, nowMs);
    this.#setSweep();
    if (holding.kind === "held") return holding;
    return { kind: "full", retryAfterMs: refusedRetryMs(holding.freeAtMs - nowMs) };
  }

  async letGo(room: string, owner: string, ticketId: string): Promise<void> {
    const ticket: HeldTicket = { room, owner, ticketId };
    this.#held.letGo(ticket, Date.now());
    this.#setSweep();
  }

  override async alarm(): Promise<void> {
    const nowMs = Date.now();
    const ends = [this.#table.sweep(nowMs), this.#held.sweep(nowMs)].filter((endMs) => endMs !== undefined);
    this.#isSweepSet = ends.length > 0;
    if (this.#isSweepSet) {
      await this.ctx.storage.setAlarm(Math.max(Math.min(...ends), nowMs + SWEEP_EVERY_MS));
    }
  }

  #setSweep(): void {
    if (this.#isSweepSet) return;
    this.#isSweepSet = true;
    this.ctx.waitUntil(this.#startSweeping());
  }

  async #startSweeping(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) {
      await this.ctx.storage.setAlarm(Date.now() + SWEEP_EVERY_MS);
    }
  }
}
