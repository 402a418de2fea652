/** That regions that are well take users, and that free slots are taken while somebody waits. */
import { freeNow } from "../../src/policy/room.ts";
import { COMMON_LANE, rulesAt } from "../../src/policy/room-rules.ts";
import type { Edge } from "./edge.ts";
import type { Person } from "./person.ts";
import type { Region } from "./region.ts";
import type { RoomObject } from "./room-object.ts";
import type { Wrongs } from "./wrongs.ts";

/** An edge that has made so many attempts elsewhere has had the traffic to try a region again. */
const PROVING_ATTEMPTS = 20;

/** How long something may be as it should not be, milliseconds. Measured over 10,000 worlds; see docs/simulation.md. */
const TOLERANCES = {
  /** A region that is well and takes no users. */
  regionMs: 25_000,
  /** Free slots while people wait. */
  slotMs: 30_000,
};

export class IdleWatch {
  /** The longest times seen. */
  longestIdleRegionMs = 0;
  longestIdleSlotMs = 0;
  longestWronglyOutMs = 0;
  readonly #wrongs: Wrongs;
  readonly #onlyControlSaysOut = new Map<string, { readonly sinceMs: number; readonly attempts: number }>();
  readonly #idleRegions = new Map<string, { readonly sinceMs: number; readonly attempts: number }>();
  #slotFreeSinceMs: number | undefined;
  /** When somebody first asked since. */
  #slotAskedAtMs = 0;

  constructor(wrongs: Wrongs) {
    this.#wrongs = wrongs;
  }

  cameIn(): void {
    this.#slotFreeSinceMs = undefined;
  }

  /** Regions that are well and that edges with traffic would send nobody to. */
  lookAtRegions(
    regions: readonly Region[],
    edges: readonly Edge[],
    isDrained: (region: string) => boolean,
  ): void {
    const nowMs = this.#wrongs.time.nowMs;
    for (const [index, region] of regions.entries()) {
      const { name, weight, priority } = region.plan;
      const wellSinceMs = region.wellSinceMs(nowMs);
      const isWanted = wellSinceMs !== undefined && weight > 0 && priority === 0 && !isDrained(name);
      for (const edge of edges) {
        const key = `${edge.name} ${name}`;
        const isAwake = edge.snapshots.ageMs(nowMs + edge.offsetMs) < 1500;
        const usable = isWanted && isAwake ? this.#wrongs.time.as(edge, () => edge.pool.usable()) : undefined;
        if (usable === undefined || usable.includes(index)) {
          this.#idleRegions.delete(key);
          continue;
        }
        const { attempts, unansweredAtMs } = edge.pool;
        const before = this.#idleRegions.get(key);
        // What the network loses fails a trial, though the region is well: the next is due a while after (seed 9699).
        const isRefuted = before !== undefined && (unansweredAtMs.get(index) ?? 0) > before.sinceMs;
        const known = before === undefined || isRefuted ? { sinceMs: nowMs, attempts } : before;
        this.#idleRegions.set(key, known);
        const idleMs = nowMs - known.sinceMs;
        // A region on trial is proven by reads, one a second at the most, with no failure among them.
        if (attempts - known.attempts < PROVING_ATTEMPTS) continue;
        this.longestIdleRegionMs = Math.max(this.longestIdleRegionMs, idleMs);
        if (idleMs > TOLERANCES.regionMs) {
          this.#wrongs.note(
            "idle",
            `region ${name} is well, and ${edge.name} sends nobody there for ${(idleMs / 1000).toFixed(1)} s`,
          );
        }
      }
    }
  }

  /** Regions that all edges use and that Control calls ejected: rooms let in fewer for it, and operators are told wrong. */
  lookAtControl(
    regions: readonly Region[],
    edges: readonly Edge[],
    isEjected: (region: string) => boolean,
  ): void {
    const nowMs = this.#wrongs.time.nowMs;
    for (const [index, { plan }] of regions.entries()) {
      const { name } = plan;
      const isUsed = (edge: Edge) => this.#wrongs.time.as(edge, () => edge.pool.usable()).includes(index);
      if (!isEjected(name) || !edges.every(isUsed)) {
        this.#onlyControlSaysOut.delete(name);
        continue;
      }
      const attempts = edges.reduce((sum, edge) => sum + edge.pool.attempts, 0);
      const known = this.#onlyControlSaysOut.get(name) ?? { sinceMs: nowMs, attempts };
      this.#onlyControlSaysOut.set(name, known);
      const wrongMs = nowMs - known.sinceMs;
      if (attempts - known.attempts < PROVING_ATTEMPTS * edges.length) continue;
      this.longestWronglyOutMs = Math.max(this.longestWronglyOutMs, wrongMs);
      if (wrongMs > TOLERANCES.regionMs) {
        const seconds = (wrongMs / 1000).toFixed(1);
        this.#wrongs.note(
          "idle",
          `all edges use region ${name}, and Control says for ${seconds} s that it is ejected`,
        );
      }
    }
  }

  /** Slots that are free for certain while somebody waits and has asked since they are, and nobody comes in. */
  lookAtFreeSlots({ room, isUp }: RoomObject, people: readonly Person[], areRegionsWell: boolean): void {
    const nowMs = this.#wrongs.time.nowMs;
    const now = rulesAt(room.rules, nowMs);
    const free = freeNow(room, COMMON_LANE, now, Math.floor(nowMs));
    const waiting = people.filter(({ state }) => state === "waiting");
    // No slot at all is as bad as one that nobody gets, unless there is no region to be seen: one that is drained, or whose
    // probes are lost on their way. When all is calm, every region is to be seen, within the tolerance.
    const isRough = nowMs < this.#wrongs.startMs + this.#wrongs.scenario.calmFromMs;
    const isNobodyThere = now.limit === 0 && room.rules.reachable === 0 && isRough;
    const isFull = free < 1 && now.limit > 0;
    if (!isUp || !areRegionsWell || waiting.length === 0 || isFull || isNobodyThere) {
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
    if (idleMs > TOLERANCES.slotMs) {
      this.#wrongs.note(
        "idle",
        `${free} of ${now.limit} slots are free for ${(idleMs / 1000).toFixed(1)} s while ${waiting.length} wait`,
      );
    }
  }
}
