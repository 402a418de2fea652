/** Keeps a room in its object's SQLite: slots as rows that are there before their answer leaves, lines once a second. */
import type { RoomSettings } from "../config/room-api.ts";
import { newRoom, type Room } from "../policy/room.ts";
import { takeSlot } from "../policy/room-slots.ts";
import { LineStore, type Sql } from "./line-store.ts";

/** The seed of an event's lottery, drawn once. */
export interface StoredLottery {
  readonly event: string;
  readonly startMs: number;
  readonly prequeueMs: number;
  /** Hex. */
  readonly seed: string;
}

export class RoomStore {
  readonly #sql: Sql;
  readonly #lines: LineStore;
  /** As saved. */
  #hours = "";

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#lines = new LineStore(sql);
    for (const table of [
      "active (id TEXT PRIMARY KEY, lane TEXT NOT NULL, given_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL) WITHOUT ROWID",
      "leases (edge TEXT PRIMARY KEY, seq INTEGER NOT NULL, slots TEXT NOT NULL, until_ms INTEGER NOT NULL, is_presumed INTEGER NOT NULL) WITHOUT ROWID",
      "ended (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID",
      "admitted (second INTEGER PRIMARY KEY, count INTEGER NOT NULL)",
      "used (id TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) WITHOUT ROWID",
      "facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    ]) {
      sql.exec(`CREATE TABLE IF NOT EXISTS ${table}`);
    }
    sql.exec("CREATE INDEX IF NOT EXISTS used_until ON used (until_ms)");
  }

  name(): string | undefined {
    return this.#get("name") as string | undefined;
  }

  settings(): RoomSettings | undefined {
    return this.#get("settings") as RoomSettings | undefined;
  }

  rememberSettings(name: string, settings: RoomSettings): void {
    this.#set("name", name);
    this.#set("settings", settings);
  }

