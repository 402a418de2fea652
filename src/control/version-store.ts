/** Keeps every configuration version in the Control object's SQLite. */

import type { StateVersion } from "../config/admin/state-file.ts";
import type { VersionEntry } from "../config/control-api.ts";
import { type ConfigSource, checkConfig } from "../config/load.ts";
import { decodeSlots, encodeSlots } from "../config/slots-codec.ts";
import type { Snapshot } from "../config/snapshot.ts";
import type { KnownBundle } from "../policy/adopt-bundle.ts";
import { firstSharding, type Sharding } from "../policy/sharding.ts";

/** A version as stored: the file's data, and who owned which slot. */
export interface StoredVersion {
  readonly source: ConfigSource;
  readonly snapshot: Snapshot;
}

const INSERT =
  "INSERT INTO versions (version, at_ms, kind, author, reason, source, slots) VALUES (?, ?, ?, ?, ?, ?, ?)";

export class VersionStore {
  readonly #sql: SqlStorage;
  readonly #environment: "production" | "development";

  constructor(sql: SqlStorage, environment: "production" | "development") {
    this.#sql = sql;
    this.#environment = environment;
    sql.exec(`CREATE TABLE IF NOT EXISTS versions (
      version INTEGER PRIMARY KEY,
      at_ms INTEGER NOT NULL,
      kind TEXT NOT NULL,
      author TEXT NOT NULL,
      reason TEXT NOT NULL,
      source TEXT NOT NULL,
      slots TEXT NOT NULL
    )`);
    sql.exec("CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)");
  }

  /** The newest version that this code can read; undefined when there is none. */
  latest(): StoredVersion | undefined {
    for (const { version } of this.#sql.exec<{ version: number }>(
      "SELECT version FROM versions ORDER BY version DESC LIMIT 10",
    )) {
      const stored = this.get(version);
      if (stored !== undefined) return stored;
      console.error(
        `TG3001 stored version ${version} does not pass this release's checks; looking further back`,
      );
    }
    return undefined;
  }

  /** Undefined when there is no such version, or this release cannot read it. */
  get(version: number): StoredVersion | undefined {
    const row = this.#sql
      .exec<{ source: string; slots: string }>(
        "SELECT source, slots FROM versions WHERE version = ?",
        version,
      )
      .toArray()[0];
    if (row === undefined) return undefined;
    const loaded = checkConfig(JSON.parse(row.source), {
      file: `(version ${version})`,
      environment: this.#environment,
    });
    if (loaded.kind === "invalid") return undefined;
    try {
      return {
        source: loaded.source,
        snapshot: {
          version,
          config: loaded.config,
          slots: decodeSlots(row.slots),
          health: {},
          overrides: [],
          rooms: {},
          announcements: [],
          sharding: firstSharding(loaded.config.limiter.shards),
        },
      };
    } catch {
      return undefined;
    }
  }

  /** The number that the next version gets. */
  nextVersion(): number {
    const row = this.#sql.exec<{ last: number | null }>("SELECT MAX(version) AS last FROM versions").one();
    return (row.last ?? 0) + 1;
  }

  add(stored: StoredVersion, entry: Omit<VersionEntry, "version">): void {
    this.#sql.exec(
      INSERT,
      stored.snapshot.version,
      entry.atMs,
      entry.kind,
      entry.author,
      entry.reason,
      JSON.stringify(stored.source),
      encodeSlots(stored.snapshot.slots),
    );
  }

  /** Newest first. */
  history(limit: number): VersionEntry[] {
    return this.#sql
      .exec<{ version: number; at_ms: number; kind: VersionEntry["kind"]; author: string; reason: string }>(
        "SELECT version, at_ms, kind, author, reason FROM versions ORDER BY version DESC LIMIT ?",
        limit,
      )
      .toArray()
      .map(({ at_ms, ...entry }) => ({ ...entry, atMs: at_ms }));
  }

  /** Everything of the newest versions, newest first, as many as fit. */
  rows(maxCharacters: number): { rows: StateVersion[]; omitted: number } {
    const rows: StateVersion[] = [];
    let characters = 0;
    for (const row of this.#sql.exec<StateVersion & Record<string, SqlStorageValue>>(
      "SELECT version, at_ms AS atMs, kind, author, reason, source, slots FROM versions ORDER BY version DESC",
    )) {
      characters += row.source.length + row.slots.length;
      // The one in force is always there.
      if (characters > maxCharacters && rows.length > 0) break;
      rows.push({ ...row });
    }
    const { count } = this.#sql.exec<{ count: number }>("SELECT COUNT(*) AS count FROM versions").one();
    return { rows, omitted: count - rows.length };
  }

  /** Takes those of a state file in the place of all. */
  replace(rows: readonly StateVersion[]): void {
    this.#sql.exec("DELETE FROM versions");
    for (const { version, atMs, kind, author, reason, source, slots } of rows) {
      this.#sql.exec(INSERT, version, atMs, kind, author, reason, source, slots);
    }
  }

  /** The last bundled file that was adopted or noted. */
  knownBundle(): KnownBundle | undefined {
    const value = this.#fact("bundle");
    return value === undefined ? undefined : (JSON.parse(value) as KnownBundle);
  }

  rememberBundle(bundle: KnownBundle): void {
    this.#setFact("bundle", JSON.stringify(bundle));
  }

  /** The sharding of limits in force; undefined before the first version. */
  sharding(): Sharding | undefined {
    const value = this.#fact("sharding");
    return value === undefined ? undefined : (JSON.parse(value) as Sharding);
  }

  rememberSharding(sharding: Sharding): void {
    this.#setFact("sharding", JSON.stringify(sharding));
  }

  #fact(name: string): string | undefined {
    return this.#sql.exec<{ value: string }>("SELECT value FROM facts WHERE name = ?", name).toArray()[0]
      ?.value;
  }

  #setFact(name: string, value: string): void {
    this.#sql.exec("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", name, value);
  }
}
