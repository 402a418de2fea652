// Whose a place and a pass are: one user's on two devices, a phone's on two networks, nobody else's; and what is sent once.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, it } from "vitest";
import { WebSocket } from "ws";
import { BUCKET_MS } from "../../src/policy/crowd-curve.ts";
import { pool } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { type Region, startRegion } from "../support/region.ts";
import { RoomUser } from "../support/room-client.ts";
import { roomStatus } from "../support/rooms.ts";

/** SHA-256 of `key-of-ann`. */
const HASH = "ca64daa8b294dc4835d29ca02a6a47427ebc6a225ea3ac2e15f8417fb6601db2";
const BINDS = ["client", "address", "none"] as const;
type Bind = (typeof BINDS)[number];
/** Queued and in, each of a room of its own, so that all may happen at the same time. */
const ROOMS = ["devices", "posts", "sockets", ...BINDS] as const;

const WIFI = { "x-real-ip": "203.0.113.7", "user-agent": "Mozilla/5.0 (iPhone) Wallet/7.1 NetType/WIFI" };
const MOBILE = { "x-real-ip": "198.51.100.9", "user-agent": "Mozilla/5.0 (iPhone) Wallet/7.2 NetType/4G" };
const SCRIPT = { "x-real-ip": "203.0.113.7", "user-agent": "curl/8.5.0" };

const PAYMENT = '{"amount":1}';

let region: Region;
let edge: Edge;
beforeAll(async () => {
  region = await startRegion("hk");
  edge = await startEdge({
    config: {
      edge: { client_ip_header: "X-Real-IP" },
      identity: { api_keys: { header: "X-Api-Key", sha256: { ann: HASH } } },
      pools: [pool("wallet", [region], { affinity: "none" })],
      routes: [
        { path: "/ws", pool: "wallet", room: "sockets" },
        ...ROOMS.map((room) => ({ path: `/echo/${room}/*`, pool: "wallet", room })),
      ],
      rooms: ROOMS.map((name) => ({
        ...{ name, active_limit: 1, session: "5m" },
        bind: BINDS.find((bind) => bind === name) ?? "client",
      })),
    },
    edges: 2,
  });
});

const newUser = (headers: Record<string, string> = WIFI) => new RoomUser(edge.urls, headers);
const wanted = (room: string) => `/echo/${room}/x`;
const leave = (user: RoomUser, room: string) =>
  user.ask(`/.tidegate/queue/${room}/leave`, { method: "POST" });

/** What a copy of a user's ticket or pass is worth to somebody else: the status of a poll with it. */
async function worth(room: string, of: RoomUser, headers: Record<string, string>): Promise<number> {
  const other = new RoomUser(edge.urls, headers);
  for (const [name, value] of of.cookies) other.cookies.set(name, value);
  return (await other.ask(`/.tidegate/queue/${room}`)).status;
}

describe("a room with one slot", { timeout: 60_000 }, () => {
  it.concurrent("gives a signed-in user on two devices one place and one slot", async ({ expect }) => {
    const room = "devices";
    const other = newUser();
    expect((await other.ask(wanted(room))).status).toBe(200);
    const key = { "x-api-key": "key-of-ann" };
    const phone = newUser({ ...WIFI, ...key });
    const laptop = newUser({ ...SCRIPT, ...key });
    const first = await phone.ask(wanted(room));
    // Who comes between the two devices comes after both.
    await sleep(2 * BUCKET_MS);
    const between = newUser();
    await between.ask(wanted(room));
    const second = await laptop.ask(wanted(room));
    expect([first.json.position, second.json.position]).toEqual([1, 1]);
    expect(second.json.joinedAt).toBe(first.json.joinedAt);
    await leave(other, room);
    for (const device of [phone, laptop]) {
      await expect
        .poll(async () => (await device.ask(wanted(room))).status, { timeout: 30_000, interval: 200 })
        .toBe(200);
    }
    await expect
      .poll(async () => await roomStatus(edge, room), { timeout: 10_000 })
      .toMatchObject({ active: 1 });
    expect((await between.ask(`/.tidegate/queue/${room}`)).json.state).toBe("waiting");
  });

  const OK: Record<Bind, readonly [changedNetwork: number, otherClient: number, both: number]> = {
    client: [200, 404, 404],
    address: [404, 200, 404],
    none: [200, 200, 200],
  };
  it.concurrent.for(BINDS)("knows whose a ticket and a pass are by bind = %s", async (room, { expect }) => {
    const inside = newUser();
    expect((await inside.ask(wanted(room))).status).toBe(200);
    const waiting = newUser();
    expect((await waiting.ask(wanted(room))).status).toBe(503);
    for (const user of [inside, waiting]) {
      expect(await worth(room, user, WIFI)).toBe(200);
      const others = [MOBILE, SCRIPT, { ...SCRIPT, "x-real-ip": MOBILE["x-real-ip"] }];
      const answers = [];
      for (const headers of others) answers.push(await worth(room, user, headers));
      expect(answers).toEqual(OK[room]);
    }
  });

  it.concurrent("sends a POST that was queued to nobody, also when the turn has come", async ({ expect }) => {
    const room = "posts";
    const path = `/echo/${room}/pay`;
    const other = newUser();
    expect((await other.ask(wanted(room))).status).toBe(200);
    const payer = newUser();
    const pay = () => payer.ask(path, { method: "POST", body: PAYMENT });
    const queued = await pay();
    expect([queued.status, queued.json.type]).toEqual([503, "/.tidegate/problems/queued"]);
    await leave(other, room);
    await expect
      .poll(async () => (await payer.ask(`/.tidegate/queue/${room}`)).json.state, { timeout: 30_000 })
      .toBe("admitted");
    // In, and using it: still nothing was sent in the payer's name.
    expect((await payer.ask(wanted(room))).status).toBe(200);
    const sent = async () => (await region.counts()).byPath[path] ?? 0;
    expect(await sent()).toBe(0);
    const paid = await pay();
    expect([paid.status, paid.json.method, paid.json.body.length]).toEqual([200, "POST", PAYMENT.length]);
    expect(await sent()).toBe(1);
  });

  it.concurrent("refuses a WebSocket's handshake in line, and opens it with a pass", async ({ expect }) => {
    const room = "sockets";
    const other = newUser();
    expect((await other.ask(wanted(room))).status).toBe(200);
    const url = `${edge.url.replace("http:", "ws:")}/ws`;
    const queued = new WebSocket(url, { headers: WIFI });
    const [, answer] = (await once(queued, "unexpected-response")) as [
      unknown,
      { statusCode: number; headers: Record<string, string> },
    ];
    expect([answer.statusCode, answer.headers["content-type"]]).toEqual([503, "application/problem+json"]);
    const ticket = answer.headers["tidegate-ticket"];
    queued.on("error", () => undefined).terminate();
    expect((await region.counts()).webSockets).toBe(0);
    await leave(other, room);
    const headers: Record<string, string> = { ...WIFI, "tidegate-ticket": ticket ?? "" };
    const poll = async () => (await new RoomUser([edge.url], headers).ask(`/.tidegate/queue/${room}`)).json;
    let pass = "";
    await expect
      .poll(
        async () => {
          pass = (await poll()).pass ?? pass;
          return pass;
        },
        { timeout: 30_000, interval: 200 },
      )
      .toMatch(/^eyJ/);
    const socket = new WebSocket(url, { headers: { ...WIFI, "tidegate-pass": pass } });
    const [greeting] = await once(socket, "message");
    expect(JSON.parse(String(greeting))).toEqual({ region: "hk" });
    socket.terminate();
  });
});
