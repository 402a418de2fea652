/** What operators are shown of a waiting room. */
import { rulesAt } from "../policy/room-rules.ts";
import type { Room } from "./load.ts";
import type { RoomView } from "./room-api.ts";
import { overrideOfRoom, type RoomOverride } from "./room-override.ts";
import { roomRulesOf } from "./room-settings.ts";
import type { Snapshot } from "./snapshot.ts";

export interface RoomStatus {
  readonly name: string;
  /** The one in force. */
  readonly mode: Room["mode"];
  readonly waiting: number;
  readonly active: number;
  readonly leased: number;
  /** The one in force: of the file, an event or an operator, less the share of regions that are not there. */
  readonly limit: number;
  readonly admitPerMinute: number;
  /** Share of the capacity behind the room that is there for new users, 0 to 1. */
  readonly reachable: number;
  /** The event that is on, or that people gather for. */
  readonly event?: { readonly name: string; readonly phase: "prequeue" | "running" };
  /** What operators have said by command. */
  readonly override?: RoomOverride;
  /** Why nobody is counted: zeros then mean that it is not known. */
  readonly reason?: string;
}

/** What a Room object said of itself. */
export type SeenRoom =
  | { readonly kind: "seen"; readonly view: RoomView }
  | { readonly kind: "silent"; readonly reason: string };

/** @param seen undefined: the Room object was not asked */
export function roomStatus(
  snapshot: Snapshot,
  room: Room,
  reachable: number,
  nowMs: number,
  seen: SeenRoom | undefined,
): RoomStatus {
  const override = overrideOfRoom(snapshot.rooms, room.name);
  const rules = roomRulesOf(room, override, reachable);
  const { limit, admitPerMinute, phase } = rulesAt(rules, nowMs);
  const counts =
    seen?.kind === "seen"
      ? {
          waiting: seen.view.waiting,
          active: seen.view.active,
          leased: seen.view.leased,
          limit: seen.view.limit,
        }
      : { waiting: 0, active: 0, leased: 0, limit };
  return {
    name: room.name,
    mode: rules.mode,
    ...counts,
    admitPerMinute,
    reachable,
    ...(phase.kind === "none" ? {} : { event: { name: phase.event.name, phase: phase.kind } }),
    ...(override === undefined ? {} : { override }),
    ...(seen?.kind === "silent" ? { reason: seen.reason } : {}),
  };
}
