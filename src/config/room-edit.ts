/** What an operator may do to a waiting room without touching the file: hold, open, other limits, back to the file. */
import { rulesAt } from "../policy/room-rules.ts";
import type { Room } from "./load.ts";
import type { ChangePlan, RoomChange, RoomInForce } from "./plan.ts";
import { overrideOfRoom, type RoomOverride, type RoomOverrides } from "./room-override.ts";
import { roomRulesOf } from "./room-settings.ts";
import type { Snapshot } from "./snapshot.ts";

export type RoomEdit =
  /** What is left out stays as it is. */
  | ({ readonly kind: "room"; readonly room: string } & RoomOverride)
  /** The room goes by the file again. */
  | { readonly kind: "room-reset"; readonly room: string };

export type RoomEditOutcome =
  | { readonly kind: "ok"; readonly rooms: RoomOverrides; readonly plan: ChangePlan }
  /** An operator has said just that before. */
  | { readonly kind: "unchanged" }
  | { readonly kind: "refused"; readonly reason: string };

export function isRoomEdit(edit: { readonly kind: string }): edit is RoomEdit {
  return edit.kind === "room" || edit.kind === "room-reset";
}

/** The words by command after an edit, and what it means for the room. */
export function editRoom(snapshot: Snapshot, edit: RoomEdit, nowMs: number): RoomEditOutcome {
  const before = overrideOfRoom(snapshot.rooms, edit.room);
  const room = snapshot.config.rooms.find(({ name }) => name === edit.room);
  if (edit.kind === "room-reset") {
    // Asked first: what has left the configuration meanwhile can still be taken back.
    if (before !== undefined) return changed(snapshot, edit.room, room, undefined, nowMs);
    return refused(
      room === undefined ? unknownRoom(snapshot, edit.room) : `room ${edit.room} goes by the file already`,
    );
  }
  if (room === undefined) return refused(unknownRoom(snapshot, edit.room));
  const { kind: _, room: __, ...said } = edit;
  if (Object.keys(said).length === 0)
    return refused("say what is to change: the mode, the limit or the rate");
  const after: RoomOverride = { ...before, ...said };
  if (before !== undefined && isSame(before, after)) return { kind: "unchanged" };
  return changed(snapshot, edit.room, room, after, nowMs);
}

function changed(
  snapshot: Snapshot,
  name: string,
  room: Room | undefined,
  after: RoomOverride | undefined,
  nowMs: number,
): RoomEditOutcome {
  const others = Object.entries(snapshot.rooms).filter(([other]) => other !== name);
  const rooms: RoomOverrides = Object.fromEntries(after === undefined ? others : [...others, [name, after]]);
  const { version } = snapshot;
  const change: RoomChange = {
    room: name,
    ...(room === undefined
      ? {}
      : {
          before: inForce(room, overrideOfRoom(snapshot.rooms, name), nowMs),
          after: inForce(room, after, nowMs),
        }),
  };
  const plan = { fromVersion: version, toVersion: version, pools: [], otherParts: [], rooms: [change] };
  return { kind: "ok", rooms, plan };
}

function inForce(room: Room, override: RoomOverride | undefined, nowMs: number): RoomInForce {
  const rules = roomRulesOf(room, override, 1);
  const { limit, admitPerMinute } = rulesAt(rules, nowMs);
  return { mode: rules.mode, activeLimit: limit, admitPerMinute };
}

function isSame(one: RoomOverride, other: RoomOverride): boolean {
  return (
    one.mode === other.mode &&
    one.activeLimit === other.activeLimit &&
    one.admitPerMinute === other.admitPerMinute
  );
}

function unknownRoom({ config }: Snapshot, name: string): string {
  const known = config.rooms.map((room) => room.name);
  if (known.length === 0) return `there is no room "${name}": the configuration has none`;
  return `there is no room "${name}"; there are: ${known.join(", ")}`;
}

function refused(reason: string): RoomEditOutcome {
  return { kind: "refused", reason };
}
