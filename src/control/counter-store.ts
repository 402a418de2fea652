/** Sums up what edges and Control itself have counted, and keeps the sums. */

/**
 * Sums are written so often at most. A row is billed when it is written, and edges report every second: a row for each
 * series and second would cost more than all else (docs/deploy.md).
 */
const WRITE_EVERY_MS = 2_000;
/** Names come from configurations; what edges of an attacker's making would send is bounded all the same. */
const MAX_SERIES = 10_000;
/** Series of one row: a handful of rows hold them all, and one row stays far below the 2 MB that it may have. */
const ROW_SERIES = 256;

export class CounterStore {
  readonly #sql: SqlStorage;
  readonly #totals = new Map<string, number>();
  /** The series of each row, in the order in which they came. */
  readonly #rows: string[][] = [];
  readonly #rowOf = new Map<string, number>();
  readonly #unwritten = new Set<number>();
  #isWritingSoon = false;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec("CREATE TABLE IF NOT EXISTS counter_rows (number INTEGER PRIMARY KEY, totals TEXT NOT NULL)");
    for (const { totals } of sql.exec<{ totals: string }>("SELECT totals FROM counter_rows ORDER BY number"))
      for (const [series, total] of Object.entries(JSON.parse(totals) as Record<string, number>))
        this.#set(series, total);
    this.#takeOver();
    this.#unwritten.clear();
  }

  /** What is told often: written within two seconds. */
  add(counts: Readonly<Record<string, number>>): void {
    for (const [series, by] of Object.entries(counts)) this.#add(series, by);
    if (this.#unwritten.size > 0) this.#writeSoon();
  }

  /** What is rare: written at once, with the change that it belongs to. */
  count(series: string): void {
    this.#add(series, 1);
    this.#write();
  }

  /**
   * Written before they are told: after a crash nobody ever sees a lower number, which Prometheus would take for a counter
   * that began anew, and count all of it a second time.
   */
  totals(): Record<string, number> {
    this.#write();
    return Object.fromEntries(this.#totals);
  }

  #add(series: string, by: number): void {
    const before = this.#totals.get(series);
    if (before === undefined && this.#totals.size >= MAX_SERIES) return;
    this.#set(series, (before ?? 0) + by);
  }

  #set(series: string, total: number): void {
    this.#totals.set(series, total);
    let row = this.#rowOf.get(series);
    if (row === undefined) {
      row = Math.floor(this.#rowOf.size / ROW_SERIES);
      this.#rowOf.set(series, row);
      this.#rows[row] ??= [];
      this.#rows[row]?.push(series);
    }
    this.#unwritten.add(row);
  }

  /** By a timer and not with the next report, which may never come. */
  #writeSoon(): void {
    if (this.#isWritingSoon) return;
    this.#isWritingSoon = true;
    setTimeout(() => {
      this.#isWritingSoon = false;
      this.#write();
    }, WRITE_EVERY_MS);
  }

  #write(): void {
    for (const row of this.#unwritten) {
      const totals = Object.fromEntries(
        (this.#rows[row] ?? []).map((series) => [series, this.#totals.get(series) ?? 0]),
      );
      this.#sql.exec(
        "INSERT OR REPLACE INTO counter_rows (number, totals) VALUES (?, ?)",
        row,
        JSON.stringify(totals),
      );
    }
    this.#unwritten.clear();
  }

  /** A release before kept a row for each series. */
  #takeOver(): void {
    const tables = this.#sql.exec("SELECT name FROM sqlite_master WHERE name = 'counters'").toArray();
    if (tables.length === 0) return;
    const rows = this.#sql.exec<{ series: string; total: number }>("SELECT series, total FROM counters");
    for (const { series, total } of rows.toArray())
      this.#set(series, (this.#totals.get(series) ?? 0) + total);
    this.#write();
    this.#sql.exec("DROP TABLE counters");
  }
}
