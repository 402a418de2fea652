/** Keeps operators' overrides and announcements and the health worth keeping in the Control object's SQLite. */
import type { Announcement } from "../config/announcements.ts";
import type { Override } from "../config/health-report.ts";
import type { RoomOverrides } from "../config/room-override.ts";
import type { KeptHealth } from "./health-keeper.ts";

export class OverrideStore {
  readonly #sql: SqlStorage;
  /** As stored: every exchange of every edge needs them. */
  #overrides: readonly Override[];
  #rooms: RoomOverrides;
  #announcements: readonly Announcement[];
  #revision: number;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec("CREATE TABLE IF NOT EXISTS live (name TEXT PRIMARY KEY, value TEXT NOT NULL)");
    this.#overrides = (this.#get("overrides") as Override[] | undefined) ?? [];
    this.#rooms = (this.#get("rooms") as RoomOverrides | undefined) ?? {};
    this.#announcements = (this.#get("announcements") as Announcement[] | undefined) ?? [];
    this.#revision = (this.#get("revision") as number | undefined) ?? 0;
  }

  overrides(): readonly Override[] {
    return this.#overrides;
  }

  setOverrides(overrides: readonly Override[]): void {
    this.#set("overrides", overrides);
    this.#overrides = overrides;
    this.#set("highest-id", Math.max(this.highestId(), ...overrides.map(({ id }) => id)));
  }

  rooms(): RoomOverrides {
    return this.#rooms;
  }

  setRooms(rooms: RoomOverrides): void {
    this.#set("rooms", rooms);
    this.#rooms = rooms;
  }

  announcements(): readonly Announcement[] {
    return this.#announcements;
  }

  setAnnouncements(announcements: readonly Announcement[]): void {
    this.#set("announcements", announcements);
    this.#announcements = announcements;
    const ids = announcements.map(({ id }) => id);
    this.#set("highest-announcement", Math.max(this.highestAnnouncement(), ...ids));
  }

  /** Of all announcements that ever were. */
  highestAnnouncement(): number {
    return (this.#get("highest-announcement") as number | undefined) ?? 0;
  }

  /** How many writes there were to what is live; versions count their own. */
  revision(): number {
    return this.#revision;
  }

  countWrite(atLeast = 0): void {
    this.#revision = Math.max(this.#revision, atLeast) + 1;
    this.#set("revision", this.#revision);
  }

  /** Of all overrides that ever were. */
  highestId(): number {
    return (this.#get("highest-id") as number | undefined) ?? 0;
  }

  /** Numbers that another object has given before it was taken over. */
  raiseIds(override: number, announcement: number): void {
    this.#set("highest-id", Math.max(this.highestId(), override));
    this.#set("highest-announcement", Math.max(this.highestAnnouncement(), announcement));
  }

  health(): KeptHealth {
    return (this.#get("health") as KeptHealth | undefined) ?? { votes: [], ejections: [] };
  }

  setHealth(health: KeptHealth): void {
    this.#set("health", health);
  }

  /** The monitors that were told to work, as `pool vantage` to their plan's text. */
  monitors(): Record<string, string> {
    return (this.#get("monitors") as Record<string, string> | undefined) ?? {};
  }

  setMonitors(monitors: Readonly<Record<string, string>>): void {
    this.#set("monitors", monitors);
  }

  #get(name: string): unknown {
    const row = this.#sql.exec<{ value: string }>("SELECT value FROM live WHERE name = ?", name).toArray()[0];
    return row === undefined ? undefined : JSON.parse(row.value);
  }

  #set(name: string, value: unknown): void {
    this.#sql.exec("INSERT OR REPLACE INTO live (name, value) VALUES (?, ?)", name, JSON.stringify(value));
  }
}
