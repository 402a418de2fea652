/** Keeps buckets in a Limiter object's SQLite: those that are not full, for a full one needs no memory. */
import type { Sharding } from "../policy/sharding.ts";
import { type Bucket, type BucketShape, timeUntil } from "../policy/token-bucket.ts";

/** A bucket that never fills is kept for so long after its last use. */
const KEPT_MS = 30 * 24 * 60 * 60_000;
/** A level this near to the capacity is full: sums of fractions. */
const ROUNDING = 1e-6;

/** What is stored. */
export interface StoredBucket {
  readonly bucket: Bucket;
  /** The generation of the sharding in which it was given to another shard; undefined: it lives here. */
  readonly givenIn: number | undefined;
}

type Row = { level: number; at_ms: number; given_in: number | null };

export class BucketTable {
  readonly #sql: SqlStorage;
  #sharding: Sharding | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`CREATE TABLE IF NOT EXISTS buckets (
      key TEXT PRIMARY KEY, level REAL NOT NULL, at_ms REAL NOT NULL, full_at_ms REAL NOT NULL,
      given_in INTEGER) WITHOUT ROWID`);
    sql.exec("CREATE TABLE IF NOT EXISTS sharding (one INTEGER PRIMARY KEY, value TEXT NOT NULL)");
    const [row] = sql.exec<{ value: string }>("SELECT value FROM sharding").toArray();
    this.#sharding = row === undefined ? undefined : (JSON.parse(row.value) as Sharding);
  }

  /** The newest sharding that this shard has heard of; undefined while no change has been heard of. */
  get sharding(): Sharding | undefined {
    return this.#sharding;
  }

  /** Kept, so that a restarted shard gives nobody what it has given away. */
  learn(sharding: Sharding): void {
    if (sharding.generation <= (this.#sharding?.generation ?? 0)) return;
    this.#sharding = sharding;
    this.#sql.exec("INSERT OR REPLACE INTO sharding (one, value) VALUES (1, ?)", JSON.stringify(sharding));
  }

  /** Undefined when the bucket is full, or has never been here. */
  get(key: string): StoredBucket | undefined {
    const row = this.#sql
      .exec<Row>("SELECT level, at_ms, given_in FROM buckets WHERE key = ?", key)
      .toArray()[0];
    if (row === undefined) return undefined;
    return { bucket: { level: row.level, atMs: row.at_ms }, givenIn: row.given_in ?? undefined };
  }

  /** Keeps a bucket that lives here. */
  put(key: string, { level, atMs }: Bucket, shape: BucketShape): void {
    if (level >= shape.capacity - ROUNDING) {
      this.#sql.exec("DELETE FROM buckets WHERE key = ?", key);
      return;
    }
    this.#sql.exec(
      "INSERT OR REPLACE INTO buckets (key, level, at_ms, full_at_ms, given_in) VALUES (?, ?, ?, ?, NULL)",
      key,
      level,
      atMs,
      atMs + (timeUntil(level, shape.capacity, shape) ?? KEPT_MS),
    );
  }

  /** Marks a bucket as given away. What it held stays until it would be full, as the shard that took it may lose it. */
  give(key: string, generation: number): void {
    this.#sql.exec("UPDATE buckets SET given_in = ? WHERE key = ?", generation, key);
  }

  /** Forgets buckets that have filled up; the number of those that are left. */
  sweep(nowMs: number): number {
    this.#sql.exec("DELETE FROM buckets WHERE full_at_ms <= ?", nowMs);
    return this.#sql.exec<{ rows: number }>("SELECT COUNT(*) AS rows FROM buckets").one().rows;
  }
}
