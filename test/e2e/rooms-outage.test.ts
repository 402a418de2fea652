// Rooms whose object is out of reach, and rooms whose secret is changed: what on_error says, and nobody loses a place.
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { pool } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { databasesOf, inDatabase } from "../support/objects.ts";
import { startRegion } from "../support/region.ts";
import { RoomUser, type Told } from "../support/room-client.ts";
import { roomStatus } from "../support/rooms.ts";
import type { TomlTable } from "../support/toml.ts";

const OLD = "old-secret-0123456789abcdef0123456789abcdef";
const NEW = "new-secret-0123456789abcdef0123456789abcdef";
const ROOMS = ["queue", "open"] as const;
type Room = (typeof ROOMS)[number];
/** Whoever comes while the Room cannot be reached waits for it once at the most. */
const ANSWERED_WITHIN_MS = 2_500;

let edge: Edge;
let config: TomlTable;
const users = new Map<string, RoomUser>();

beforeAll(async () => {
  const { url } = await startRegion("hk");
  config = {
    pools: [pool("wallet", [{ name: "hk", url }], { affinity: "none" })],
    routes: ROOMS.map((room) => ({ path: `/echo/${room}/*`, pool: "wallet", room })),
    rooms: ROOMS.map((name) => ({ name, active_limit: 1, session: "5m", on_error: name })),
  };
  edge = await startEdge({ config, env: { TIDEGATE_SECRET: OLD } });
});

/** Ends the edge and starts it on the same port with the same state; between the two nothing runs. */
async function again(secret: string, between: (file: string) => void = () => {}): Promise<void> {
  const { port, dataDir } = edge;
  await edge.stop();
  for (const file of await databasesOf(dataDir, "tidegate-room")) between(file);
  edge = await startEdge({ config, port, dataDir, env: { TIDEGATE_SECRET: secret } });
}

/** A user by name, who keeps cookies over all of it. */
function userOf(name: string): RoomUser {
  const user = users.get(name) ?? new RoomUser([edge.url]);
  users.set(name, user);
  return user;
}
const ask = (name: string, room: Room, init?: RequestInit) => userOf(name).ask(`/echo/${room}/x`, init);
const poll = (name: string, room: Room) => userOf(name).ask(`/.tidegate/queue/${room}`);
const leave = (name: string, room: Room) =>
  userOf(name).ask(`/.tidegate/queue/${room}/leave`, { method: "POST" });

const placeOf = ({ status, json }: Told) => [status, json.state, json.position];
/** The key that a ticket was signed with. */
const keyOf = (name: string) => [...userOf(name).cookies.values()][0]?.split(".")[0];

describe("a room whose object cannot be reached", { timeout: 60_000 }, () => {
  it("has a user in, and one who waits", async () => {
    for (const room of ROOMS) {
      expect((await ask(`ann ${room}`, room)).status).toBe(200);
      expect(placeOf(await ask(`bob ${room}`, room))).toEqual([503, "waiting", 1]);
      await expect.poll(async () => (await roomStatus(edge, room)).waiting, { timeout: 10_000 }).toBe(1);
    }
    // What the Room counts is saved within a second.
    await sleep(1_500);
    await again(OLD, (file) =>
      inDatabase(
        file,
        "INSERT INTO facts (name, value) SELECT 'kept', value FROM facts WHERE name = 'settings'",
        "UPDATE facts SET value = 'no JSON' WHERE name = 'settings'",
      ),
    );
  });

  it("keeps those in who are in, and who waits in place, or lets them in, as configured", async () => {
    for (let n = 0; n < 3; n += 1) {
      for (const room of ROOMS) expect((await ask(`ann ${room}`, room)).status).toBe(200);
      expect(placeOf(await poll("bob queue", "queue"))).toEqual([200, "waiting", 1]);
      expect((await poll("bob open", "open")).json.state).toBe("admitted");
    }
    expect((await ask("bob open", "open")).status).toBe(200);
  });

  it("gives newcomers a place, or entry, as configured", async () => {
    const answers: Record<Room, unknown[]> = { queue: [], open: [] };
    for (const room of ROOMS) {
      for (const name of ["cy", "dan"]) {
        const startMs = Date.now();
        const { status, json } = await ask(`${name} ${room}`, room);
        expect(Date.now() - startMs).toBeLessThan(ANSWERED_WITHIN_MS);
        answers[room].push(status === 200 ? "in" : json.state, userOf(`${name} ${room}`).kinds.join());
        // Who stands before them is not known: a number that is too low would stay.
        if (room === "queue") expect(json.position).toBeNull();
      }
    }
    expect(answers).toEqual({
      queue: ["waiting", "ticket", "waiting", "ticket"],
      open: ["in", "pass", "in", "pass"],
    });
    expect((await ask("cy open", "open")).status).toBe(200);
    expect(edge.process().output()).toContain("no JSON");
  });
});

describe("a secret that is changed", { timeout: 60_000 }, () => {
  it("costs nobody a place or a session while the old one is listed", async () => {
    await again(`${NEW},${OLD}`, (file) =>
      inDatabase(
        file,
        "UPDATE facts SET value = (SELECT value FROM facts WHERE name = 'kept') WHERE name = 'settings'",
      ),
    );
    const before = keyOf("bob queue");
    expect((await ask("ann queue", "queue")).status).toBe(200);
    expect(placeOf(await poll("bob queue", "queue"))).toEqual([200, "waiting", 1]);
    // Told anew, it is signed by the new one.
    expect(keyOf("bob queue")).not.toBe(before);
    const behind = [await poll("cy queue", "queue"), await ask("eve queue", "queue")];
    expect(behind.map(({ json }) => json.state)).toEqual(["waiting", "waiting"]);
    // Now that the Room is heard of again all are told a place, and not before Bob's.
    for (const name of ["cy queue", "eve queue"]) {
      // Bob asks again too, or he would be taken to have left.
      const placeBehindBob = async () => {
        await poll("bob queue", "queue");
        return (await poll(name, "queue")).json.position ?? 0;
      };
      await expect.poll(placeBehindBob, { interval: 200 }).toBeGreaterThanOrEqual(2);
    }
    await leave("ann queue", "queue");
    await expect
      .poll(async () => (await poll("bob queue", "queue")).json.state, { timeout: 20_000, interval: 200 })
      .toBe("admitted");
    expect((await ask("bob queue", "queue")).status).toBe(200);
    // Who came after Bob, in the outage and after it, is behind him still.
    expect((await poll("cy queue", "queue")).json.state).toBe("waiting");
    expect((await poll("eve queue", "queue")).json.state).toBe("waiting");
  });

  it("makes what only the old one signed no token, and nothing worse", async () => {
    await again(NEW);
    expect((await ask("bob queue", "queue")).status).toBe(200);
    expect((await poll("dan queue", "queue")).status).toBe(404);
    const placed = await ask("dan queue", "queue");
    expect([placed.status, placed.json.state]).toEqual([503, "waiting"]);
    // Ann's pass of the other room was never shown since.
    const ann = await ask("ann open", "open");
    expect([ann.status, userOf("ann open").kinds]).toEqual([503, ["pass", "ticket"]]);
  });
});
