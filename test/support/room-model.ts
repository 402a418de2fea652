/** Edges, a Room with its store and a bad network in virtual time: whether slots hold whatever happens. Same seed, same run. */
import { RoomStore } from "../../src/control/room-store.ts";
import { advanceRoom, leaseMs, type Room, setRules } from "../../src/policy/room.ts";
import { claimSlot, resumePass } from "../../src/policy/room-claim.ts";
import { exchangeWith, type Told } from "../../src/policy/room-exchange.ts";
import { bookingMs, COMMON_LANE, type RoomRules, rulesAt } from "../../src/policy/room-rules.ts";
import { isActive, slotsInUse } from "../../src/policy/room-slots.ts";
import { Agenda } from "./agenda.ts";
import { randomFrom } from "./lease-model.ts";
import { sqliteInMemory } from "./sqlite.ts";

export interface Trouble {
  /** Share of messages that are lost, of those that arrive twice, and of those that take seconds. */
  readonly lost?: number;
  readonly doubled?: number;
  readonly late?: number;
  /** How often a second an edge dies, and the Room restarts. */
  readonly deaths?: number;
  readonly restarts?: number;
  /** How often a second the limit changes: then more may be in than it says, but nobody comes in. */
  readonly limitChanges?: number;
}

export interface Scenario extends Trouble {
  readonly seed: number;
  readonly edges: number;
  readonly rules: RoomRules;
  readonly seconds: number;
  /** Newcomers, people who were called, and signed-in users who come again and again, a second. */
  readonly arrivals: number;
}

export interface Entry {
  readonly id: string;
  readonly atMs: number;
}

/** What was seen to be wrong, in words; empty when nothing was. */
export interface Verdict {
  readonly wrongs: readonly string[];
  /** Each user once for each time of coming in. */
  readonly entries: readonly Entry[];
  readonly restarts: number;
  readonly deaths: number;
}

const START_MS = 1_800_000_000_000;
const LATE_MS = 4000;
const GIVE_UP_MS = 1000;
const USERS = 4;

interface Edge {
  name: string;
  seq: number;
  asking: number;
  slots: number;
  leaseEndsAtMs: number;
  wanting: number;
  letIn: { id: string; lane: string; givenAtMs: number; untilMs: number }[];
  bookings: Map<string, number>;
  ended: Map<string, number>;
}

export function runRoom(scenario: Scenario): Verdict {
  return new World(scenario).run();
}

