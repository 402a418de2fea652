// Rooms under test: a configuration with one in front of everything, and what the edge says of it.
import { walletConfig } from "./config.ts";
import type { Edge } from "./edge.ts";
import type { TomlTable } from "./toml.ts";

/** One region behind the room `main`, but for `/api/confirm`, which never waits. */
export function roomConfig(originUrl: string, room: TomlTable, more: TomlTable = {}): TomlTable {
  return {
    ...walletConfig([{ name: "hk", url: originUrl }]),
    routes: [
      { path: "/api/confirm", pool: "wallet", lane: "bypass" },
      { path: "/*", pool: "wallet", room: "main" },
    ],
    rooms: [{ name: "main", ...room }],
    ...more,
  };
}

export interface RoomStatus {
  name: string;
  mode: string;
  waiting: number;
  active: number;
  leased: number;
  limit: number;
}

/** What `tidegate status --json` says of a room. */
export async function roomStatus({ url, token }: Edge, room = "main"): Promise<RoomStatus> {
  const answer = await fetch(`${url}/.tidegate/admin/api/status`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { rooms } = (await answer.json()) as { rooms: RoomStatus[] };
  const found = rooms.find(({ name }) => name === room);
  if (found === undefined) throw new Error(`there is no room ${room}`);
  return found;
}