  lotteries(): StoredLottery[] {
    return (this.#get("lotteries") as StoredLottery[] | undefined) ?? [];
  }

  rememberLotteries(lotteries: readonly StoredLottery[]): void {
    this.#set("lotteries", lotteries);
  }

  /** The room as it was saved last, or a new one. */
  load(settings: RoomSettings, nowMs: number): Room {
    const room = newRoom(settings.rules, nowMs);
    for (const { id, lane, given_ms, until_ms } of this.#sql.exec<{
      id: string;
      lane: string;
      given_ms: number;
      until_ms: number;
    }>("SELECT id, lane, given_ms, until_ms FROM active")) {
      takeSlot(room.slots, id, { lane, givenAtMs: given_ms, untilMs: until_ms });
    }
    room.slots.changed.passes.clear();
    this.#loadLeases(room);
    for (const [lane, queue] of room.queues) {
      this.#lines.load(lane, queue, settings.rules.claimWindowMs, nowMs);
    }
    for (const { second, count } of this.#sql.exec<{ second: number; count: number }>(
      "SELECT second, count FROM admitted",
    )) {
      room.pace.bySecond.set(second, count);
      // What has come up meanwhile is not known: nobody comes in at once.
      room.pace.tokens = 0;
    }
    for (const { id, at_ms } of this.#sql.exec<{ id: string; at_ms: number }>(
      "SELECT id, at_ms FROM ended ORDER BY at_ms",
    )) {
      room.ended.set(id, at_ms);
    }
    for (const [hour, people] of (this.#get("hours") ?? []) as [number, number][])
      room.hours.set(hour, people);
    return room;
  }

  /** Saves what has changed of slots. Before the answer leaves, or a crash would give them twice. */
  saveSlots(room: Room): void {
    const { slots } = room;
    this.#savePace(room);
    this.#saveEnded(room);
    this.#lines.saveFrontiers(room);
    const { passes, edges } = slots.changed;
    for (const id of passes) {
      const pass = slots.active.get(id);
      if (pass === undefined) this.#sql.exec("DELETE FROM active WHERE id = ?", id);
      else {
        this.#sql.exec(
          "INSERT OR REPLACE INTO active (id, lane, given_ms, until_ms) VALUES (?, ?, ?, ?)",
          id,
          pass.lane,
          pass.givenAtMs,
          pass.untilMs,
        );
      }
    }
    for (const edge of edges) {
      const lease = slots.leases.get(edge) ?? slots.presumed.get(edge);
      if (lease === undefined || lease.slots.size === 0) {
        this.#sql.exec("DELETE FROM leases WHERE edge = ?", edge);
        continue;
      }
      this.#sql.exec(
        "INSERT OR REPLACE INTO leases (edge, seq, slots, until_ms, is_presumed) VALUES (?, ?, ?, ?, ?)",
        edge,
        lease.seq,
        JSON.stringify([...lease.slots]),
        lease.untilMs,
        slots.leases.has(edge) ? 0 : 1,
      );
    }
    passes.clear();
    edges.clear();
  }

  saveLines(room: Room): void {
    this.#lines.save(room);
    this.#saveHours(room);
  }

  isUsed(ticketId: string, nowMs: number): boolean {
    const rows = this.#sql.exec("SELECT 1 FROM used WHERE id = ? AND until_ms > ?", ticketId, nowMs);
    return rows.toArray().length > 0;
  }

  noteUsed(ticketId: string, untilMs: number): void {
    this.#sql.exec("INSERT OR REPLACE INTO used (id, until_ms) VALUES (?, ?)", ticketId, untilMs);
  }

  forgetUsed(ticketId: string): void {
    this.#sql.exec("DELETE FROM used WHERE id = ?", ticketId);
  }

  /** Forgets used tickets that hold no longer. How many are left. */
  sweepUsed(nowMs: number): number {
    this.#sql.exec("DELETE FROM used WHERE until_ms <= ?", nowMs);
    return this.#sql.exec<{ count: number }>("SELECT COUNT(*) AS count FROM used").one().count;
  }

  #savePace({ pace }: Room): void {
    for (const second of pace.changed) {
      const count = pace.bySecond.get(second);
      if (count === undefined) this.#sql.exec("DELETE FROM admitted WHERE second = ?", second);
      else this.#sql.exec("INSERT OR REPLACE INTO admitted (second, count) VALUES (?, ?)", second, count);
    }
    pace.changed.clear();
  }

  #saveEnded({ ended, endedChanged }: Room): void {
    for (const id of endedChanged) {
      const atMs = ended.get(id);
      if (atMs === undefined) this.#sql.exec("DELETE FROM ended WHERE id = ?", id);
      else this.#sql.exec("INSERT OR REPLACE INTO ended (id, at_ms) VALUES (?, ?)", id, atMs);
    }
    endedChanged.clear();
  }

  #saveHours({ hours }: Room): void {
    const entries = [...hours];
    const text = JSON.stringify(entries);
    if (text === this.#hours) return;
    this.#hours = text;
    this.#set("hours", entries);
  }

  #loadLeases({ slots: ledger }: Room): void {
    for (const row of this.#sql.exec<{
      edge: string;
      seq: number;
      slots: string;
      until_ms: number;
      is_presumed: number;
    }>("SELECT edge, seq, slots, until_ms, is_presumed FROM leases")) {
      const slots = new Map(JSON.parse(row.slots) as [string, number][]);
      const lease = { seq: row.seq, slots, untilMs: row.until_ms };
      if (row.is_presumed === 1) ledger.presumed.set(row.edge, lease);
      else ledger.leases.set(row.edge, lease);
    }
  }

  #get(name: string): unknown {
    const row = this.#sql
      .exec<{ value: string }>("SELECT value FROM facts WHERE name = ?", name)
      .toArray()[0];
    return row === undefined ? undefined : JSON.parse(row.value);
  }

  #set(name: string, value: unknown): void {
    this.#sql.exec("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", name, JSON.stringify(value));
  }
}
