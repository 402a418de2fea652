/** Keeps a monitor's plan, each origin's state and its last 50 probes in the object's SQLite. */
import type { MonitorPlan, ProbeRecord } from "../config/health-report.ts";
import { NEW_ORIGIN, type ProbeHealth } from "../policy/probe-health.ts";

/** Probes that are kept of each origin. */
const KEPT_PROBES = 50;

export class ProbeLog {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec("CREATE TABLE IF NOT EXISTS plan (id INTEGER PRIMARY KEY CHECK (id = 1), value TEXT NOT NULL)");
    sql.exec("CREATE TABLE IF NOT EXISTS states (origin TEXT PRIMARY KEY, value TEXT NOT NULL)");
    sql.exec(`CREATE TABLE IF NOT EXISTS probes (
      origin TEXT NOT NULL, at_ms INTEGER NOT NULL, passed INTEGER NOT NULL, status INTEGER NOT NULL,
      reason TEXT NOT NULL, duration_ms INTEGER NOT NULL)`);
    sql.exec("CREATE INDEX IF NOT EXISTS probes_by_origin ON probes (origin, at_ms)");
  }

  plan(): MonitorPlan | undefined {
    const row = this.#sql.exec<{ value: string }>("SELECT value FROM plan").toArray()[0];
    return row === undefined ? undefined : (JSON.parse(row.value) as MonitorPlan);
  }

  /** Keeps the plan; undefined forgets everything. Origins that left the plan are forgotten. */
  setPlan(plan: MonitorPlan | undefined): void {
    if (plan === undefined) {
      for (const table of ["plan", "states", "probes"]) this.#sql.exec(`DELETE FROM ${table}`);
      return;
    }
    this.#sql.exec("INSERT OR REPLACE INTO plan (id, value) VALUES (1, ?)", JSON.stringify(plan));
    const names = JSON.stringify(plan.origins.map(({ name }) => name));
    for (const table of ["states", "probes"]) {
      this.#sql.exec(`DELETE FROM ${table} WHERE origin NOT IN (SELECT value FROM json_each(?))`, names);
    }
  }

  state(origin: string): ProbeHealth {
    const row = this.#sql
      .exec<{ value: string }>("SELECT value FROM states WHERE origin = ?", origin)
      .toArray()[0];
    return row === undefined ? NEW_ORIGIN : (JSON.parse(row.value) as ProbeHealth);
  }

  add(origin: string, record: ProbeRecord, state: ProbeHealth): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO states (origin, value) VALUES (?, ?)",
      origin,
      JSON.stringify(state),
    );
    this.#sql.exec(
      "INSERT INTO probes (origin, at_ms, passed, status, reason, duration_ms) VALUES (?, ?, ?, ?, ?, ?)",
      origin,
      record.atMs,
      record.passed ? 1 : 0,
      record.status,
      record.reason,
      record.durationMs,
    );
    this.#sql.exec(
      `DELETE FROM probes WHERE origin = ? AND rowid NOT IN
        (SELECT rowid FROM probes WHERE origin = ? ORDER BY at_ms DESC, rowid DESC LIMIT ?)`,
      origin,
      origin,
      KEPT_PROBES,
    );
  }

  /** Newest first. */
  records(origin: string): ProbeRecord[] {
    return this.#sql
      .exec<{ at_ms: number; passed: number; status: number; reason: string; duration_ms: number }>(
        "SELECT at_ms, passed, status, reason, duration_ms FROM probes WHERE origin = ? ORDER BY at_ms DESC, rowid DESC",
        origin,
      )
      .toArray()
      .map((row) => ({
        atMs: row.at_ms,
        passed: row.passed === 1,
        status: row.status,
        reason: row.reason,
        durationMs: row.duration_ms,
      }));
  }
}
