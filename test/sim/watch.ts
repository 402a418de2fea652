/** What must hold in every world at every step, and what was seen to break it. */
import type { Claim, ClaimAnswer } from "../../src/config/room-api.ts";
import { freeNow } from "../../src/policy/room.ts";
import { COMMON_LANE, rulesAt } from "../../src/policy/room-rules.ts";
import { slotsInUse } from "../../src/policy/room-slots.ts";
import { type BucketShape, tokensPerMs } from "../../src/policy/token-bucket.ts";
import type { Edge } from "./edge.ts";
import type { Pass, Ticket } from "./edge-room.ts";
import type { Person } from "./person.ts";
import type { Region } from "./region.ts";
import type { RoomObject } from "./room-object.ts";
import type { Scenario } from "./scenario.ts";
import type { Trace } from "./trace.ts";
import type { VirtualTime } from "./virtual.ts";

export interface Wrong {
  readonly atMs: number;
  /** The rule that was broken. */
  readonly rule: Rule;
  readonly what: string;
}

export type Rule =
  /** A bucket never gives more than its capacity and what has come in. */
  | "bucket"
  /** Users who are in and slots that edges hold are all in the Room's books. */
  | "slots"
  /** Nothing is lent, and nobody let in, above the limit. */
  | "limit"
  /** No pass says more than its slot is booked for. */
  | "pass"
  /** No more come in within a minute than the room allows. */
  | "pace"
  /** Who comes first is called first, and is not passed over. */
  | "order"
  /** One ticket's position never grows. */
  | "position"
  /** No payment is done twice, or done after it was told not to be. */
  | "payment"
  /** A region that is well takes users, and free slots are taken while people wait. */
  | "idle"
  /** When all is quiet, nothing is left behind. */
  | "rest";

const MOST_WRONGS = 10;
const ROUNDING = 1e-6;
/** Clocks that a Room does not correct, of two edges, and the way: arrivals nearer than this have no order. */
const SAME_TIME_MS = 2500;

/** An edge that has made so many attempts elsewhere has had the traffic to try a region again. */
const PROVING_ATTEMPTS = 60;

/** How long something may be as it should not be, milliseconds. Measured over 10,000 worlds; see docs/simulation.md. */
export interface Tolerances {
  /** A region that is well and takes no users. */
  readonly regionMs: number;
  /** Free slots while people wait. */
  readonly slotMs: number;
}

export class Watch {
  readonly wrongs: Wrong[] = [];
  /** The longest times seen. */
  longestIdleRegionMs = 0;
  longestIdleSlotMs = 0;
  readonly #time: VirtualTime;
  readonly #trace: Trace;
  readonly #scenario: Scenario;
  readonly #shape: BucketShape;
  readonly #tolerances: Tolerances;
  readonly #startMs: number;
  /** By user: what was taken since the start, and how full a bucket that leaks at the limit's rate would be. */
  readonly #taken = new Map<string, { sum: number; filled: number; atMs: number }>();
  /** By pass: until when some text says so that somebody may hold. */
  readonly texts = new Map<string, number>();
  /** Times at which users came in. */
  readonly #entries: number[] = [];
  #firstEntry = 0;
  #frontierMs = 0;
  /** By ticket: when its holder really came. */
  readonly #came = new Map<string, number>();
  readonly #payments = new Map<string, "done" | "not-done" | "unknown">();
  readonly #idleRegions = new Map<string, { readonly sinceMs: number; readonly attempts: number }>();
  #slotFreeSinceMs: number | undefined;
  /** When somebody first asked since. */
  #slotAskedAtMs = 0;
  #wasActive = false;

  constructor(
    time: VirtualTime,
    trace: Trace,
    scenario: Scenario,
    shape: BucketShape,
    tolerances: Tolerances,
  ) {
    this.#time = time;
    this.#trace = trace;
    this.#scenario = scenario;
    this.#shape = shape;
    this.#tolerances = tolerances;
    this.#startMs = time.nowMs;
  }

