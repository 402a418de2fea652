/** Keeps the lines of a room in its object's SQLite: counts of who waits, and the frontiers. */
import { lineFromNumbers, lineToNumbers } from "../policy/line.ts";
import { packPresence, unpackPresence } from "../policy/presence-blob.ts";
import type { Room } from "../policy/room.ts";
import { recall } from "../policy/room-calling.ts";
import type { Called, Queue, Standing } from "../policy/room-queue.ts";
import { bridgeSilence } from "../policy/silence.ts";
import type { Admissions } from "../policy/wait-estimate.ts";

/** A line as stored, its crowd apart. */
interface StoredQueue {
  readonly frontierMs: number;
  readonly called: readonly Called[];
  readonly standing: readonly (readonly [string, Standing])[];
  readonly admissions: Admissions;
  readonly admittedLately: number;
  readonly line: readonly number[] | undefined;
}

type Value = string | number | ArrayBuffer | null;

/** What of an object's `SqlStorage` is used here. */
export interface Sql {
  exec<Row extends Record<string, Value>>(
    sql: string,
    ...values: (string | number | Uint8Array)[]
  ): Iterable<Row> & { toArray(): Row[]; one(): Row };
}

export class LineStore {
  readonly #sql: Sql;
  /** By lane, as saved. */
  readonly #frontiersMs = new Map<string, number>();

  constructor(sql: Sql) {
    this.#sql = sql;
    for (const table of [
      "frontiers (lane TEXT PRIMARY KEY, frontier_ms REAL NOT NULL) WITHOUT ROWID",
      "queues (lane TEXT PRIMARY KEY, queue TEXT NOT NULL, cells BLOB NOT NULL, edges TEXT NOT NULL) WITHOUT ROWID",
    ]) {
      sql.exec(`CREATE TABLE IF NOT EXISTS ${table}`);
    }
  }

  /** A line as it was saved last, in place. */
  load(lane: string, queue: Queue, claimWindowMs: number, nowMs: number): void {
    this.#loadQueue(lane, queue);
    bridgeSilence(queue.presence, nowMs);
    const frontierMs = this.#frontierMs(lane);
    if (frontierMs !== undefined) recall(queue, frontierMs, claimWindowMs, nowMs);
  }

  /** Counts of who waits: once a second. */
  save({ queues }: Room): void {
    for (const [lane, queue] of queues) {
      const { cells, edges } = packPresence(queue.presence);
      this.#sql.exec(
        "INSERT OR REPLACE INTO queues (lane, queue, cells, edges) VALUES (?, ?, ?, ?)",
        lane,
        JSON.stringify(storedQueue(queue)),
        cells,
        JSON.stringify(edges),
      );
    }
  }

  /** At once, unlike the rest of a line: edges know where it is. */
  saveFrontiers({ queues }: Room): void {
    for (const [lane, { frontierMs }] of queues) {
      if (this.#frontiersMs.get(lane) === frontierMs) continue;
      this.#frontiersMs.set(lane, frontierMs);
      this.#sql.exec("INSERT OR REPLACE INTO frontiers (lane, frontier_ms) VALUES (?, ?)", lane, frontierMs);
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

  #frontierMs(lane: string): number | undefined {
    const sql = "SELECT frontier_ms FROM frontiers WHERE lane = ?";
    return this.#sql.exec<{ frontier_ms: number }>(sql, lane).toArray()[0]?.frontier_ms;
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
