/** Keeps the audit in the Control object's SQLite: records are added and never changed. */
import {
  type AuditEntry,
  type AuditRecord,
  type ChainHead,
  chainRecord,
  NO_HASH,
} from "../config/audit-record.ts";
import type { AuditAnswer, AuditPage } from "../config/operator-api.ts";

/** A flood of failed logins from many addresses must not fill the storage: beyond it they are only counted. */
const FAILURES_PER_MINUTE = 60;
const MINUTE_MS = 60_000;

export class AuditStore {
  readonly #sql: SqlStorage;
  #head: ChainHead | undefined;
  #failures = { sinceMs: 0, written: 0, untold: 0 };

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`CREATE TABLE IF NOT EXISTS audit (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      chain TEXT NOT NULL,
      seq INTEGER NOT NULL,
      hash TEXT NOT NULL,
      record TEXT NOT NULL,
      is_own INTEGER NOT NULL,
      UNIQUE (chain, seq)
    )`);
  }

  append(entry: AuditEntry): void {
    const head = this.#ownHead();
    const record = chainRecord(head, entry);
    this.#insert(record, true);
    this.#head = { chain: record.chain, seq: record.seq, hash: record.hash };
    // A copy in the platform's logs: whoever rewrites the whole chain cannot rewrite those.
    console.log(JSON.stringify({ message: "audit", ...record }));
  }

  /** One record each, up to a bound a minute; then one that tells how many there were besides. */
  appendFailure(entry: AuditEntry, nowMs: number): void {
    const { sinceMs, untold } = this.#failures;
    if (Math.abs(nowMs - sinceMs) >= MINUTE_MS) {
      if (untold > 0) this.append({ ...entry, action: "logins-failed", target: `${untold} more` });
      this.#failures = { sinceMs: nowMs, written: 0, untold: 0 };
    }
    if (this.#failures.written >= FAILURES_PER_MINUTE) {
      this.#failures.untold += 1;
      return;
    }
    this.#failures.written += 1;
    this.append(entry);
  }

  page({ after, limit }: AuditPage): AuditAnswer {
    const rows =
      after === undefined
        ? this.#sql
            .exec<Row>("SELECT number, record FROM audit ORDER BY number DESC LIMIT ?", limit + 1)
            .toArray()
        : this.#sql
            .exec<Row>(
              "SELECT number, record FROM audit WHERE number > ? ORDER BY number LIMIT ?",
              after,
              limit + 1,
            )
            .toArray();
    const hasMore = rows.length > limit;
    const page = rows.slice(0, limit);
    if (after === undefined) page.reverse();
    return {
      records: page.map(({ record }) => JSON.parse(record) as AuditRecord),
      last: page.at(-1)?.number ?? after ?? 0,
      hasMore,
    };
  }

  /** The newest that fit, oldest first, and how many do not. */
  newest(maxCharacters: number): { records: AuditRecord[]; omitted: number } {
    const records: AuditRecord[] = [];
    let characters = 0;
    for (const { record } of this.#sql.exec<Row>("SELECT number, record FROM audit ORDER BY number DESC")) {
      characters += record.length;
      if (characters > maxCharacters) break;
      records.push(JSON.parse(record) as AuditRecord);
    }
    const { count } = this.#sql.exec<{ count: number }>("SELECT COUNT(*) AS count FROM audit").one();
    return { records: records.reverse(), omitted: count - records.length };
  }

  /** Why chains of another file cannot stand beside those that are here; undefined when they can. */
  contradiction(records: readonly AuditRecord[]): string | undefined {
    for (const { chain, seq, hash } of records) {
      const known = this.#hashOf(chain, seq);
      if (known !== undefined && known !== hash)
        return `the file's audit record ${chain.slice(0, 8)} ${seq} is not the one that is kept here`;
    }
    return undefined;
  }

  /** Adds what is not here yet. Records of this object's own chain that it has lost come back, and the chain goes on. */
  merge(records: readonly AuditRecord[]): void {
    const own = this.#ownHead().chain;
    for (const record of records) {
      if (this.#hashOf(record.chain, record.seq) === undefined) this.#insert(record, record.chain === own);
    }
    this.#head = undefined;
  }

  #ownHead(): ChainHead {
    if (this.#head !== undefined) return this.#head;
    const [row] = this.#sql
      .exec<{ chain: string; seq: number; hash: string }>(
        "SELECT chain, seq, hash FROM audit WHERE is_own = 1 ORDER BY seq DESC LIMIT 1",
      )
      .toArray();
    this.#head = row ?? { chain: crypto.randomUUID(), seq: 0, hash: NO_HASH };
    return this.#head;
  }

  #hashOf(chain: string, seq: number): string | undefined {
    return this.#sql
      .exec<{ hash: string }>("SELECT hash FROM audit WHERE chain = ? AND seq = ?", chain, seq)
      .toArray()[0]?.hash;
  }

  #insert(record: AuditRecord, isOwn: boolean): void {
    this.#sql.exec(
      "INSERT INTO audit (chain, seq, hash, record, is_own) VALUES (?, ?, ?, ?, ?)",
      record.chain,
      record.seq,
      record.hash,
      JSON.stringify(record),
      isOwn ? 1 : 0,
    );
  }
}

interface Row extends Record<string, SqlStorageValue> {
  number: number;
  record: string;
}