  wrong(rule: Rule, what: string): void {
    this.#trace.note(this.#time.nowMs, "wrong", rule, what);
    const isKnown = this.wrongs.some((one) => one.rule === rule);
    if (!isKnown && this.wrongs.length < MOST_WRONGS) {
      this.wrongs.push({ atMs: this.#time.nowMs - this.#startMs, rule, what });
    }
  }

  // Buckets.

  charged(user: string, cost: number): void {
    const nowMs = this.#time.nowMs;
    this.#trace.note(nowMs, "charged", user, cost);
    const { capacity } = this.#shape;
    const rate = tokensPerMs(this.#shape);
    const known = this.#taken.get(user) ?? { sum: 0, filled: 0, atMs: nowMs };
    const filled = Math.max(0, known.filled - (nowMs - known.atMs) * rate) + cost;
    const sum = known.sum + cost;
    this.#taken.set(user, { sum, filled, atMs: nowMs });
    const most = capacity + (nowMs - this.#startMs) * rate + this.#aheadBySteps();
    if (sum > most + ROUNDING) this.wrong("bucket", `${user} took ${sum} tokens of ${most.toFixed(3)}`);
    const excess = filled - capacity;
    // Measured of leases (test/policy/lease-model.test.ts): ten tokens and an eighth of the capacity in any window.
    if (excess > 10 + capacity / 8) {
      this.wrong("bucket", `${user} took ${excess.toFixed(1)} tokens above ${capacity} in a window`);
    }
  }

  refunded(user: string, cost: number): void {
    const known = this.#taken.get(user);
    if (known === undefined) return;
    known.sum -= cost;
    known.filled = Math.max(0, known.filled - cost);
  }

  /** A step of an edge's clock brings what is lent ahead so much sooner (test/policy/lease-model.test.ts). */
  #aheadBySteps(): number {
    const steps = this.#scenario.events.filter(({ kind }) => kind === "clock-steps").length;
    return steps * (this.#shape.refill / 2 + 1);
  }

  // Slots.

  letIn(passId: string, untilMs: number, way: "slot" | "claim" | "resume"): void {
    const nowMs = this.#time.nowMs;
    this.#trace.note(nowMs, "in", passId, untilMs, way);
    // A user's second device that comes in at the same time has the same pass.
    if (way === "slot" && (this.texts.get(passId) ?? 0) <= nowMs) this.#noteEntry(nowMs);
  }

  signed({ id, untilMs }: Pass): void {
    this.texts.set(id, Math.max(untilMs, this.texts.get(id) ?? 0));
  }

  ended(passId: string, atMs: number): void {
    this.#trace.note(atMs, "ended", passId);
    this.texts.delete(passId);
  }

  #noteEntry(nowMs: number): void {
    const { admitPerMinute } = this.#scenario.room;
    this.#slotFreeSinceMs = undefined;
    this.#entries.push(nowMs);
    while (nowMs - (this.#entries[this.#firstEntry] ?? nowMs) >= 60_000) this.#firstEntry += 1;
    const count = this.#entries.length - this.#firstEntry;
    if (count > admitPerMinute) this.wrong("pace", `${count} came in within a minute, of ${admitPerMinute}`);
  }

  /** Everybody who is in, and every slot that an edge could give away, is in the Room's books. */
  lookAtSlots({ room }: RoomObject, edges: readonly Edge[]): void {
    const nowMs = this.#time.nowMs;
    let inside = 0;
    for (const [id, untilMs] of this.texts) {
      if (untilMs <= nowMs) this.texts.delete(id);
      else if (!room.ended.has(id)) inside += 1;
    }
    const held = edges.reduce((sum, edge) => sum + edge.room.slots(Math.floor(nowMs + edge.offsetMs)), 0);
    const { active, leased } = slotsInUse(room.slots);
    if (inside + held > active + leased) {
      this.wrong("slots", `${inside} are in and edges hold ${held}; the Room knows ${active} and ${leased}`);
    }
    const limit = this.#mostEver();
    if (inside + held > limit) this.wrong("limit", `${inside} are in and edges hold ${held}, of ${limit}`);
    for (const [id, untilMs] of this.texts) {
      // Of a user with two devices the longer text may be one that another edge tells of in a moment.
      if (id.startsWith("user-")) continue;
      const booked = room.slots.active.get(id)?.untilMs;
      if (booked !== undefined && booked < untilMs) {
        this.wrong("pass", `the pass of ${id} outlives its slot by ${untilMs - booked} ms`);
      }
    }
    let byLane = 0;
    for (const count of room.slots.activeIn.values()) byLane += count;
    if (byLane !== room.slots.active.size) this.wrong("slots", "the lanes' sums are not the whole");
  }

  lookAtGrant({ room }: RoomObject): void {
    const { active, leased } = slotsInUse(room.slots);
    const { limit } = rulesAt(room.rules, this.#time.nowMs);
    if (active + leased > limit) {
      this.wrong("limit", `lent above the limit: ${active} active and ${leased} leased, of ${limit}`);
    }
  }

  #mostEver(): number {
    const { room, events } = this.#scenario;
    const others = events.flatMap((event) => (event.kind === "limit" ? [event.activeLimit] : []));
    return Math.max(room.activeLimit, ...others);
  }

  // Order.

  lookAtFrontier({ room }: RoomObject): void {
    const frontierMs = room.queues.get(COMMON_LANE)?.frontierMs ?? 0;
    if (frontierMs < this.#frontierMs) {
      this.wrong("order", `the frontier went back by ${this.#frontierMs - frontierMs} ms`);
    }
    this.#frontierMs = Math.max(this.#frontierMs, frontierMs);
  }

  beforeClaim({ room }: RoomObject, { passId }: Claim): void {
    this.#wasActive = (room.slots.active.get(passId)?.untilMs ?? 0) > this.#time.nowMs;
  }

  afterClaim({ room }: RoomObject, claim: Claim, answer: ClaimAnswer, people: Iterable<Person>): void {
    const nowMs = this.#time.nowMs;
    this.#trace.note(nowMs, "claim", claim.ticketId, answer.kind);
    if (answer.kind !== "admitted" || this.#wasActive) return;
    this.#noteEntry(nowMs);
    const queue = room.queues.get(COMMON_LANE);
    if (queue === undefined) return;
    if (claim.arrivedAtMs > queue.frontierMs) {
      this.wrong(
        "order",
        `${claim.ticketId} was let in ${claim.arrivedAtMs - queue.frontierMs} ms before its turn`,
      );
    }
    const free = freeNow(room, COMMON_LANE, rulesAt(room.rules, nowMs), Math.floor(nowMs));
    let before = 0;
    for (const { arrivedAtMs, dueAtMs } of queue.standing.values()) {
      if (arrivedAtMs < claim.arrivedAtMs && nowMs < dueAtMs) before += 1;
    }
    if (before > Math.max(0, free)) {
      this.wrong(
        "order",
        `${claim.ticketId} was let in before ${before} who came earlier and stand; ${free} are left`,
      );
    }
    const cameAtMs = this.#came.get(claim.ticketId) ?? nowMs;
    for (const person of people) {
      if (person.state !== "waiting" || person.ticket === undefined) continue;
      const earlierBy = cameAtMs - (this.#came.get(person.ticket.id) ?? nowMs);
      if (earlierBy > SAME_TIME_MS && person.ticket.arrivedAtMs > queue.frontierMs) {
        this.wrong(
          "order",
          `person ${person.number} came ${earlierBy.toFixed(0)} ms earlier and is not called`,
        );
      }
    }
  }

  issued(ticketId: string, cameAtMs: number): void {
    this.#came.set(ticketId, cameAtMs);
  }

  told(ticket: Ticket, position: number, before: number | undefined): void {
    const nowMs = this.#time.nowMs;
    this.#trace.note(nowMs, "told", ticket.id, position);
    if (before !== undefined && position > before) {
      this.wrong("position", `${ticket.id} was told ${before} and then ${position}`);
    }
  }

  // Payments.

  paid(id: string, how: "done" | "not-done" | "unknown"): void {
    this.#trace.note(this.#time.nowMs, "paid", id, how);
    this.#payments.set(id, how);
  }

  lookAtPayments(done: ReadonlyMap<string, number>, isEnd: boolean): void {
    for (const [id, times] of done) {
      if (times > 1) this.wrong("payment", `${id} was paid ${times} times`);
    }
    if (!isEnd) return;
    for (const [id, how] of this.#payments) {
      const times = done.get(id) ?? 0;
      if (how === "not-done" && times > 0) this.wrong("payment", `${id} was told not to be done, and was`);
      if (how === "done" && times === 0) this.wrong("payment", `${id} was told to be done, and was not`);
    }
  }

  // Idleness.

  /** Regions that are well and that edges with traffic would send nobody to. */
  lookAtRegions(
    regions: readonly Region[],
    edges: readonly Edge[],
    isDrained: (region: string) => boolean,
  ): void {
    const nowMs = this.#time.nowMs;
    for (const [index, region] of regions.entries()) {
      const { name, weight, priority } = region.plan;
      const wellSinceMs = region.wellSinceMs(nowMs);
      const isWanted = wellSinceMs !== undefined && weight > 0 && priority === 0 && !isDrained(name);
      for (const edge of edges) {
        const key = `${edge.name} ${name}`;
        const isAwake = edge.snapshots.ageMs(nowMs + edge.offsetMs) < 1500;
        const usable = isWanted && isAwake ? this.#time.as(edge, () => edge.pool.usable()) : undefined;
        if (usable === undefined || usable.includes(index)) {
          this.#idleRegions.delete(key);
          continue;
        }
        const { attempts } = edge.pool;
        const known = this.#idleRegions.get(key) ?? { sinceMs: nowMs, attempts };
        this.#idleRegions.set(key, known);
        const idleMs = nowMs - known.sinceMs;
        // A region on trial is proven by reads, and a retry budget that is spent has to be earned first.
        if (attempts - known.attempts < PROVING_ATTEMPTS) continue;
        this.longestIdleRegionMs = Math.max(this.longestIdleRegionMs, idleMs);
        if (idleMs > this.#tolerances.regionMs) {
          this.wrong(
            "idle",
            `region ${name} is well, and ${edge.name} sends nobody there for ${(idleMs / 1000).toFixed(1)} s`,
          );
        }
      }
    }
  }

  /** Slots that are free for certain while somebody waits and has asked since they are, and nobody comes in. */
  lookAtFreeSlots({ room, isUp }: RoomObject, people: readonly Person[], areRegionsWell: boolean): void {
    const nowMs = this.#time.nowMs;
    const now = rulesAt(room.rules, nowMs);
    const free = freeNow(room, COMMON_LANE, now, Math.floor(nowMs));
    const waiting = people.filter(({ state }) => state === "waiting");
    if (!isUp || !areRegionsWell || waiting.length === 0 || (free < 1 && now.limit > 0)) {
      this.#slotFreeSinceMs = undefined;
      return;
    }
    const sinceMs = this.#slotFreeSinceMs ?? nowMs;
    this.#slotFreeSinceMs = sinceMs;
    // Whoever was told to ask again in a minute does not come sooner.
    const asked = waiting.filter(({ toldAtMs }) => toldAtMs > sinceMs);
    if (asked.length === 0) return;
    this.#slotAskedAtMs = Math.max(sinceMs, this.#slotAskedAtMs);
    if (this.#slotAskedAtMs === sinceMs) this.#slotAskedAtMs = nowMs;
    const idleMs = nowMs - this.#slotAskedAtMs;
    this.longestIdleSlotMs = Math.max(this.longestIdleSlotMs, idleMs);
    if (idleMs > this.#tolerances.slotMs) {
      this.wrong(
        "idle",
        `${free} of ${now.limit} slots are free for ${(idleMs / 1000).toFixed(1)} s while ${waiting.length} wait`,
      );
    }
  }

  // The end.

  lookAtRest({ room }: RoomObject, edges: readonly Edge[], people: readonly Person[]): void {
    const { active, leased } = slotsInUse(room.slots);
    if (active + leased > 0) this.wrong("rest", `${active} slots are active and ${leased} leased in the end`);
    const waiting = people.filter(({ state }) => state !== "gone" && state !== "coming");
    if (waiting.length > 0) {
      const [first] = waiting;
      this.wrong(
        "rest",
        `${waiting.length} people are left, the first number ${first?.number}, ${first?.state}`,
      );
    }
    const held = edges.reduce((sum, { limits }) => sum + limits.heldInAll, 0);
    if (held > 0) this.wrong("rest", `edges hold ${held} tokens in the end`);
    const counted = room.queues.get(COMMON_LANE)?.presence.total ?? 0;
    if (counted > 0) this.wrong("rest", `${counted} people are counted in line in the end`);
  }
}
