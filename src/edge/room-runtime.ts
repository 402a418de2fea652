/** Makes the rooms of a configuration ready for the hot path: rules, cookies, limits and the names of counters. */
import type { Room } from "../config/load.ts";
import type { RoomSettings } from "../config/room-api.ts";
import { overrideOfRoom } from "../config/room-override.ts";
import { roomRulesOf } from "../config/room-settings.ts";
import type { Snapshot } from "../config/snapshot.ts";
import { label } from "../policy/metric-label.ts";
import type { Bind } from "../policy/queue-binding.ts";
import type { Pass } from "../policy/queue-claims.ts";
import { type QueueCookies, queueCookies } from "../policy/queue-cookie.ts";
import type { RoomRules } from "../policy/room-rules.ts";
import { type WaitSeries, waitSeries } from "./note-wait.ts";
import { memoryOf, type RoomMemory } from "./room-memory.ts";

/** How a user came in. */
export type AdmissionWay = "slot" | "claim" | "resume" | "adopt" | "open";
export type RoomCall =
  | "exchange"
  | "claim"
  | "unclaim"
  | "resume"
  | "adopt"
  | "lottery"
  | "join"
  | "admitted"
  | "leave"
  | "hold"
  | "let-go";
export type CallResult = "ok" | "error" | "timeout";

export interface RoomRuntime {
  readonly name: string;
  readonly rules: RoomRules;
  /** For a Room that has heard nothing of Control. */
  readonly settings: RoomSettings;
  readonly onError: Room["on_error"];
  readonly status: Room["status"];
  readonly bind: Bind;
  readonly protects: boolean;
  /** Tickets that one address may hold; 0 without a cap. */
  readonly ticketsPerAddress: number;
  readonly cookies: QueueCookies;
  readonly memory: RoomMemory;
  /** Names of counters. */
  readonly series: {
    readonly polls: string;
    readonly wait: WaitSeries;
    admissions(lane: string, way: AdmissionWay): string;
    queued(lane: string): string;
    calls(call: RoomCall, result: CallResult): string;
  };
}

/** A user who is in. */
export interface Admission {
  readonly room: RoomRuntime;
  readonly pass: Pass;
  /** Whether the client has to be given the pass: it is new, or says more than the one that was shown. */
  readonly isToTell: boolean;
}

export function roomRuntime(room: Room, snapshot: Pick<Snapshot, "rooms">): RoomRuntime {
  const { name } = room;
  // Control tells the Room how much of the pools is there; an edge goes by what the Room publishes.
  const rules = roomRulesOf(room, overrideOfRoom(snapshot.rooms, name), 1);
  return {
    name,
    rules,
    settings: { seq: 0, rules },
    onError: room.on_error,
    status: room.status,
    bind: room.bind,
    protects: room.protect,
    ticketsPerAddress: room.tickets_per_address,
    cookies: queueCookies(name),
    memory: memoryOf(name),
    series: seriesOf(name),
  };
}

function seriesOf(name: string): RoomRuntime["series"] {
  const room = `room="${label(name)}"`;
  return {
    polls: `tidegate_room_polls_total{${room}}`,
    wait: waitSeries(name),
    admissions: (lane, way) => `tidegate_room_admissions_total{${room},lane="${label(lane)}",how="${way}"}`,
    queued: (lane) => `tidegate_room_queued_total{${room},lane="${label(lane)}"}`,
    calls: (call, result) => `tidegate_room_calls_total{${room},call="${call}",result="${result}"}`,
  };
}
