/** A world: edges, objects, regions and people in virtual time, watched at every step. Same seed, same run. */

import { roomRulesOf } from "../../src/config/room-settings.ts";
import { firstSnapshot } from "../../src/config/snapshot.ts";
import { affinityHash } from "../../src/policy/identity-key.ts";
import { LONGEST_COUNTED_MS } from "../../src/policy/presence.ts";
import { COMMON_LANE } from "../../src/policy/room-rules.ts";
import { isActive } from "../../src/policy/room-slots.ts";
import type { BucketShape } from "../../src/policy/token-bucket.ts";
import type { Chance } from "./chance.ts";
import { configOf } from "./config.ts";
import { ControlObject } from "./control-object.ts";
import { Edge, type Surroundings } from "./edge.ts";
import { type Figures, type Seen, waitedOf } from "./figures.ts";
import { happen, type Stage } from "./happen.ts";
import { LimiterObject } from "./limiter-object.ts";
import { MonitorObject } from "./monitor-object.ts";
import { Network } from "./network.ts";
import type { Outcome } from "./outcome.ts";
import { letCome, peopleOf } from "./people.ts";
import type { Person, Town } from "./person.ts";
import type { PlaceCache } from "./place-cache.ts";
import { PlacesObject } from "./places-object.ts";
import { Region } from "./region.ts";
import { RoomObject } from "./room-object.ts";
import type { Scenario } from "./scenario.ts";
import type { Trace } from "./trace.ts";
import type { VirtualTime } from "./virtual.ts";
import { Watch } from "./watch.ts";

/** A whole number of days after the epoch, so that nothing depends on the day. */
export const START_MS = 1_800_057_600_000;
const SETTLE_MS = 15_000;
/** Of a big world one in so many is looked at. */
const WATCHED = 100;

export class World {
  readonly #scenario: Scenario;
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #trace: Trace;
  readonly #watch: Watch;
  readonly #figures: Figures | undefined;
  readonly #network: Network;
  readonly #regions: readonly Region[];
  readonly #room: RoomObject;
  readonly #places = new PlacesObject();
  readonly #control: ControlObject;
  readonly #monitor: MonitorObject;
  readonly #shards: readonly LimiterObject[];
  readonly #caches: readonly PlaceCache[];
  readonly #around: Surroundings;
  readonly #edges: Edge[] = [];
  readonly #people: Person[];
  /** Whose waiting is looked at: everybody, and of a big world one in a hundred. */
  readonly #watched: readonly Person[];
  readonly #paid = new Map<string, number>();
  #names = 0;
  #busyUntilMs = 0;
  #admitted = 0;

