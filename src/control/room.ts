/** PLACEHOLDER, to be overwritten: a Room object that remembers its settings and lets nobody in. */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../config/env.ts";
import type {
  ClaimAnswer,
  Resumption,
  RoomAnswer,
  RoomApi,
  RoomSettings,
  RoomView,
} from "../config/room-api.ts";
import { rulesAt } from "../policy/room-rules.ts";

export class Room extends DurableObject<Env> implements RoomApi {
  async configure(room: string, settings: RoomSettings): Promise<void> {
    const known = this.ctx.storage.kv.get<RoomSettings>("settings");
    if (known !== undefined && known.seq >= settings.seq) return;
    this.ctx.storage.kv.put("settings", settings);
    this.ctx.storage.kv.put("room", room);
  }

  async exchange(): Promise<RoomAnswer> {
    throw new Error("placeholder");
  }

  async claim(): Promise<ClaimAnswer> {
    return { kind: "standing" };
  }

  async resume(): Promise<Resumption> {
    return { kind: "gone" };
  }

  async view(): Promise<RoomView> {
    const settings = this.ctx.storage.kv.get<RoomSettings>("settings");
    const limit = settings === undefined ? 0 : rulesAt(settings.rules, Date.now()).limit;
    return { waiting: 0, active: 0, leased: 0, free: limit, limit };
  }

  async lottery(): Promise<[]> {
    return [];
  }
}
