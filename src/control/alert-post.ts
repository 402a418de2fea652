/** Tells the webhook of `[alerts]` what has changed, in its own time: kept until it is taken, and sent by alarm. */
import { type Alert, webhookHeaders } from "../config/alert.ts";
import type { Env } from "../config/env.ts";
import { afterFailure } from "../policy/alert-retry.ts";
import type { Figures } from "./figures.ts";

const TIMEOUT_MS = 10_000;
/** A flapping world with a receiver that is down must not fill the storage: the oldest go. */
const MOST_KEPT = 1_000;
/** Sent by one alarm; the rest follow with the next. */
const AT_ONCE = 20;

interface Letter extends Record<string, SqlStorageValue> {
  readonly id: number;
  readonly name: string;
  readonly bornAtMs: number;
  readonly body: string;
  readonly tries: number;
}

export interface AlertPostOptions {
  readonly storage: DurableObjectStorage;
  readonly env: Pick<Env, "TIDEGATE_ALERT_SECRET">;
  readonly figures: Figures;
  /** Undefined while nobody is to be told. */
  readonly webhook: () => string | undefined;
}

export class AlertPost {
  readonly #options: AlertPostOptions;
  readonly #sql: SqlStorage;
  /** The last state of each subject. */
  readonly #states = new Map<string, string>();
  #isWarned = false;

  constructor(options: AlertPostOptions) {
    this.#options = options;
    this.#sql = options.storage.sql;
    this.#sql.exec(
      "CREATE TABLE IF NOT EXISTS alert_states (subject TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID",
    );
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS alerts (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      bornAtMs INTEGER NOT NULL,
      body TEXT NOT NULL,
      tries INTEGER NOT NULL,
      dueAtMs INTEGER NOT NULL
    )`);
    for (const { subject, state } of this.#sql.exec<{ subject: string; state: string }>(
      "SELECT subject, state FROM alert_states",
    ))
      this.#states.set(subject, state);
  }

  /**
   * Tells of it if it is news; cheap when it is not.
   *
   * @param usual the state that a subject has which was never seen: that is no news
   */
  note(
    type: Alert["type"],
    subject: string,
    state: string,
    usual: string,
    dataOf: (before: string) => Alert["data"],
  ): void {
    const key = `${type} ${subject}`;
    const known = this.#states.get(key);
    if (known === state || this.#options.webhook() === undefined) return;
    this.#states.set(key, state);
    this.#sql.exec("INSERT OR REPLACE INTO alert_states (subject, state) VALUES (?, ?)", key, state);
    const before = known ?? usual;
    if (before === state) return;
    const nowMs = Date.now();
    const alert: Alert = { type, timestamp: new Date(nowMs).toISOString(), data: dataOf(before) };
    this.#sql.exec(
      "INSERT INTO alerts (name, bornAtMs, body, tries, dueAtMs) VALUES (?, ?, ?, 0, ?)",
      `msg_${crypto.randomUUID()}`,
      nowMs,
      JSON.stringify(alert),
      nowMs,
    );
    this.#dropOldest();
    void this.#options.storage.setAlarm(nowMs);
  }

  /** Sends what is due, and sees to the rest. */
  async deliver(): Promise<void> {
    const webhook = this.#options.webhook();
    const secret = this.#options.env.TIDEGATE_ALERT_SECRET ?? "";
    if (webhook === undefined || secret === "") {
      this.#giveUpAll(webhook);
      return;
    }
    const due = this.#sql
      .exec<Letter>(
        "SELECT id, name, bornAtMs, body, tries FROM alerts WHERE dueAtMs <= ? ORDER BY id LIMIT ?",
        Date.now(),
        AT_ONCE,
      )
      .toArray();
    for (const letter of due) await this.#send(letter, webhook, secret);
    const { next } = this.#sql.exec<{ next: number | null }>("SELECT MIN(dueAtMs) AS next FROM alerts").one();
    if (next !== null) await this.#options.storage.setAlarm(Math.max(next, Date.now()));
  }

  async #send({ id, name, bornAtMs, body, tries }: Letter, webhook: string, secret: string): Promise<void> {
    if (await isTaken(webhook, body, await webhookHeaders(secret, name, Date.now(), body))) {
      this.#sql.exec("DELETE FROM alerts WHERE id = ?", id);
      this.#options.figures.noteAlerts("delivered");
      return;
    }
    this.#options.figures.noteAlerts("failed");
    const next = afterFailure(tries + 1, bornAtMs, Date.now(), Math.random());
    if (next.kind === "again") {
      this.#sql.exec("UPDATE alerts SET tries = ?, dueAtMs = ? WHERE id = ?", tries + 1, next.atMs, id);
      return;
    }
    this.#sql.exec("DELETE FROM alerts WHERE id = ?", id);
    this.#options.figures.noteAlerts("dropped");
  }

  #giveUpAll(webhook: string | undefined): void {
    if (webhook !== undefined && !this.#isWarned) {
      this.#isWarned = true;
      console.warn("TG3012 TIDEGATE_ALERT_SECRET is not set: the webhook is told nothing");
    }
    const { rowsWritten } = this.#sql.exec("DELETE FROM alerts");
    this.#options.figures.noteAlerts("dropped", rowsWritten);
  }

  #dropOldest(): void {
    const { rowsWritten } = this.#sql.exec(
      "DELETE FROM alerts WHERE id <= (SELECT MAX(id) FROM alerts) - ?",
      MOST_KEPT,
    );
    this.#options.figures.noteAlerts("dropped", rowsWritten);
  }
}

/** Never throws: whatever goes wrong, it is tried again. What the receiver says is not read. */
async function isTaken(webhook: string, body: string, headers: Record<string, string>): Promise<boolean> {
  try {
    const answer = await fetch(webhook, {
      method: "POST",
      headers,
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
