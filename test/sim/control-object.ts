/** The Control object of a world: real health, real availability and real room rules; tells edges and the Room. */

import type { Distrust, Proof } from "../../src/config/control-api.ts";
import type { EdgeReport, MonitorReport, Override } from "../../src/config/health-report.ts";
import type { Config } from "../../src/config/load.ts";
import type { RoomSettings } from "../../src/config/room-api.ts";
import { overrideOfRoom, type RoomOverrides } from "../../src/config/room-override.ts";
import { roomRulesOf } from "../../src/config/room-settings.ts";
import { outages } from "../../src/config/service.ts";
import { firstSnapshot, type Snapshot } from "../../src/config/snapshot.ts";
import { availabilities, reachableOf, type SeenOrigin } from "../../src/config/status.ts";
import { HealthKeeper, type KeptHealth } from "../../src/control/health-keeper.ts";
import { type EdgesHeard, noteHeard, paceMs, toldWithinMs } from "../../src/policy/control-pace.ts";
import { isOut, NEVER_EJECTED } from "../../src/policy/ejection.ts";
import type { Chance } from "./chance.ts";
import { POOL, ROOM } from "./config.ts";
import type { Network, Party } from "./network.ts";
import type { RoomObject } from "./room-object.ts";
import type { VirtualTime } from "./virtual.ts";

/** As `RoomKeeper` has them. */
const TELL_AGAIN_MS = 1000;
const LOOK_EVERY_MS = 200;

export interface ControlAnswer {
  readonly etag: string;
  /** Undefined when the edge has it. */
  readonly snapshot: Snapshot | undefined;
  readonly proofs: readonly Proof[];
  readonly nextInMs: number;
}

export class ControlObject implements Party {
  offsetMs = 0;
  life = 0;
  isUp = true;
  calls = 0;
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #network: Network;
  readonly #config: Config;
  readonly #first: Snapshot;
  readonly #room: RoomObject;
  readonly #heard: EdgesHeard = new Map();
  #health = new HealthKeeper();
  #kept: KeptHealth | undefined;
  #overrides: readonly Override[] = [];
  #rooms: RoomOverrides = {};
  #changes = 0;
  #availabilities: ReadonlyMap<string, SeenOrigin> = new Map();
  #settings: RoomSettings;
  #toldSeq = 0;
  #tried: { readonly seq: number; readonly atMs: number } | undefined;
  #lookedAtMs = 0;

  constructor(time: VirtualTime, chance: Chance, network: Network, config: Config, room: RoomObject) {
    this.#time = time;
    this.#chance = chance;
    this.#network = network;
    this.#config = config;
    this.#room = room;
    this.#first = firstSnapshot(config, 1);
    this.#settings = room.settings;
  }

  get snapshot(): Snapshot {
    const health = this.#health.published;
    return { ...this.#first, health, overrides: this.#overrides, rooms: this.#rooms };
  }

  exchange(
    edge: string,
    etag: string,
    reports: readonly EdgeReport[],
    distrusts: readonly Distrust[],
  ): ControlAnswer {
    this.calls += 1;
    noteHeard(this.#heard, edge, this.#time.shownMs);
    const nextInMs = paceMs(this.#heard.size);
    this.#health.toldWithinMs = toldWithinMs(nextInMs);
    this.#health.noteTraffic(this.#config, edge, reports, this.#time.shownMs);
    this.#evaluate(false);
    const current = `${this.life}:${this.#changes}`;
    const proofs = this.#health.proofsFor(distrusts);
    return { etag: current, snapshot: etag === current ? undefined : this.snapshot, proofs, nextInMs };
  }

  probed(report: MonitorReport): void {
    this.calls += 1;
    this.#health.noteProbe(report);
    this.#evaluate(true);
  }

  /** An operator's word on a region; undefined takes it back. */
  drain(origin: string, untilMs: number | undefined): void {
    const others = this.#overrides.filter((one) => one.origin !== origin);
    const word: Override = {
      id: 1,
      kind: "drain",
      pool: POOL,
      origin,
      startMs: this.#time.shownMs,
      drainMs: 0,
    };
    this.#overrides = untilMs === undefined ? others : [...others, { ...word, endMs: untilMs }];
    this.#changes += 1;
    this.#evaluate(true);
  }

  isEjected(origin: string): boolean {
    return isOut(this.#health.published[POOL]?.[origin]?.ejection ?? NEVER_EJECTED);
  }

  isDrained(origin: string): boolean {
    return this.#overrides.some((one) => one.origin === origin);
  }

  setLimit(activeLimit: number): void {
    this.#rooms = { [ROOM]: { activeLimit } };
    this.#changes += 1;
    this.#evaluate(true);
  }

  restart(): void {
    this.life += 1;
    this.#heard.clear();
    this.#health = new HealthKeeper();
    if (this.#kept !== undefined) this.#health.restore(this.#kept, this.#time.shownMs);
    this.#availabilities = new Map();
    this.#toldSeq = 0;
    this.#tried = undefined;
    this.#changes = 0;
    this.#evaluate(true);
  }

  /** As `Control` does it. */
  #evaluate(isUrgent: boolean): void {
    const { snapshot } = this;
    const nowMs = this.#time.shownMs;
    const outIn = (pool: string) => new Set(outages(snapshot, pool, nowMs).map(({ name }) => name));
    const isNew = this.#health.evaluate(this.#config, nowMs, this.#chance.draw, outIn, isUrgent);
    if (isNew) {
      this.#changes += 1;
      this.#kept = structuredClone(this.#health.toKeep());
    }
    this.#availabilities = availabilities(this.snapshot, nowMs, this.#availabilities);
    if (isUrgent || isNew || nowMs - this.#lookedAtMs >= LOOK_EVERY_MS) this.#keepRoom(nowMs);
  }

  #keepRoom(nowMs: number): void {
    this.#lookedAtMs = nowMs;
    const [room] = this.#config.rooms;
    if (room === undefined) return;
    const reachable = reachableOf(this.#config, room.name, this.#availabilities);
    const rules = roomRulesOf(room, overrideOfRoom(this.#rooms, room.name), reachable);
    if (JSON.stringify(rules) !== JSON.stringify(this.#settings.rules)) {
      this.#settings = { seq: Math.max(this.#settings.seq + 1, nowMs), rules };
    }
    const { seq } = this.#settings;
    const isTried = this.#tried?.seq === seq && nowMs - this.#tried.atMs < TELL_AGAIN_MS;
    if (this.#toldSeq === seq || isTried) return;
    this.#tried = { seq, atMs: nowMs };
    const settings = this.#settings;
    const done = (isTold: true | undefined) => {
      if (isTold) this.#toldSeq = Math.max(this.#toldSeq, seq);
    };
    const tell = () => {
      this.#room.configure(settings);
      return true as const;
    };
    this.#network.call(this, this.#room, tell, done, { deadlineMs: 5000, mayDouble: true });
  }
}
