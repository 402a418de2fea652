/** The Places object of a world: the real table and the real rule; nothing of it is in memory. */

import type { PlaceAnswer, PlaceClaim } from "../../src/config/room-api.ts";
import { PlaceTable } from "../../src/control/place-table.ts";
import { afterJoin, afterLetIn } from "../../src/policy/place-record.ts";
import { sqliteInMemory } from "../support/sqlite.ts";
import type { Party } from "./network.ts";

export class PlacesObject implements Party {
  offsetMs = 0;
  life = 0;
  isUp = true;
  calls = 0;
  readonly #sql = sqliteInMemory();
  readonly #table = new PlaceTable(this.#sql as unknown as ConstructorParameters<typeof PlaceTable>[0]);

  join({ room, owner, overPassId, overTicketId, ...offered }: PlaceClaim, nowMs: number): PlaceAnswer {
    this.calls += 1;
    const { ticketId, arrivedAtMs, expiresAtMs } = offered;
    const known = this.#table.get(room, owner);
    const place = { ticketId, arrivedAtMs, expiresAtMs };
    const record = afterJoin(known, place, nowMs, overPassId, overTicketId);
    if (record.kind === "in") return { kind: "admitted", passId: record.passId };
    this.#table.put(room, owner, record);
    return { kind: "waiting", ticketId: record.ticketId, arrivedAtMs: record.arrivedAtMs };
  }

  admitted(room: string, owner: string, passId: string, untilMs: number): void {
    this.calls += 1;
    const known = this.#table.get(room, owner);
    const record = afterLetIn(known, passId, untilMs);
    if (record !== known) this.#table.put(room, owner, record);
  }

  restart(): void {
    this.life += 1;
  }

  close(): void {
    this.#sql.close();
  }
}
