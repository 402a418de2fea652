/** What an operator has said to a room by command: it goes before the file, until it is taken back. */
import type { Room } from "./load.ts";

export interface RoomOverride {
  readonly mode?: Room["mode"];
  readonly activeLimit?: number;
  readonly admitPerMinute?: number;
}

/** By room. */
export type RoomOverrides = Readonly<Record<string, RoomOverride>>;

/** Undefined: the room goes by the file. A name such as `constructor` is a room's only where it stands there. */
export function overrideOfRoom(overrides: RoomOverrides, room: string): RoomOverride | undefined {
  return Object.hasOwn(overrides, room) ? overrides[room] : undefined;
}