  constructor(
    scenario: Scenario,
    time: VirtualTime,
    chance: Chance,
    trace: Trace,
    figures: Figures | undefined,
  ) {
    this.#scenario = scenario;
    this.#time = time;
    this.#chance = chance;
    this.#trace = trace;
    this.#figures = figures;
    const config = configOf(scenario);
    const shape: BucketShape = { ...scenario.limit, intervalMs: 1000 };
    this.#watch = new Watch(time, trace, scenario, shape, (id) =>
      isActive(this.#room.room.slots, id, time.nowMs),
    );
    this.#network = new Network(time, chance, scenario.weather, {
      fromMs: START_MS + scenario.warmUpMs,
      toMs: START_MS + scenario.calmFromMs,
    });
    this.#regions = scenario.regions.map((plan, index) => {
      const faults = scenario.faults.filter(({ region }) => region === index);
      return new Region(plan, faults, chance, START_MS, this.#paid);
    });
    const [room] = config.rooms;
    if (room === undefined) throw new Error("no room");
    this.#room = new RoomObject(
      time,
      { seq: 1, rules: roomRulesOf(room, undefined, 1) },
      scenario.room.farEdges,
    );
    this.#room.watcher = {
      afterChange: () => {
        if (this.#figures === undefined) this.#look();
      },
      afterLending: () => this.#watch.slots.lookAtGrant(this.#room),
      beforeClaim: (claim) => this.#watch.order.beforeClaim(this.#room, claim),
      afterClaim: (claim, answer) =>
        this.#watch.afterClaim(this.#room, claim, answer, this.#figures === undefined ? this.#people : []),
    };
    this.#control = new ControlObject(time, chance, this.#network, config, this.#room);
    this.#monitor = new MonitorObject(time, this.#network, config, this.#control, this.#regions);
    this.#shards = Array.from({ length: scenario.shards }, () => new LimiterObject(shape));
    this.#caches = Array.from({ length: scenario.places }, () => ({
      shared: undefined,
      publication: undefined,
    }));
    this.#around = {
      time,
      chance,
      network: this.#network,
      shape,
      shards: this.#shards,
      room: this.#room,
      places: this.#places,
      control: this.#control,
      regions: this.#regions,
      bundled: firstSnapshot(config, 0),
      watcher: this.#watch,
    };
    for (let index = 0; index < scenario.edges; index += 1) this.#edges.push(this.#newEdge(index));
    this.#people = peopleOf(this.#town(), START_MS + scenario.warmUpMs);
    this.#watched =
      figures === undefined ? this.#people : this.#people.filter(({ number }) => number % WATCHED === 0);
  }

  run(): Outcome {
    const { endMs, lookEveryMs, events } = this.#scenario;
    const { agenda } = this.#time;
    this.#monitor.start();
    for (const edge of this.#edges) agenda.at(START_MS, () => this.#time.as(edge, () => edge.room.warmUp()));
    for (const event of events) agenda.at(START_MS + event.atMs, () => happen(event, this.#stage));
    letCome(this.#people, agenda, this.#figures !== undefined);
    agenda.in(lookEveryMs, () => this.#lookAround());
    agenda.run(START_MS + endMs);
    this.#room.look();
    // A big world ends in the middle of things.
    if (this.#figures === undefined) this.#watch.lookAtRest(this.#room, this.#edges, this.#people);
    this.#watch.lookAtPayments(this.#paid, true);
    for (const { user } of this.#people) {
      const level = this.#shards[affinityHash(user) % this.#shards.length]?.level(user, this.#time.nowMs);
      this.#trace.note(this.#time.nowMs, "level", user, level);
    }
    const { wrongs, idle } = this.#watch;
    const { longestIdleRegionMs, longestIdleSlotMs, longestWronglyOutMs } = idle;
    return {
      seed: this.#scenario.seed,
      hash: this.#trace.hash,
      events: this.#trace.events,
      wrongs,
      longestIdleRegionMs,
      longestWronglyOutMs,
      longestIdleSlotMs,
      simulatedMs: this.#time.nowMs - START_MS,
      people: this.#people.length,
      waited: this.#figures === undefined ? [] : waitedOf(this.#people),
      admitted: this.#admitted,
      trace: this.#trace.lines,
    };
  }

  close(): void {
    for (const object of [this.#room, this.#places, ...this.#shards]) object.close();
  }

  #newEdge(index: number): Edge {
    const { clockOffsetsMs } = this.#scenario;
    const cache = this.#caches[index % this.#caches.length];
    if (cache === undefined) throw new Error("no place");
    this.#names += 1;
    // Who starts anew is on another machine, whose clock is right.
    const offsetMs = this.#names <= clockOffsetsMs.length ? (clockOffsetsMs[index] ?? 0) : 0;
    return new Edge(`e${this.#names}`, offsetMs, cache, this.#around);
  }

  #town(): Town {
    return {
      time: this.#time,
      chance: this.#chance,
      network: this.#network,
      people: this.#scenario.people,
      edgeCount: this.#scenario.edges,
      edgeAt: (number: number) => {
        const edge = this.#edges[number];
        if (edge === undefined) throw new Error(`no edge ${number}`);
        return edge;
      },
      watcher: {
        told: this.#watch.order.told.bind(this.#watch.order),
        entered: (person: Person) => {
          this.#admitted += 1;
          this.#trace.note(this.#time.nowMs, "entered", person.number);
        },
        left: (person: Person) => this.#trace.note(this.#time.nowMs, "left", person.number),
        paid: this.#watch.paid.bind(this.#watch),
      },
    };
  }

  get #stage(): Stage {
    return {
      ...{ time: this.#time, trace: this.#trace, edges: this.#edges, regions: this.#regions },
      ...{ limiter: this.#shards, room: this.#room, control: this.#control, places: this.#places },
      newEdge: (index) => this.#newEdge(index),
    };
  }

  get #seen(): Seen {
    return {
      ...{ room: this.#room, control: this.#control, monitor: this.#monitor, shards: this.#shards },
      ...{ edges: this.#edges, regions: this.#regions, people: this.#people },
    };
  }

  /** Well for so long that each has come back by slow start everywhere. */
  #areSharesFull(nowMs: number): boolean {
    const settledMs = 2 * this.#scenario.slowStartMs + this.#scenario.ejection.baseMs;
    return this.#regions.every((region) => {
      const sinceMs = region.wellSinceMs(nowMs);
      return sinceMs !== undefined && (sinceMs === START_MS || nowMs - sinceMs > settledMs);
    });
  }

  /** After each change of the Room. */
  #look(): void {
    this.#watch.slots.lookAtSlots(this.#room, this.#edges);
    this.#watch.order.lookAtFrontier(this.#room);
  }

  /** At all of it, again and again, until everything has come to rest. */
  #lookAround(): void {
    const { calmFromMs, lookEveryMs, room } = this.#scenario;
    const nowMs = this.#time.nowMs;
    if (this.#people.some(({ state }) => state !== "gone")) this.#busyUntilMs = nowMs;
    // Slots that nobody has told of are booked for a session and a little more; people are counted for two polls.
    const restAtMs = Math.max(this.#busyUntilMs, START_MS + calmFromMs) + 2 * room.sessionMs + SETTLE_MS;
    const counted = this.#room.room.queues.get(COMMON_LANE)?.presence.total ?? 0;
    if (nowMs >= restAtMs + (counted > 0 ? LONGEST_COUNTED_MS : 0)) {
      this.#time.agenda.stop();
      return;
    }
    this.#time.agenda.in(lookEveryMs, () => this.#lookAround());
    if (this.#room.isUp) this.#room.look();
    this.#watch.lookAtPayments(this.#paid, false);
    const areWell = this.#regions.every((region) => region.wellSinceMs(nowMs) !== undefined);
    this.#watch.idle.lookAtRegions(this.#regions, this.#edges, (name) => this.#control.isDrained(name));
    this.#watch.idle.lookAtControl(this.#regions, this.#edges, (name) => this.#control.isEjected(name));
    if (this.#figures !== undefined) {
      this.#look();
      this.#figures.look(this.#seen, nowMs, this.#areSharesFull(nowMs));
    }
    this.#watch.idle.lookAtFreeSlots(this.#room, this.#watched, areWell);
  }
}
