/** Keeps what each room was told in the Control object's SQLite, and the last number that was given. */
import type { RoomSettings } from "../config/room-api.ts";
import type { RoomRules } from "../policy/room-rules.ts";

type Row = { room: string; seq: number; rules: string };

export class RoomRulesStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    // A row for each room: all of them together may be larger than a value can be.
    sql.exec(
      "CREATE TABLE IF NOT EXISTS room_rules (room TEXT PRIMARY KEY, seq INTEGER NOT NULL, rules TEXT NOT NULL)",
    );
    sql.exec("CREATE TABLE IF NOT EXISTS room_seq (one INTEGER PRIMARY KEY, seq INTEGER NOT NULL)");
  }

  all(): Map<string, RoomSettings> {
    const rows = this.#sql.exec<Row>("SELECT room, seq, rules FROM room_rules").toArray();
    return new Map(
      rows.map(({ room, seq, rules }) => [room, { seq, rules: JSON.parse(rules) as RoomRules }]),
    );
  }

  /** The highest number that was ever given, also to rooms that have left the file. */
  seq(): number {
    return this.#sql.exec<{ seq: number }>("SELECT seq FROM room_seq").toArray()[0]?.seq ?? 0;
  }

  /** Numbers rise: this one becomes the highest. */
  put(room: string, { seq, rules }: RoomSettings): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO room_rules (room, seq, rules) VALUES (?, ?, ?)",
      room,
      seq,
      JSON.stringify(rules),
    );
    this.#sql.exec("INSERT OR REPLACE INTO room_seq (one, seq) VALUES (1, ?)", seq);
  }

  delete(room: string): void {
    this.#sql.exec("DELETE FROM room_rules WHERE room = ?", room);
  }
}
