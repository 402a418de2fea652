/** Sums up what edges have counted, and keeps the sums. */

/** Sums are written so often at most: an edge reports every second, and a row costs more than its news is worth. */
const WRITE_EVERY_MS = 2_000;
/** Names come from configurations; what edges of an attacker's making would send is bounded all the same. */
const MAX_SERIES = 10_000;

export class CounterStore {
  readonly #sql: SqlStorage;
  readonly #totals = new Map<string, number>();
  readonly #unwritten = new Set<string>();
  #writtenAtMs = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS counters (series TEXT PRIMARY KEY, total REAL NOT NULL) WITHOUT ROWID",
    );
    for (const { series, total } of sql.exec<{ series: string; total: number }>("SELECT * FROM counters")) {
      this.#totals.set(series, total);
    }
  }

  add(counts: Readonly<Record<string, number>>, nowMs: number): void {
    for (const [series, by] of Object.entries(counts)) {
      const before = this.#totals.get(series);
      if (before === undefined && this.#totals.size >= MAX_SERIES) continue;
      this.#totals.set(series, (before ?? 0) + by);
      this.#unwritten.add(series);
    }
    if (this.#unwritten.size > 0 && Math.abs(nowMs - this.#writtenAtMs) >= WRITE_EVERY_MS) this.#write(nowMs);
  }

  totals(): Record<string, number> {
    return Object.fromEntries(this.#totals);
  }

  #write(nowMs: number): void {
    for (const series of this.#unwritten) {
      this.#sql.exec(
        "INSERT OR REPLACE INTO counters (series, total) VALUES (?, ?)",
        series,
        this.#totals.get(series) ?? 0,
      );
    }
    this.#unwritten.clear();
    this.#writtenAtMs = nowMs;
  }
}
