/** A Places object: the one place, in each room, of each signed-in user of its shard. */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../config/env.ts";
import type { PlaceAnswer, PlaceClaim, PlacesApi } from "../config/room-api.ts";
import { afterJoin, afterLetIn } from "../policy/place-record.ts";
import { PlaceTable } from "./place-table.ts";

/** Records that are over say nothing, so sweeping them is no hurry. */
const SWEEP_EVERY_MS = 60_000;

export class Places extends DurableObject<Env> implements PlacesApi {
  readonly #table: PlaceTable;
  #isSweepSet = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#table = new PlaceTable(ctx.storage.sql);
  }

  async join({ room, owner, overPassId, overTicketId, ...offered }: PlaceClaim): Promise<PlaceAnswer> {
    const { ticketId, arrivedAtMs, expiresAtMs } = offered;
    const known = this.#table.get(room, owner);
    const place = { ticketId, arrivedAtMs, expiresAtMs };
    const record = afterJoin(known, place, Date.now(), overPassId, overTicketId);
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

  override async alarm(): Promise<void> {
    const nowMs = Date.now();
    const nextMs = this.#table.sweep(nowMs);
    this.#isSweepSet = nextMs !== undefined;
    if (nextMs !== undefined) await this.ctx.storage.setAlarm(Math.max(nextMs, nowMs + SWEEP_EVERY_MS));
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
