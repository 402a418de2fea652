/** Watches origins and rooms: joins what monitors and edges say of them, and tells monitors and rooms what is in force. */
import type { Distrust, Proof, Status } from "../config/control-api.ts";
import { type Env, monitorStub } from "../config/env.ts";
import type { EdgeReport, MonitorReport, ProbeRecord } from "../config/health-report.ts";
import { outages } from "../config/service.ts";
import type { Snapshot } from "../config/snapshot.ts";
import { availabilities, poolKind, reachableOf, type SeenOrigin, statusOf } from "../config/status.ts";
import { toldWithinMs } from "../policy/control-pace.ts";
import type { AlertPost } from "./alert-post.ts";
import type { Figures } from "./figures.ts";
import type { HealthKeeper } from "./health-keeper.ts";
import type { InForce } from "./in-force.ts";
import { MonitorCrew } from "./monitor-crew.ts";
import { RoomKeeper } from "./room-keeper.ts";

type WaitUntil = (work: Promise<unknown>) => void;

interface WatchParts {
  readonly inForce: InForce;
  readonly figures: Figures;
  readonly health: HealthKeeper;
  readonly post: AlertPost;
}

export class Watch {
  readonly #env: Env;
  readonly #inForce: InForce;
  readonly #figures: Figures;
  readonly #health: HealthKeeper;
  readonly #crew: MonitorCrew;
  readonly #rooms: RoomKeeper;
  readonly #waitUntil: WaitUntil;
  readonly #post: AlertPost;
  /** As operators are shown them; kept, since states are held. */
  #availabilities: ReadonlyMap<string, SeenOrigin> = new Map();

  constructor(
    env: Env,
    sql: SqlStorage,
    { inForce, figures, health, post }: WatchParts,
    waitUntil: WaitUntil,
  ) {
    this.#env = env;
    this.#inForce = inForce;
    this.#figures = figures;
    this.#health = health;
    this.#crew = new MonitorCrew(env, inForce.live);
    this.#rooms = new RoomKeeper(env, sql);
    this.#waitUntil = waitUntil;
    this.#post = post;
    health.restore(inForce.live.health(), Date.now());
    this.evaluate(true);
  }

  /** @param paceMs at which edges are to tell */
  noteTraffic(edge: string, reports: readonly EdgeReport[], paceMs: number): void {
    const { config } = this.#inForce;
    this.#health.toldWithinMs = toldWithinMs(paceMs);
    if (config !== undefined) this.#health.noteTraffic(config, edge, reports, Date.now());
    this.evaluate(false);
  }

  noteProbe(report: MonitorReport): void {
    this.#health.noteProbe(report);
    this.#figures.noteProbe(report);
    this.evaluate(true);
  }

  proofsFor(distrusts: readonly Distrust[]): Proof[] {
    return this.#health.proofsFor(distrusts);
  }

  /** What changed goes to every edge with its next exchange. */
  evaluate(isUrgent: boolean): void {
    const snapshot = this.#inForce.snapshot();
    if (snapshot === undefined) return;
    const nowMs = Date.now();
    const outIn = (pool: string) => new Set(outages(snapshot, pool, nowMs).map(({ name }) => name));
    const isHealthNew = this.#health.evaluate(snapshot.config, nowMs, Math.random, outIn, isUrgent);
    if (isHealthNew) {
      this.#inForce.hasChanged();
      this.#inForce.live.setHealth(this.#health.toKeep());
    }
    const newest = this.#inForce.snapshot() ?? snapshot;
    this.#availabilities = availabilities(newest, nowMs, this.#availabilities);
    this.#figures.noteStates(this.#availabilities, nowMs);
    this.#tell(newest, nowMs);
    this.#waitUntil(this.#crew.muster(snapshot.config));
    const reachable = (room: string) => reachableOf(snapshot.config, room, this.#availabilities);
    this.#waitUntil(this.#rooms.keep(snapshot, reachable, nowMs, isUrgent || isHealthNew));
  }

  /** Whoever is to be told hears of what has become another state. */
  #tell(snapshot: Snapshot, nowMs: number): void {
    for (const pool of snapshot.config.pools) {
      for (const { name } of pool.origins) {
        const seen = this.#availabilities.get(`${pool.name} ${name}`);
        if (seen === undefined) continue;
        const { state, reason } = seen;
        const dataOf = (before: string) => ({ pool: pool.name, origin: name, state, before, reason });
        this.#post.note("origin.state", `${pool.name} ${name}`, state, "healthy", dataOf);
      }
      const kind = poolKind(snapshot, pool, this.#availabilities, nowMs);
      const dataOf = (before: string) => ({ pool: pool.name, state: kind, before });
      this.#post.note("pool.state", pool.name, kind, "normal", dataOf);
    }
    const { version } = snapshot;
    this.#post.note("config.version", "", String(version), String(version), (before) => {
      const [entry] = this.#inForce.versions.history(1);
      const { kind = "", author = "", reason = "" } = entry ?? {};
      return { version, before: Number(before), kind, author, reason };
    });
  }

  /** Undefined before there is a configuration. */
  async status(): Promise<Omit<Status, "tag" | "edges"> | undefined> {
    this.evaluate(true);
    const rooms = await this.lookAtRooms();
    const snapshot = this.#inForce.snapshot();
    if (snapshot === undefined) return undefined;
    const lastProbes = (pool: string, origin: string) => this.#health.votesOf(pool, origin);
    const nowMs = Date.now();
    const measured = { asked: this.#figures.asked(nowMs), before: this.#inForce.before };
    return statusOf(snapshot, nowMs, lastProbes, this.#availabilities, rooms, measured);
  }

  /** How many people there are, for the history too. */
  async lookAtRooms() {
    const names = this.#inForce.config?.rooms.map(({ name }) => name) ?? [];
    const rooms = await this.#rooms.views(names);
    this.#figures.noteRooms(rooms, Date.now());
    return rooms;
  }

  /** By vantage, then origin: the last probes of a pool, newest first. */
  async probes(pool: string): Promise<Record<string, Record<string, readonly ProbeRecord[]>>> {
    const records = this.#crew
      .vantagesOf(pool)
      .map(async (vantage) => [vantage, await monitorStub(this.#env, pool, vantage).records()] as const);
    return Object.fromEntries(await Promise.all(records));
  }
}
