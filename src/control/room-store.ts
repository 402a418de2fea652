/** Keeps a room in its object's SQLite: slots as rows that are there before their answer leaves, lines once a second. */
import type { RoomSettings } from "../config/room-api.ts";
import { lineFromNumbers, lineToNumbers } from "../policy/line.ts";
import { packPresence, unpackPresence } from "../policy/presence-blob.ts";
import { newRoom, type Room } from "../policy/room.ts";
import type { Called, Queue, Standing } from "../policy/room-calling.ts";
import { takeSlot } from "../policy/room-slots.ts";
import type { Admissions } from "../policy/wait-estimate.ts";

/** The seed of an event's lottery, drawn once. */
export interface StoredLottery {
  readonly event: string;
  readonly startMs: number;
  readonly prequeueMs: number;
  /** Hex. */
  readonly seed: string;
}

/** A line as stored, its crowd apart. */
interface StoredQueue {
  readonly frontierMs: number;
  readonly called: readonly Called[];
  readonly standing: readonly (readonly [string, Standing])[];
  readonly admissions: Admissions;
  readonly admittedLately: number;
  readonly line: readonly number[] | undefined;
}

/** Of everything that is saved once a second. */
interface StoredLines {
  readonly pace: readonly (readonly [second: number, count: number])[];
  readonly ended: readonly (readonly [id: string, endedAtMs: number])[];
}

export class RoomStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    for (const table of [
      "passes (id TEXT PRIMARY KEY, lane TEXT NOT NULL, until_ms INTEGER NOT NULL) WITHOUT ROWID",
      "leases (edge TEXT PRIMARY KEY, seq INTEGER NOT NULL, slots TEXT NOT NULL, until_ms INTEGER NOT NULL, is_presumed INTEGER NOT NULL) WITHOUT ROWID",
      "used (id TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) WITHOUT ROWID",
      "queues (lane TEXT PRIMARY KEY, queue TEXT NOT NULL, cells BLOB NOT NULL, edges TEXT NOT NULL) WITHOUT ROWID",
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
    for (const { id, lane, until_ms } of this.#sql.exec<{ id: string; lane: string; until_ms: number }>(
      "SELECT id, lane, until_ms FROM passes",
    )) {
      takeSlot(room.slots, id, lane, until_ms);
    }
    room.slots.changed.passes.clear();
    this.#loadLeases(room);
    for (const [lane, queue] of room.queues) this.#loadQueue(lane, queue);
    const lines = this.#get("lines") as StoredLines | undefined;
    if (lines !== undefined) {
      // What has come up meanwhile is not known: nobody comes in at once.
      room.pace = { bySecond: new Map(lines.pace), tokens: 0, atMs: nowMs };
      for (const [id, endedAtMs] of lines.ended) room.ended.set(id, endedAtMs);
    }
    return room;
  }

  /** Saves what has changed of slots. Before the answer leaves, or a crash would give them twice. */
  saveSlots({ slots }: Room): void {
    const { passes, edges } = slots.changed;
    for (const id of passes) {
      const pass = slots.active.get(id);
      if (pass === undefined) this.#sql.exec("DELETE FROM passes WHERE id = ?", id);
      else {
        this.#sql.exec(
          "INSERT OR REPLACE INTO passes (id, lane, until_ms) VALUES (?, ?, ?)",
          id,
          pass.lane,
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
    for (const [lane, queue] of room.queues) {
      const { cells, edges } = packPresence(queue.presence);
      this.#sql.exec(
        "INSERT OR REPLACE INTO queues (lane, queue, cells, edges) VALUES (?, ?, ?, ?)",
        lane,
        JSON.stringify(storedQueue(queue)),
        cells,
        JSON.stringify(edges),
      );
    }
    const lines: StoredLines = { pace: [...room.pace.bySecond], ended: [...room.ended] };
    this.#set("lines", lines);
  }

  isUsed(ticketId: string, nowMs: number): boolean {
    const rows = this.#sql.exec("SELECT 1 FROM used WHERE id = ? AND until_ms > ?", ticketId, nowMs);
    return rows.toArray().length > 0;
  }

  noteUsed(ticketId: string, untilMs: number): void {
    this.#sql.exec("INSERT OR REPLACE INTO used (id, until_ms) VALUES (?, ?)", ticketId, untilMs);
  }

  /** Forgets used tickets that hold no longer. How many are left. */
  sweepUsed(nowMs: number): number {
    this.#sql.exec("DELETE FROM used WHERE until_ms <= ?", nowMs);
    return this.#sql.exec<{ count: number }>("SELECT COUNT(*) AS count FROM used").one().count;
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

  #loadQueue(lane: string, queue: Queue): void {
    const row = this.#sql
      .exec<{ queue: string; cells: ArrayBuffer; edges: string }>(
        "SELECT queue, cells, edges FROM queues WHERE lane = ?",
        lane,
      )
      .toArray()[0];
    if (row === undefined) return;
    const stored = JSON.parse(row.queue) as StoredQueue;
    queue.presence = unpackPresence({ cells: new Uint8Array(row.cells), edges: JSON.parse(row.edges) });
    queue.frontierMs = stored.frontierMs;
    queue.called.push(...stored.called);
    for (const [id, standing] of stored.standing) queue.standing.set(id, standing);
    queue.admissions = stored.admissions;
    queue.admittedLately = stored.admittedLately;
    queue.line = stored.line === undefined ? undefined : lineFromNumbers(stored.line);
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

function storedQueue({ frontierMs, called, standing, admissions, admittedLately, line }: Queue): StoredQueue {
  return {
    frontierMs,
    called,
    standing: [...standing],
    admissions,
    admittedLately,
    line: line === undefined ? undefined : lineToNumbers(line),
  };
}
