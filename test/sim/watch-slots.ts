/** That who is in, and what edges could give away, is in the Room's books, below the limit and at the pace. */
import { rulesAt } from "../../src/policy/room-rules.ts";
import { slotsInUse } from "../../src/policy/room-slots.ts";
import type { Edge } from "./edge.ts";
import type { RoomObject } from "./room-object.ts";
import type { Pass } from "./tokens.ts";
import type { Wrongs } from "./wrongs.ts";

export class SlotWatch {
  /** By pass: until when some text says so that somebody may hold. */
  readonly texts = new Map<string, number>();
  /** Times at which users came in. */
  readonly #entries: number[] = [];
  readonly #wrongs: Wrongs;
  /** Whether the Room has a slot for a pass at this moment. */
  readonly #isBooked: (passId: string) => boolean;
  #firstEntry = 0;

  constructor(wrongs: Wrongs, isBooked: (passId: string) => boolean) {
    this.#wrongs = wrongs;
    this.#isBooked = isBooked;
  }

  /** Whether somebody has come in by it; who claims is noted as coming in then. */
  letIn(passId: string, untilMs: number, way: "slot" | "claim" | "resume"): boolean {
    const nowMs = this.#wrongs.time.nowMs;
    this.#wrongs.trace.note(nowMs, "in", passId, untilMs, way);
    // A user's second device that comes in at the same time has the same pass.
    if (way !== "slot" || (this.texts.get(passId) ?? 0) > nowMs) return false;
    // Whose slot is booked still, by uses that nothing newer was signed for, has not been out.
    if (!this.#isBooked(passId)) this.noteEntry(nowMs);
    return true;
  }

  signed({ id, untilMs }: Pass): void {
    this.texts.set(id, Math.max(untilMs, this.texts.get(id) ?? 0));
  }

  ended(passId: string, atMs: number): void {
    this.#wrongs.trace.note(atMs, "ended", passId);
    this.texts.delete(passId);
  }

  noteEntry(nowMs: number): void {
    const { admitPerMinute } = this.#wrongs.scenario.room;
    this.#entries.push(nowMs);
    while (nowMs - (this.#entries[this.#firstEntry] ?? nowMs) >= 60_000) this.#firstEntry += 1;
    const count = this.#entries.length - this.#firstEntry;
    if (count > admitPerMinute)
      this.#wrongs.note("pace", `${count} came in within a minute, of ${admitPerMinute}`);
  }

  /** Everybody who is in, and every slot that an edge could give away, is in the Room's books. */
  lookAtSlots({ room }: RoomObject, edges: readonly Edge[]): void {
    const nowMs = this.#wrongs.time.nowMs;
    let inside = 0;
    for (const [id, untilMs] of this.texts) {
      if (untilMs <= nowMs) this.texts.delete(id);
      else if (!room.ended.has(id)) inside += 1;
    }
    const held = edges.reduce((sum, edge) => sum + edge.room.slots(Math.floor(nowMs + edge.offsetMs)), 0);
    const { active, leased } = slotsInUse(room.slots);
    if (inside + held > active + leased) {
      this.#wrongs.note(
        "slots",
        `${inside} are in and edges hold ${held}; the Room knows ${active} and ${leased}`,
      );
    }
    const limit = this.#mostEver();
    if (inside + held > limit)
      this.#wrongs.note("limit", `${inside} are in and edges hold ${held}, of ${limit}`);
    for (const [id, untilMs] of this.texts) {
      // Of a user with two devices the longer text may be one that another edge tells of in a moment.
      if (id.startsWith("user-")) continue;
      const booked = room.slots.active.get(id)?.untilMs;
      if (booked !== undefined && booked < untilMs) {
        this.#wrongs.note("pass", `the pass of ${id} outlives its slot by ${untilMs - booked} ms`);
      }
    }
    let byLane = 0;
    for (const count of room.slots.activeIn.values()) byLane += count;
    if (byLane !== room.slots.active.size) this.#wrongs.note("slots", "the lanes' sums are not the whole");
  }

  lookAtGrant({ room }: RoomObject): void {
    const { active, leased } = slotsInUse(room.slots);
    const { limit } = rulesAt(room.rules, this.#wrongs.time.nowMs);
    if (active + leased > limit) {
      this.#wrongs.note("limit", `lent above the limit: ${active} active and ${leased} leased, of ${limit}`);
    }
  }

  #mostEver(): number {
    const { room, events } = this.#wrongs.scenario;
    const others = events.flatMap((event) => (event.kind === "limit" ? [event.activeLimit] : []));
    return Math.max(room.activeLimit, ...others);
  }
}
