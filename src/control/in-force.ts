/** What is in force: the newest version with everything that is live, under a tag that edges and operators go by. */
import type { ExchangeAnswer, VersionEntry } from "../config/control-api.ts";
import type { PoolsHealth } from "../config/health-report.ts";
import type { Config } from "../config/load.ts";
import type { BasedOn, ConflictAnswer } from "../config/operator-api.ts";
import type { Snapshot } from "../config/snapshot.ts";
import { firstSharding, nextSharding, type Sharding } from "../policy/sharding.ts";
import type { Outcome } from "./changes.ts";
import { OverrideStore } from "./override-store.ts";
import { type StoredVersion, VersionStore } from "./version-store.ts";

export class InForce {
  readonly versions: VersionStore;
  readonly live: OverrideStore;
  readonly #health: () => PoolsHealth;
  #stored: StoredVersion | undefined;
  #sharding: Sharding | undefined;
  #before: { readonly version: number; readonly snapshot: Snapshot | undefined } | undefined;
  /** Of this object's life and its changes: a restarted object starts others, so no edge takes old for new. */
  readonly #life = crypto.randomUUID();
  #changes = 0;

  /** @param health what is published of the origins' health */
  constructor(sql: SqlStorage, environment: "production" | "development", health: () => PoolsHealth) {
    this.versions = new VersionStore(sql, environment);
    this.live = new OverrideStore(sql);
    this.#health = health;
    this.#take(this.versions.latest());
  }

  /** As it was made, without what is live. */
  get stored(): StoredVersion | undefined {
    return this.#stored;
  }

  /** The version before it, as it was made; undefined when there is none that can be read. */
  get before(): Snapshot | undefined {
    if (this.#before?.version !== this.version)
      this.#before = { version: this.version, snapshot: this.versions.get(this.version - 1)?.snapshot };
    return this.#before.snapshot;
  }

  get config(): Config | undefined {
    return this.#stored?.snapshot.config;
  }

  /** 0 before there is one. */
  get version(): number {
    return this.#stored?.snapshot.version ?? 0;
  }

  /** Version and live writes: two states with the same tag are the same. */
  get tag(): string {
    return `${this.version}.${this.live.revision()}`;
  }

  /** The version in force with everything that is live. */
  snapshot(): Snapshot | undefined {
    if (this.#stored === undefined) return undefined;
    return {
      ...this.#stored.snapshot,
      health: this.#health(),
      overrides: this.live.overrides(),
      rooms: this.live.rooms(),
      announcements: this.live.announcements(),
      sharding: this.#sharding ?? this.#stored.snapshot.sharding,
    };
  }

  /** @param etag of the snapshot that the edge has */
  answer(etag: string): ExchangeAnswer {
    const current = `${this.#life}:${this.#changes}`;
    const snapshot = etag === current ? undefined : this.snapshot();
    return snapshot === undefined ? { kind: "unchanged" } : { kind: "snapshot", etag: current, snapshot };
  }

  conflict({ version, revision }: BasedOn): ConflictAnswer | undefined {
    const isSame = version === this.version && (revision === undefined || revision === this.live.revision());
    return isSame ? undefined : { kind: "conflict", version: this.version };
  }

  /** Every edge gets the snapshot anew. */
  hasChanged(): void {
    this.#changes += 1;
  }

  add(stored: StoredVersion, entry: Omit<VersionEntry, "version">): void {
    this.versions.add(stored, entry);
    this.#take(stored);
  }

  /** Takes what is live. */
  takeLive(outcome: Exclude<Outcome, { kind: "version" }>): void {
    switch (outcome.kind) {
      case "overrides":
        this.live.setOverrides(outcome.overrides);
        break;
      case "rooms":
        this.live.setRooms(outcome.rooms);
        break;
      case "announcements":
        this.live.setAnnouncements(outcome.announcements);
        break;
    }
    this.live.countWrite();
    this.hasChanged();
  }

  #take(stored: StoredVersion | undefined): void {
    this.#stored = stored;
    if (stored !== undefined) this.#takeSharding(stored.snapshot.config.limiter.shards);
    this.hasChanged();
  }

  #takeSharding(shards: number): void {
    const known = this.versions.sharding();
    const next = known === undefined ? firstSharding(shards) : nextSharding(known, shards, Date.now());
    if (next !== known) this.versions.rememberSharding(next);
    this.#sharding = next;
  }
}
