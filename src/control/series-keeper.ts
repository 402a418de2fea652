/** Keeps the last hour in steps of ten seconds and the last day in steps of five minutes, also over a restart. */
import type { SeenRoom } from "../config/room-status.ts";
import type { SeriesAnswer, SeriesWindow, StateEvent } from "../config/series.ts";
import type { Availability } from "../policy/availability.ts";
import { newRecentAsked, noteAsked, recentlyAsked } from "../policy/recent-asked.ts";
import { seriesKey } from "../policy/series-key.ts";
import {
  addCount,
  newRing,
  type Ring,
  type Step,
  setLevel,
  stepAt,
  stepsSince,
} from "../policy/series-ring.ts";

const SHAPES: Readonly<Record<SeriesWindow, readonly [stepMs: number, length: number]>> = {
  hour: [10_000, 360],
  day: [300_000, 288],
};
const EVENTS_FOR_MS = 24 * 3_600_000;
const MAX_EVENTS = 500;
/** Names of counters that were looked up already; more only cost the look again. */
const MAX_KNOWN_KEYS = 10_000;

export class SeriesKeeper {
  readonly #sql: SqlStorage;
  readonly #rings: Readonly<Record<SeriesWindow, Ring>> = {
    hour: newRing(...SHAPES.hour),
    day: newRing(...SHAPES.day),
  };
  readonly #recent = newRecentAsked();
  readonly #keys = new Map<string, string | undefined>();
  /** The state that was written last, by pool and origin. */
  readonly #states = new Map<string, string>();
  #events: StateEvent[] = [];

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS series (ring TEXT, startMs INTEGER, step TEXT NOT NULL, PRIMARY KEY (ring, startMs)) WITHOUT ROWID",
    );
    sql.exec("CREATE TABLE IF NOT EXISTS state_events (id INTEGER PRIMARY KEY, event TEXT NOT NULL)");
    for (const { ring, step } of sql.exec<{ ring: SeriesWindow; step: string }>(
      "SELECT ring, step FROM series ORDER BY startMs",
    ))
      this.#rings[ring]?.steps.push(JSON.parse(step) as Step);
    for (const { event } of sql.exec<{ event: string }>("SELECT event FROM state_events ORDER BY id")) {
      const told = JSON.parse(event) as StateEvent;
      this.#events.push(told);
      this.#states.set(`${told.pool} ${told.origin}`, `${told.state} ${told.reason}`);
    }
  }

  /** True when these counts begin a new step: a good moment to look at levels. */
  add(counts: Readonly<Record<string, number>>, nowMs: number): boolean {
    const entries = Object.entries(counts);
    if (entries.length === 0) return false;
    const { hour, day } = this.#now(nowMs);
    for (const [series, by] of entries) {
      const key = this.#keyOf(series);
      if (key === undefined) continue;
      addCount(hour.step, key, by);
      addCount(day.step, key, by);
      const [word, pool, origin] = key.split(" ");
      if (word === "origin") noteAsked(this.#recent, `${pool} ${origin}`, by, nowMs);
    }
    return hour.isNew;
  }

  noteRooms(rooms: ReadonlyMap<string, SeenRoom>, nowMs: number): void {
    if (rooms.size === 0) return;
    const { hour, day } = this.#now(nowMs);
    for (const [name, seen] of rooms) {
      // Zeros of a room that does not answer would be a lie.
      if (seen.kind !== "seen") continue;
      const { waiting, active, limit } = seen.view;
      for (const { step } of [hour, day]) {
        setLevel(step, `waiting ${name}`, waiting);
        setLevel(step, `active ${name}`, active);
        setLevel(step, `roomLimit ${name}`, limit);
      }
    }
  }

  /**
   * @param known by pool and origin
   * @returns what has become another state, or is in it for another reason
   */
  noteStates(known: ReadonlyMap<string, Availability>, nowMs: number): StateEvent[] {
    const news: StateEvent[] = [];
    for (const [key, { state, reason }] of known) {
      const told = `${state} ${reason}`;
      if (this.#states.get(key) === told) continue;
      this.#states.set(key, told);
      const [pool = "", origin = ""] = key.split(" ");
      const event = { atMs: nowMs, pool, origin, state, reason };
      news.push(event);
      this.#events.push(event);
      this.#sql.exec("INSERT INTO state_events (event) VALUES (?)", JSON.stringify(event));
      if (this.#events.length > MAX_EVENTS) this.#dropEvents();
    }
    return news;
  }

  /** By pool and origin: the requests of the last seconds that went to each. */
  asked(nowMs: number): Map<string, number> {
    return recentlyAsked(this.#recent, nowMs);
  }

  answer(window: SeriesWindow, sinceMs: number, nowMs: number): SeriesAnswer {
    const ring = this.#rings[window];
    const oldestMs = nowMs - EVENTS_FOR_MS;
    return {
      nowMs,
      stepMs: ring.stepMs,
      steps: stepsSince(ring, Math.max(sinceMs, nowMs - ring.length * ring.stepMs)),
      // What an origin was when the day began is told by the last event before it.
      events: this.#events.filter(({ atMs }, index) => atMs >= oldestMs || this.#isLastOf(index)),
    };
  }

  #isLastOf(index: number): boolean {
    const one = this.#events[index];
    return !this.#events.some(
      (later, at) => at > index && later.pool === one?.pool && later.origin === one.origin,
    );
  }

  #now(nowMs: number) {
    return { hour: this.#open("hour", nowMs), day: this.#open("day", nowMs) };
  }

  #open(window: SeriesWindow, nowMs: number): { readonly step: Step; readonly isNew: boolean } {
    const ring = this.#rings[window];
    const before = ring.steps.at(-1);
    const step = stepAt(ring, nowMs);
    const isNew = step !== before;
    // A step is written when it is over, so a crash loses one at most of each ring.
    if (isNew && before !== undefined) this.#write(window, before, step.startMs - ring.length * ring.stepMs);
    return { step, isNew };
  }

  #write(window: SeriesWindow, step: Step, oldestMs: number): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO series (ring, startMs, step) VALUES (?, ?, ?)",
      window,
      step.startMs,
      JSON.stringify(step),
    );
    this.#sql.exec("DELETE FROM series WHERE ring = ? AND startMs < ?", window, oldestMs);
  }

  #dropEvents(): void {
    this.#events = this.#events.slice(-MAX_EVENTS / 2);
    this.#sql.exec(
      "DELETE FROM state_events WHERE id NOT IN (SELECT id FROM state_events ORDER BY id DESC LIMIT ?)",
      MAX_EVENTS / 2,
    );
  }

  #keyOf(series: string): string | undefined {
    if (this.#keys.has(series)) return this.#keys.get(series);
    const key = seriesKey(series);
    if (this.#keys.size < MAX_KNOWN_KEYS) this.#keys.set(series, key);
    return key;
  }
}
