/** What Control counts and remembers for operators: sums for ever, steps for a day, and how origins' states went. */
import type { AuditEntry } from "../config/audit-record.ts";
import type { ChangeAnswer } from "../config/control-api.ts";
import type { MonitorReport } from "../config/health-report.ts";
import * as names from "../config/metric-names.ts";
import type { Login } from "../config/operator-api.ts";
import type { SeenRoom } from "../config/room-status.ts";
import type { SeriesAnswer, SeriesWindow } from "../config/series.ts";
import type { Availability } from "../policy/availability.ts";
import { CounterStore } from "./counter-store.ts";
import { SeriesKeeper } from "./series-keeper.ts";

export class Figures {
  readonly #counters: CounterStore;
  readonly #series: SeriesKeeper;
  /** What each Room told last. */
  readonly #vanished = new Map<string, number>();

  constructor(sql: SqlStorage) {
    this.#counters = new CounterStore(sql);
    this.#series = new SeriesKeeper(sql);
  }

  /** What an edge has counted. True when it begins a new step: a good moment to look at levels. */
  add(counts: Readonly<Record<string, number>>, nowMs: number): boolean {
    this.#counters.add(counts);
    return this.#series.add(counts, nowMs);
  }

  noteRooms(rooms: ReadonlyMap<string, SeenRoom>, nowMs: number): void {
    this.#series.noteRooms(rooms, nowMs);
    for (const [room, seen] of rooms) if (seen.kind === "seen") this.#noteVanished(room, seen.view.vanished);
  }

  /** A Room that has begun anew counts from zero, and the first look at one only tells where it stands. */
  #noteVanished(room: string, vanished: number): void {
    const by = Math.round(vanished) - (this.#vanished.get(room) ?? Number.POSITIVE_INFINITY);
    this.#vanished.set(room, Math.round(vanished));
    if (by > 0) this.#counters.add({ [names.roomAbandoned(room, "vanished")]: by });
  }

  /** @param known by pool and origin */
  noteStates(known: ReadonlyMap<string, Availability>, nowMs: number): void {
    for (const { pool, origin, state } of this.#series.noteStates(known, nowMs))
      if (state === "ejected") this.#counters.count(names.ejections(pool, origin, "all"));
  }

  /** Requests of the last seconds by the origin that was asked last: by pool and origin. See `recentlyAsked`. */
  asked(nowMs: number): ReadonlyMap<string, number> {
    return this.#series.asked(nowMs);
  }

  noteProbe({ pool, origin, record }: MonitorReport): void {
    this.#counters.add({ [names.healthChecks(pool, origin, record.passed ? "passed" : "failed")]: 1 });
  }

  /** Every record of the audit is counted, and nobody else's words become labels. */
  noteAction(action: AuditEntry["action"]): void {
    this.#counters.count(names.adminActions(action, "done"));
  }

  /** A write that changed nothing. */
  noteRefusal(
    action: AuditEntry["action"],
    kind: Exclude<ChangeAnswer["kind"], "applied" | "planned">,
  ): void {
    this.#counters.count(names.adminActions(action, kind));
  }

  /** @param via what was shown */
  noteLogin(via: Login["via"], result: "denied" | "too-many"): void {
    const rejected = via === "none" ? {} : { [names.tokensRejected("operator", via)]: 1 };
    // Failures come in floods.
    this.#counters.add({ [names.adminActions("login", result)]: 1, ...rejected });
  }

  noteAlerts(result: "delivered" | "failed" | "dropped", by = 1): void {
    if (by > 0) this.#counters.add({ [names.alerts(result)]: by });
  }

  totals(): Record<string, number> {
    return this.#counters.totals();
  }

  answer(window: SeriesWindow, sinceMs: number, nowMs: number): SeriesAnswer {
    return this.#series.answer(window, sinceMs, nowMs);
  }
}
