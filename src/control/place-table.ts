/** Keeps users' places in a Places object's SQLite. */
import type { PlaceRecord } from "../policy/place-record.ts";
import { placeEndMs } from "../policy/place-record.ts";

type Row = { ticket_id: string | null; arrived_at_ms: number | null; pass_id: string | null; end_ms: number };

export class PlaceTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`CREATE TABLE IF NOT EXISTS places (
      room TEXT NOT NULL, owner TEXT NOT NULL, ticket_id TEXT, arrived_at_ms REAL, pass_id TEXT,
      end_ms REAL NOT NULL, PRIMARY KEY (room, owner)) WITHOUT ROWID`);
    // Sweeping reads what is over, and not everybody.
    sql.exec("CREATE INDEX IF NOT EXISTS places_by_end ON places (end_ms)");
  }

  get(room: string, owner: string): PlaceRecord | undefined {
    const [row] = this.#sql
      .exec<Row>(
        "SELECT ticket_id, arrived_at_ms, pass_id, end_ms FROM places WHERE room = ? AND owner = ?",
        room,
        owner,
      )
      .toArray();
    if (row === undefined) return undefined;
    const { ticket_id: ticketId, arrived_at_ms: arrivedAtMs, pass_id: passId, end_ms: endMs } = row;
    if (passId !== null) return { kind: "in", passId, untilMs: endMs };
    return { kind: "waiting", ticketId: ticketId ?? "", arrivedAtMs: arrivedAtMs ?? 0, expiresAtMs: endMs };
  }

  put(room: string, owner: string, record: PlaceRecord): void {
    const [ticketId, arrivedAtMs, passId] =
      record.kind === "in" ? [null, null, record.passId] : [record.ticketId, record.arrivedAtMs, null];
    this.#sql.exec(
      "INSERT OR REPLACE INTO places (room, owner, ticket_id, arrived_at_ms, pass_id, end_ms) VALUES (?, ?, ?, ?, ?, ?)",
      room,
      owner,
      ticketId,
      arrivedAtMs,
      passId,
      placeEndMs(record),
    );
  }

  delete(room: string, owner: string): void {
    this.#sql.exec("DELETE FROM places WHERE room = ? AND owner = ?", room, owner);
  }

  /** Forgets what is over; when the next record ends, or undefined when none is left. */
  sweep(nowMs: number): number | undefined {
    this.#sql.exec("DELETE FROM places WHERE end_ms <= ?", nowMs);
    const { next } = this.#sql.exec<{ next: number | null }>("SELECT MIN(end_ms) AS next FROM places").one();
    return next ?? undefined;
  }
}
