/** Keeps in an object's SQLite which tickets count towards the caps of its addresses, under keyed hashes of them. */
import { decideHold } from "../policy/held-ticket.ts";
import type { Sql } from "./line-store.ts";

export interface HeldTicket {
  readonly room: string;
  readonly owner: string;
  readonly ticketId: string;
}

export type Holding = { readonly kind: "held" } | { readonly kind: "full"; readonly freeAtMs: number };

/** Calls that were on their way when a ticket was let go of have come, or never will. */
const OVER_KEPT_MS = 60_000;

export class HeldTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
    for (const table of [
      "held (room TEXT NOT NULL, owner TEXT NOT NULL, ticket_id TEXT NOT NULL, end_ms REAL NOT NULL, PRIMARY KEY (room, owner, ticket_id)) WITHOUT ROWID",
      // A join reads one row, and not one for each ticket of its address.
      "held_counts (room TEXT NOT NULL, owner TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (room, owner)) WITHOUT ROWID",
      "held_over (room TEXT NOT NULL, ticket_id TEXT NOT NULL, end_ms REAL NOT NULL, PRIMARY KEY (room, ticket_id)) WITHOUT ROWID",
    ]) {
      sql.exec(`CREATE TABLE IF NOT EXISTS ${table}`);
    }
    sql.exec("CREATE INDEX IF NOT EXISTS held_of_owner ON held (room, owner, end_ms)");
    sql.exec("CREATE INDEX IF NOT EXISTS held_by_end ON held (end_ms)");
    sql.exec("CREATE INDEX IF NOT EXISTS held_over_by_end ON held_over (end_ms)");
  }

  /** Counts a ticket until `endMs`, if there is room for it. @param most of a new one; undefined for one that is there */
  hold(ticket: HeldTicket, most: number | undefined, endMs: number, nowMs: number): Holding {
    const { room, owner, ticketId } = ticket;
    this.#dropOver(room, owner, nowMs);
    const known = this.#sql
      .exec<{ end_ms: number }>(
        "SELECT end_ms FROM held WHERE room = ? AND owner = ? AND ticket_id = ?",
        ...[room, owner, ticketId],
      )
      .toArray()[0];
    const decided = decideHold({
      count: this.#count(room, owner),
      isAmong: known !== undefined,
      isOver: this.#isOver(room, ticketId, nowMs),
      most,
    });
    if (decided === "refuse") return { kind: "full", freeAtMs: this.#firstEnd(room, owner) ?? nowMs };
    // Told late, it shortens nothing.
    if (decided === "count") this.#put(ticket, Math.max(endMs, known?.end_ms ?? 0), known === undefined);
    return { kind: "held" };
  }

  /** The ticket counts no more, whatever is told of it late. */
  letGo({ room, owner, ticketId }: HeldTicket, nowMs: number): void {
    const sql = "SELECT 1 FROM held WHERE room = ? AND owner = ? AND ticket_id = ?";
    if (this.#sql.exec(sql, room, owner, ticketId).toArray().length > 0) {
      this.#sql.exec(
        "DELETE FROM held WHERE room = ? AND owner = ? AND ticket_id = ?",
        room,
        owner,
        ticketId,
      );
      this.#add(room, owner, -1);
    }
    this.#sql.exec(
      "INSERT OR REPLACE INTO held_over (room, ticket_id, end_ms) VALUES (?, ?, ?)",
      ...[room, ticketId, nowMs + OVER_KEPT_MS],
    );
  }

  /** Forgets what counts no more; when the next record ends, or undefined when none is left. */
  sweep(nowMs: number): number | undefined {
    const over = this.#sql.exec<{ room: string; owner: string }>(
      "SELECT DISTINCT room, owner FROM held WHERE end_ms <= ?",
      nowMs,
    );
    for (const { room, owner } of over.toArray()) this.#dropOver(room, owner, nowMs);
    this.#sql.exec("DELETE FROM held_over WHERE end_ms <= ?", nowMs);
    const ends = ["held", "held_over"].map(
      (table) =>
        this.#sql.exec<{ next: number | null }>(`SELECT MIN(end_ms) AS next FROM ${table}`).one().next,
    );
    const known = ends.filter((endMs) => endMs !== null);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  #dropOver(room: string, owner: string, nowMs: number): void {
    const which = "FROM held WHERE room = ? AND owner = ? AND end_ms <= ?";
    const { count } = this.#sql
      .exec<{ count: number }>(`SELECT COUNT(*) AS count ${which}`, room, owner, nowMs)
      .one();
    if (count === 0) return;
    this.#sql.exec(`DELETE ${which}`, room, owner, nowMs);
    this.#add(room, owner, -count);
  }

  #put({ room, owner, ticketId }: HeldTicket, endMs: number, isNew: boolean): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO held (room, owner, ticket_id, end_ms) VALUES (?, ?, ?, ?)",
      ...[room, owner, ticketId, endMs],
    );
    if (isNew) this.#add(room, owner, 1);
  }

  #count(room: string, owner: string): number {
    const sql = "SELECT count FROM held_counts WHERE room = ? AND owner = ?";
    return this.#sql.exec<{ count: number }>(sql, room, owner).toArray()[0]?.count ?? 0;
  }

  #add(room: string, owner: string, by: number): void {
    const count = this.#count(room, owner) + by;
    if (count === 0) this.#sql.exec("DELETE FROM held_counts WHERE room = ? AND owner = ?", room, owner);
    else {
      this.#sql.exec(
        "INSERT OR REPLACE INTO held_counts (room, owner, count) VALUES (?, ?, ?)",
        ...[room, owner, count],
      );
    }
  }

  #isOver(room: string, ticketId: string, nowMs: number): boolean {
    const sql = "SELECT 1 FROM held_over WHERE room = ? AND ticket_id = ? AND end_ms > ?";
    return this.#sql.exec(sql, room, ticketId, nowMs).toArray().length > 0;
  }

  #firstEnd(room: string, owner: string): number | undefined {
    const sql = "SELECT MIN(end_ms) AS next FROM held WHERE room = ? AND owner = ?";
    return this.#sql.exec<{ next: number | null }>(sql, room, owner).one().next ?? undefined;
  }
}
