/** A world: edges, objects, regions and people in virtual time, watched at every step. Same seed, same run. */

import { roomRulesOf } from "../../src/config/room-settings.ts";
import { firstSnapshot } from "../../src/config/snapshot.ts";
import { affinityHash } from "../../src/policy/identity-key.ts";
import { LONGEST_COUNTED_MS } from "../../src/policy/presence.ts";
import { COMMON_LANE } from "../../src/policy/room-rules.ts";
import type { BucketShape } from "../../src/policy/token-bucket.ts";
import { Chance } from "./chance.ts";
import { configOf } from "./config.ts";
import { ControlObject } from "./control-object.ts";
import { Edge, type Surroundings } from "./edge.ts";
import type { PlaceCache } from "./edge-snapshots.ts";
import { type Figures, type Seen, waitedOf } from "./figures.ts";
import { LimiterObject } from "./limiter-object.ts";
import { MonitorObject } from "./monitor-object.ts";
import { Network } from "./network.ts";
import { Person } from "./person.ts";
import { PlacesObject } from "./places-object.ts";
import { Region } from "./region.ts";
import { RoomObject } from "./room-object.ts";
import { type Event, type Scenario, scenarioOf } from "./scenario.ts";
import { Trace } from "./trace.ts";
import { VirtualTime, withVirtual } from "./virtual.ts";
import { type Tolerances, Watch, type Wrong } from "./watch.ts";

export interface Outcome {
  readonly seed: number;
  /** Of everything that happened. */
  readonly hash: string;
  readonly events: number;
  readonly wrongs: readonly Wrong[];
  readonly longestIdleRegionMs: number;
  readonly longestIdleSlotMs: number;
  readonly simulatedMs: number;
  readonly people: number;
  readonly admitted: number;
  /** Of a big world: who waited and came in. */
  readonly waited: readonly { readonly cameAtMs: number; readonly inAtMs: number }[];
  /** When it is asked for. */
  readonly trace: readonly string[];
}

/** A whole number of days after the epoch, so that nothing depends on the day. */
export const START_MS = 1_800_057_600_000;
const SETTLE_MS = 15_000;
const WATCHED = 100;
export const TOLERANCES: Tolerances = { regionMs: 25_000, slotMs: 30_000 };

export function runSeed(seed: number, keepsTrace = false): Outcome {
  return runWorld(scenarioOf(seed), keepsTrace);
}

/**
 * @param figures of a big world, which is looked at every few seconds and not at each step: that would take days
 */
export function runWorld(scenario: Scenario, keepsTrace = false, figures?: Figures): Outcome {
  const time = new VirtualTime();
  time.agenda.nowMs = START_MS;
  const chance = new Chance(scenario.seed);
  return withVirtual(time, chance, () => {
    const world = new World(scenario, time, chance, new Trace(keepsTrace), figures);
    try {
      return world.run();
    } finally {
      world.close();
    }
  });
}