class World {
  readonly #scenario: Scenario;
  readonly #random: () => number;
  readonly #agenda = new Agenda();
  readonly #sql = sqliteInMemory();
  readonly #wrongs: string[] = [];
  readonly #entries: Entry[] = [];
  /** Pass id → until when the latest text that anybody holds says so. */
  readonly #texts = new Map<string, number>();
  /** Passes that have just been given a slot by a claim, and nobody has come in with. */
  readonly #given = new Set<string>();
  #rules: RoomRules;
  #store: RoomStore;
  #room: Room;
  #edges: Edge[];
  #names = 0;
  #tickets = 0;
  #restarts = 0;
  #deaths = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#random = randomFrom(scenario.seed);
    this.#agenda.nowMs = START_MS;
    this.#rules = scenario.rules;
    this.#store = this.#newStore();
    this.#room = this.#store.load({ seq: 1, rules: this.#rules }, START_MS);
    this.#edges = Array.from({ length: scenario.edges }, () => this.#newEdge());
  }

  run(): Verdict {
    const { seconds, arrivals, deaths = 0, restarts = 0, limitChanges = 0 } = this.#scenario;
    const endMs = START_MS + seconds * 1000;
    const often = (perSecond: number, act: () => void) => {
      if (perSecond === 0) return;
      const again = () => {
        act();
        next();
      };
      const next = () => this.#agenda.in((-Math.log(1 - this.#random()) * 1000) / perSecond, again);
      next();
    };
    often(arrivals, () => this.#newcomer(`guest ${this.#tickets++}`));
    often(arrivals / 4, () => this.#newcomer(`user ${Math.floor(this.#random() * USERS)}`));
    often(arrivals / 2, () => this.#called());
    often(deaths, () => this.#die());
    often(restarts, () => this.#restart());
    often(limitChanges, () => this.#changeLimit());
    for (const index of this.#edges.keys()) often(2, () => this.#exchange(this.#edges[index] as Edge));
    for (let atMs = START_MS; atMs < endMs; atMs += 1000) {
      this.#agenda.at(atMs, () => this.#store.saveLines(this.#room));
    }
    for (let atMs = START_MS; atMs < endMs; atMs += 50) this.#agenda.at(atMs, () => this.#look());
    this.#agenda.run(endMs);
    return {
      wrongs: this.#wrongs,
      entries: this.#entries,
      restarts: this.#restarts,
      deaths: this.#deaths,
    };
  }

  get #nowMs(): number {
    return Math.floor(this.#agenda.nowMs);
  }

  #chance(share = 0): boolean {
    return this.#random() < share;
  }

  #someEdge(): Edge {
    return this.#edges[Math.floor(this.#random() * this.#edges.length)] as Edge;
  }

  /** A message on its way: it may be lost, late, or arrive twice. */
  #send(arrives: () => void): void {
    const { lost, doubled, late } = this.#scenario;
    const copies = this.#chance(lost) ? 0 : this.#chance(doubled) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const mostMs = this.#chance(late) ? LATE_MS : 60;
      this.#agenda.in(1 + this.#random() * mostMs, arrives);
    }
  }

  // Users.

  #newcomer(id: string): void {
    const edge = this.#someEdge();
    if (this.#isIn(id)) return;
    if (edge.slots === 0 || this.#nowMs >= edge.leaseEndsAtMs) {
      edge.wanting += 1;
      return;
    }
    edge.slots -= 1;
    const untilMs = this.#nowMs + bookingMs(this.#rules);
    edge.letIn.push({ id, lane: COMMON_LANE, givenAtMs: this.#nowMs, untilMs });
    this.#enter(id, untilMs);
  }

  /** Somebody whose turn has come claims, some twice at once over two edges. */
  #called(): void {
    const ticketId = `ticket ${this.#tickets++}`;
    const passId = this.#chance(0.2) ? `user ${Math.floor(this.#random() * USERS)}` : ticketId;
    const { queues } = this.#room;
    const arrivedAtMs = Math.min(queues.get(COMMON_LANE)?.frontierMs ?? 0, this.#nowMs - 2000);
    const attempt = (left: number) => {
      this.#send(() => {
        const nowMs = this.#nowMs;
        const isIn = isActive(this.#room.slots, passId, nowMs);
        if (!isIn && this.#store.isUsed(ticketId, nowMs)) return;
        const claim = { ...{ lane: COMMON_LANE, ticketId, passId, arrivedAtMs }, presentUntilSeconds: 0 };
        const claimed = claimSlot(this.#room, { ...claim, pollAfterMs: 2000 }, nowMs);
        if (claimed.kind === "admitted") this.#store.noteUsed(ticketId, nowMs + 3_600_000);
        this.#saved();
        const { kind } = claimed;
        if (kind !== "admitted") return;
        if (claimed.isNew) this.#given.add(passId);
        this.#send(() => this.#enterClaimed(passId, claimed.untilMs));
      });
      if (left > 0) this.#agenda.in(500 + this.#random() * 1500, () => attempt(left - 1));
    };
    attempt(3);
    if (this.#chance(0.3)) attempt(0);
  }

  #isIn(id: string): boolean {
    return this.#nowMs < (this.#texts.get(id) ?? 0);
  }

  #enter(id: string, untilMs: number): void {
    if (untilMs > this.#nowMs && !this.#isIn(id)) this.#entries.push({ id, atMs: this.#nowMs });
    this.#goOn(id, untilMs);
  }

  /** A claim that is answered twice, perhaps after its user is out, has given one slot, to somebody who came in once. */
  #enterClaimed(id: string, untilMs: number): void {
    if (this.#given.delete(id)) this.#enter(id, untilMs);
    else this.#goOn(id, untilMs);
  }

  /** With the slot that the user has: nobody comes in. */
  #goOn(id: string, untilMs: number): void {
    if (untilMs <= this.#nowMs) return;
    if (!this.#isIn(id)) this.#use(id);
    this.#texts.set(id, Math.max(untilMs, this.#texts.get(id) ?? 0));
  }

  /** A request somewhere, and the next; or the end. */
  #use(id: string): void {
    this.#agenda.in(this.#random() * 3000, () => {
      const nowMs = this.#nowMs;
      const edge = this.#someEdge();
      const untilMs = this.#texts.get(id) ?? 0;
      if (nowMs >= untilMs) {
        // The text is over; the slot may not be.
        if (this.#chance(0.5)) this.#send(() => this.#resume(id));
        return;
      }
      if (this.#chance(0.08)) {
        this.#texts.delete(id);
        edge.ended.set(id, nowMs);
        return;
      }
      if (untilMs - nowMs < this.#rules.sessionMs) edge.bookings.set(id, nowMs + bookingMs(this.#rules));
      if (this.#chance(0.95)) this.#use(id);
    });
  }

  #resume(id: string): void {
    const untilMs = resumePass(this.#room, id, false, this.#nowMs);
    this.#saved();
    if (untilMs !== undefined) this.#send(() => this.#goOn(id, untilMs));
  }

  // Edges.

  #newEdge(): Edge {
    const name = `edge ${this.#names++}`;
    const none = { asking: 0, slots: 0, leaseEndsAtMs: 0, wanting: 0, letIn: [] };
    return { name, seq: 0, ...none, bookings: new Map(), ended: new Map() };
  }

  #exchange(edge: Edge): void {
    if (!this.#edges.includes(edge) || edge.asking > 0) return;
    const beganAtMs = this.#nowMs;
    edge.seq += 1;
    const { seq } = edge;
    edge.asking = seq;
    if (beganAtMs >= edge.leaseEndsAtMs) edge.slots = 0;
    // Some slots are given back at times.
    if (this.#chance(0.2)) edge.slots = Math.floor(edge.slots / 2);
    const told: Told = {
      edge: edge.name,
      seq,
      lanes: { [COMMON_LANE]: { batches: [], holds: edge.slots, wants: edge.wanting } },
      letIn: [...edge.letIn],
      bookings: [...edge.bookings],
      ended: [...edge.ended],
      isInTrouble: false,
    };
    edge.wanting = 0;
    this.#send(() => {
      const given = exchangeWith(this.#room, told, this.#nowMs);
      this.#saved();
      this.#lookAtGrant(Object.keys(given.slots).length > 0);
      const lease = leaseMs(this.#room);
      this.#send(() => {
        if (edge.asking !== seq) return;
        edge.asking = 0;
        edge.slots += given.slots[COMMON_LANE] ?? 0;
        edge.leaseEndsAtMs = beganAtMs + lease;
        edge.letIn = edge.letIn.filter((one) => !told.letIn.includes(one));
        for (const [id, untilMs] of told.bookings) {
          if (edge.bookings.get(id) === untilMs) edge.bookings.delete(id);
        }
        for (const [id, atMs] of told.ended) if (edge.ended.get(id) === atMs) edge.ended.delete(id);
        for (const [id, untilMs] of given.booked) {
          // The next request gets the longer pass, if its user is still in.
          if (this.#isIn(id)) this.#texts.set(id, Math.max(untilMs, this.#texts.get(id) ?? 0));
        }
        for (const id of given.gone) this.#texts.delete(id);
      });
    });
    this.#agenda.in(GIVE_UP_MS, () => {
      if (edge.asking === seq) edge.asking = 0;
    });
  }

  #die(): void {
    const index = Math.floor(this.#random() * this.#edges.length);
    const dead = this.#edges[index] as Edge;
    // Who was said to be out and was not told of is in still, for the Room: no request of theirs is let through.
    dead.slots = 0;
    dead.leaseEndsAtMs = 0;
    dead.asking = -1;
    this.#edges[index] = this.#newEdge();
    this.#deaths += 1;
  }

  // The Room.

  #newStore(): RoomStore {
    return new RoomStore(this.#sql);
  }

  #restart(): void {
    this.#store = this.#newStore();
    this.#room = this.#store.load({ seq: 1, rules: this.#rules }, this.#nowMs);
    this.#restarts += 1;
    this.#look();
  }

  #changeLimit(): void {
    const { activeLimit } = this.#scenario.rules;
    this.#rules = { ...this.#rules, activeLimit: Math.floor(this.#random() * (activeLimit + 1)) };
    setRules(this.#room, this.#rules, this.#nowMs);
  }

  #saved(): void {
    this.#store.saveSlots(this.#room);
    this.#look();
  }

  #lookAtGrant(isLent: boolean): void {
    const { active, leased } = slotsInUse(this.#room.slots);
    const { limit } = rulesAt(this.#rules, this.#nowMs);
    if (isLent && active + leased > limit)
      this.#wrong(`lent above the limit: ${active} + ${leased} > ${limit}`);
  }

  // What must hold.

  #look(): void {
    const nowMs = this.#nowMs;
    advanceRoom(this.#room, nowMs);
    const { active, leased } = slotsInUse(this.#room.slots);
    const { limit } = rulesAt(this.#rules, nowMs);
    // No edge lets a pass through that was ended: how it hears of that is not modelled.
    const inside = [...this.#texts.keys()].filter((id) => this.#isIn(id) && !this.#room.ended.has(id));
    const held = this.#edges.reduce((sum, edge) => sum + (nowMs < edge.leaseEndsAtMs ? edge.slots : 0), 0);
    const isSteady = this.#scenario.limitChanges === undefined;
    if (isSteady && inside.length + held > limit) {
      this.#wrong(`${inside.length} are in and edges hold ${held}, of ${limit}`);
    }
    if (isSteady && active + leased > limit && this.#deaths === 0) {
      this.#wrong(`the Room's books: ${active} active and ${leased} leased of ${limit}`);
    }
    if (inside.length + held > active + leased) {
      this.#wrong(`${inside.length} are in and ${held} held; the Room knows ${active} and ${leased}`);
    }
    for (const id of inside) {
      // A user who came in twice has the longer text of an edge that tells of it in a moment.
      if (id.startsWith("user")) continue;
      const booked = this.#room.slots.active.get(id)?.untilMs;
      if (booked !== undefined && booked < (this.#texts.get(id) ?? 0)) {
        this.#wrong(`the pass of ${id} outlives its slot by ${(this.#texts.get(id) ?? 0) - booked} ms`);
      }
    }
  }

  #wrong(what: string): void {
    if (this.#wrongs.length < 5) this.#wrongs.push(`${(this.#nowMs - START_MS) / 1000} s: ${what}`);
  }
}
