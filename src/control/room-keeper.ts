/** Keeps every Room object told of what it is to do, and asks them how many people are there. */
import { type Env, roomStub } from "../config/env.ts";
import type { RoomSettings, RoomView } from "../config/room-api.ts";
import { overrideOfRoom } from "../config/room-override.ts";
import { roomRulesOf } from "../config/room-settings.ts";
import type { SeenRoom } from "../config/room-status.ts";
import type { Snapshot } from "../config/snapshot.ts";
import type { RoomRules } from "../policy/room-rules.ts";
import { RoomRulesStore } from "./room-rules-store.ts";

/** A room that could not be told is tried again after so long. */
const TRY_AGAIN_MS = 1000;
/** A room that has lost its storage goes by an edge's word until it is told again. */
const TELL_AGAIN_MS = 10_000;
/** A room that does not answer an operator's question by then is shown without numbers. */
const VIEW_TIMEOUT_MS = 1000;
/** Working out what rooms are to do costs a pass over all of them, so it is not done with each report. */
const LOOK_EVERY_MS = 200;

/** What rooms' rules were made of last. */
interface Ground {
  readonly config: Snapshot["config"];
  readonly overrides: Snapshot["rooms"];
  readonly reachable: readonly number[];
}

export class RoomKeeper {
  readonly #env: Env;
  readonly #store: RoomRulesStore;
  readonly #settings: Map<string, RoomSettings>;
  #seq: number;
  #ground: Ground | undefined;
  /** The number that a room has confirmed, and when. A room makes nothing of one that it is told once more. */
  readonly #told = new Map<string, { readonly seq: number; readonly atMs: number }>();
  readonly #tried = new Map<string, { readonly seq: number; readonly atMs: number }>();
  #lookedAtMs = 0;

  constructor(env: Env, sql: SqlStorage) {
    this.#env = env;
    this.#store = new RoomRulesStore(sql);
    this.#settings = this.#store.all();
    this.#seq = this.#store.seq();
  }

  /**
   * Works out what rooms are to do, and tells those that have not heard of it; cheap when there is nothing to tell.
   *
   * @param reachableOf what `reachableShare` says of a room
   */
  async keep(
    snapshot: Snapshot,
    reachableOf: (room: string) => number,
    nowMs: number,
    isUrgent: boolean,
  ): Promise<void> {
    if (isUrgent || Math.abs(nowMs - this.#lookedAtMs) >= LOOK_EVERY_MS) {
      this.#lookedAtMs = nowMs;
      this.#look(snapshot, reachableOf, nowMs);
    }
    const due = [...this.#settings].filter(([room, { seq }]) => this.#isDue(room, seq, nowMs));
    await Promise.all(due.map(([room, settings]) => this.#tell(room, settings, nowMs)));
  }

  /** What each room says of itself; asked at once, and none is waited for longer than a second. */
  async views(rooms: readonly string[]): Promise<Map<string, SeenRoom>> {
    return new Map(await Promise.all(rooms.map(async (room) => [room, await this.#view(room)] as const)));
  }

  #look({ config, rooms: overrides }: Snapshot, reachableOf: (room: string) => number, nowMs: number): void {
    const reachable = config.rooms.map(({ name }) => reachableOf(name));
    const before = this.#ground;
    const isSame =
      before?.config === config &&
      before.overrides === overrides &&
      reachable.every((share, index) => share === before.reachable[index]);
    if (isSame) return;
    this.#ground = { config, overrides, reachable };
    for (const [index, room] of config.rooms.entries()) {
      const rules = roomRulesOf(room, overrideOfRoom(overrides, room.name), reachable[index] ?? 1);
      this.#note(room.name, rules, nowMs);
    }
    const names = new Set(config.rooms.map(({ name }) => name));
    for (const room of this.#settings.keys()) if (!names.has(room)) this.#forget(room);
  }

  #note(room: string, rules: RoomRules, nowMs: number): void {
    const known = this.#settings.get(room);
    if (known !== undefined && JSON.stringify(known.rules) === JSON.stringify(rules)) return;
    // Not below the time: a Control object that has lost its storage must not speak to rooms in numbers of the past.
    this.#seq = Math.max(this.#seq + 1, nowMs);
    const settings = { seq: this.#seq, rules };
    // Written before anybody is told: a number is never given twice.
    this.#store.put(room, settings);
    this.#settings.set(room, settings);
  }

  #forget(room: string): void {
    this.#store.delete(room);
    this.#settings.delete(room);
  }

  #isDue(room: string, seq: number, nowMs: number): boolean {
    const told = this.#told.get(room);
    if (told?.seq === seq && Math.abs(nowMs - told.atMs) < TELL_AGAIN_MS) return false;
    const tried = this.#tried.get(room);
    return tried?.seq !== seq || Math.abs(nowMs - tried.atMs) >= TRY_AGAIN_MS;
  }

  async #tell(room: string, settings: RoomSettings, nowMs: number): Promise<void> {
    const { seq } = settings;
    this.#tried.set(room, { seq, atMs: nowMs });
    try {
      await roomStub(this.#env, room).configure(room, settings);
      // Another one may have been told meanwhile.
      if (seq >= (this.#told.get(room)?.seq ?? 0)) this.#told.set(room, { seq, atMs: nowMs });
    } catch (error) {
      console.warn(`TG3011 room ${room} cannot be told what to do:`, error);
    }
  }

  async #view(room: string): Promise<SeenRoom> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silent = new Promise<SeenRoom>((resolve) => {
      const reason = `the room's object has not answered within ${VIEW_TIMEOUT_MS} ms`;
      timer = setTimeout(() => resolve({ kind: "silent", reason }), VIEW_TIMEOUT_MS);
    });
    const seen = await Promise.race([this.#ask(room), silent]);
    if (timer !== undefined) clearTimeout(timer);
    return seen;
  }

  async #ask(room: string): Promise<SeenRoom> {
    try {
      const settings = this.#settings.get(room);
      // A room that has not heard of its limit yet would tell another one.
      if (settings !== undefined && this.#told.get(room)?.seq !== settings.seq) {
        await roomStub(this.#env, room).configure(room, settings);
      }
      const view: RoomView = await roomStub(this.#env, room).view();
      return { kind: "seen", view };
    } catch (error) {
      return { kind: "silent", reason: `the room's object cannot be reached: ${String(error)}` };
    }
  }
}