class World {
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
    this.#watch = new Watch(time, trace, scenario, shape, TOLERANCES);
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
    this.#room = new RoomObject(time, { seq: 1, rules: roomRulesOf(room, undefined, 1) });
    this.#room.watcher = {
      afterChange: () => {
        if (this.#figures === undefined) this.#look();
      },
      afterLending: () => this.#watch.lookAtGrant(this.#room),
      beforeClaim: (claim) => this.#watch.beforeClaim(this.#room, claim),
      afterClaim: (claim, answer) =>
        this.#watch.afterClaim(this.#room, claim, answer, this.#figures === undefined ? this.#people : []),
    };
    this.#control = new ControlObject(time, chance, this.#network, config, this.#room);
    this.#monitor = new MonitorObject(time, this.#network, config, this.#control, this.#regions);
    this.#shards = Array.from({ length: scenario.shards }, () => new LimiterObject(shape));
    this.#caches = Array.from({ length: scenario.places }, () => ({ shared: undefined }));
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
    this.#people = this.#makePeople();
    this.#watched =
      figures === undefined ? this.#people : this.#people.filter(({ number }) => number % WATCHED === 0);
  }

  run(): Outcome {
    const { endMs, lookEveryMs, events } = this.#scenario;
    const { agenda } = this.#time;
    this.#monitor.start();
    for (const edge of this.#edges) agenda.at(START_MS, () => this.#time.as(edge, () => edge.room.warmUp()));
    for (const event of events) agenda.at(START_MS + event.atMs, () => this.#happen(event));
    this.#letCome();
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
    const { longestIdleRegionMs, longestIdleSlotMs, wrongs } = this.#watch;
    return {
      seed: this.#scenario.seed,
      hash: this.#trace.hash,
      events: this.#trace.events,
      wrongs,
      longestIdleRegionMs,
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

  #makePeople(): Person[] {
    const { people, edges, warmUpMs } = this.#scenario;
    const chance = this.#chance;
    const town = {
      time: this.#time,
      chance,
      network: this.#network,
      people,
      edgeCount: edges,
      edgeAt: (number: number) => {
        const edge = this.#edges[number];
        if (edge === undefined) throw new Error(`no edge ${number}`);
        return edge;
      },
      watcher: {
        told: this.#watch.told.bind(this.#watch),
        entered: (person: Person) => {
          this.#admitted += 1;
          this.#trace.note(this.#time.nowMs, "entered", person.number);
        },
        left: (person: Person) => this.#trace.note(this.#time.nowMs, "left", person.number),
        paid: this.#watch.paid.bind(this.#watch),
      },
    };
    const all: Person[] = [];
    for (let number = 0; number < people.count; number += 1) {
      const { rush } = people;
      const withinMs = rush !== undefined && chance.happens(rush.share) ? rush.withinMs : people.withinMs;
      const comesAtMs = START_MS + warmUpMs + chance.between(0, withinMs);
      const isSignedIn = chance.happens(people.signedIn);
      const user = `u${number}`;
      const owner = isSignedIn ? user : undefined;
      all.push(new Person(all.length, comesAtMs, user, owner, town));
      if (isSignedIn)
        all.push(new Person(all.length, comesAtMs + chance.between(0, 5000), user, owner, town));
    }
    return all;
  }

  #happen(event: Event): void {
    this.#trace.note(this.#time.nowMs, event.kind, JSON.stringify(event));
    switch (event.kind) {
      case "edge-dies": {
        const edge = this.#edges[event.edge];
        edge?.die();
        this.#edges[event.edge] = this.#newEdge(event.edge);
        return;
      }
      case "edge-cut-off": {
        const edge = this.#edges[event.edge];
        if (edge === undefined) return;
        edge.isCutOff = true;
        this.#time.in(edge, event.forMs, () => {
          edge.isCutOff = false;
        });
        return;
      }
      case "clock-steps": {
        const edge = this.#edges[event.edge];
        if (edge !== undefined) edge.offsetMs += event.byMs;
        return;
      }
      case "object-dies": {
        for (const object of this.#objectsOf(event.object)) {
          object.life += 1;
          object.isUp = false;
          this.#time.in(object, event.forMs, () => {
            object.restart();
            object.isUp = true;
          });
        }
        return;
      }
      case "drain": {
        const region = this.#regions[event.region]?.plan.name ?? "";
        this.#time.as(this.#control, () => this.#control.drain(region, this.#time.shownMs + event.forMs));
        this.#time.in(this.#control, event.forMs, () => this.#control.drain(region, undefined));
        return;
      }
      case "limit":
        this.#time.as(this.#control, () => this.#control.setLimit(event.activeLimit));
    }
  }

  /** In a big world one after another: a million who are yet to come would make each step of the agenda slower. */
  #letCome(): void {
    const { agenda } = this.#time;
    if (this.#figures === undefined) {
      for (const person of this.#people) agenda.at(person.comesAtMs, () => person.come());
      return;
    }
    const byTime = this.#people.toSorted((a, b) => a.comesAtMs - b.comesAtMs);
    const comeFrom = (index: number): void => {
      const next = byTime[index];
      if (next === undefined) return;
      agenda.at(next.comesAtMs, () => {
        next.come();
        comeFrom(index + 1);
      });
    };
    comeFrom(0);
  }

  #objectsOf(name: Extract<Event, { kind: "object-dies" }>["object"]) {
    switch (name) {
      case "limiter":
        return this.#shards;
      case "room":
        return [this.#room];
      case "control":
        return [this.#control];
      case "places":
        return [this.#places];
    }
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
    this.#watch.lookAtSlots(this.#room, this.#edges);
    this.#watch.lookAtFrontier(this.#room);
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
    this.#watch.lookAtRegions(this.#regions, this.#edges, (name) => this.#control.isDrained(name));
    if (this.#figures !== undefined) {
      this.#look();
      this.#figures.look(this.#seen, nowMs, this.#areSharesFull(nowMs));
    }
    this.#watch.lookAtFreeSlots(this.#room, this.#watched, areWell);
  }
}
