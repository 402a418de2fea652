// What a request of a room sees: entry, a place in line, the turn, the end; over one edge on bare workerd.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { atEnd } from "../support/cleanup.ts";
import { pool } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { RoomUser } from "../support/room-client.ts";
import { roomStatus } from "../support/rooms.ts";

const HOUR_MS = 3_600_000;
/** The Room is told of a freed slot at a quarter of its pace; a busy machine is late. */
const FREED_WITHIN_MS = 2_000;

let edge: Edge;
/** Fields of the last request that the origin saw. */
let seen: Record<string, unknown> = {};

/** Says what it was asked with; below `/end` that the session is over. */
async function startOrigin(): Promise<string> {
  const server = createServer((request, response) => {
    seen = request.headers;
    const isEnd = request.url?.includes("/end") === true;
    response.writeHead(200, {
      "content-type": "text/plain",
      "cache-control": "public, max-age=60",
      ...(isEnd ? { "tidegate-session": "end" } : {}),
    });
    response.end("served");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  const url = await startOrigin();
  const now = Date.now();
  const rooms = [
    { name: "two", active_limit: 2, session: "60s" },
    { name: "short", active_limit: 1, session: "2s", claim_window: "1s" },
    { name: "held", active_limit: 10, mode: "hold", status: 202 },
    { name: "off", active_limit: 1, mode: "off" },
    { name: "capped", active_limit: 10, mode: "hold", tickets_per_address: 2 },
    {
      name: "fair",
      active_limit: 10,
      events: [
        {
          name: "sale",
          start: new Date(now + HOUR_MS).toISOString(),
          end: new Date(now + 2 * HOUR_MS).toISOString(),
          prequeue: "2h",
          lottery: true,
        },
      ],
    },
  ];
  edge = await startEdge({
    config: {
      pools: [pool("wallet", [{ name: "hk", url }], { affinity: "none" })],
      routes: [
        ...rooms.map(({ name }) => ({ path: `/${name}/*`, pool: "wallet", room: name })),
        { path: "/confirm/*", pool: "wallet", lane: "bypass" },
        { path: "/counted/*", pool: "wallet", room: "held", limits: ["few"] },
      ],
      limits: [{ name: "few", key: "ip", capacity: 2, refill: 0 }],
      rooms,
    },
  });
});

const newUser = (headers: Record<string, string> = {}) => new RoomUser([edge.url], headers);

describe("a room with free slots", () => {
  it("lets users in with a pass, and queues the next with a place", async () => {
    const [ann, bob, cy] = [newUser(), newUser(), newUser()];
    const first = await ann.ask("/two/x");
    expect([first.status, first.text]).toEqual([200, "served"]);
    expect(first.headers.get("tidegate-pass")).toMatch(/^eyJ/);
    expect(ann.kinds).toEqual(["pass"]);
    // An answer with a pass in it is nobody else's.
    expect(first.headers.get("cache-control")).toBe("no-store");
    expect((await bob.ask("/two/x")).status).toBe(200);
    const queued = await cy.ask("/two/x");
    expect(queued.status).toBe(503);
    expect(queued.json).toMatchObject({ room: "two", state: "waiting", position: 1, ahead: 0 });
    expect(cy.kinds).toEqual(["ticket"]);
    const again = await ann.ask("/two/y");
    expect(again.status).toBe(200);
    expect(again.headers.get("tidegate-pass")).toBeNull();
    expect(again.headers.get("cache-control")).toBe("public, max-age=60");

    const polled = await cy.ask("/.tidegate/queue/two");
    expect(polled.status).toBe(200);
    expect(polled.json).toMatchObject({ room: "two", state: "waiting", position: 1 });

    // Ann leaves: Cy's turn comes.
    expect((await ann.ask("/.tidegate/queue/two/leave", { method: "POST" })).status).toBe(204);
    expect(ann.kinds).toEqual([]);
    await expect
      .poll(async () => (await cy.ask("/.tidegate/queue/two")).json.state, { timeout: 10_000 })
      .toBe("admitted");
    expect(cy.kinds).toEqual(["pass"]);
    expect((await cy.ask("/two/x")).status).toBe(200);

    // The origin says that Bob's session is over.
    const end = await bob.ask("/two/end");
    expect([end.status, end.text, end.headers.get("tidegate-session")]).toEqual([200, "served", null]);
    expect(bob.kinds).toEqual([]);
    const endedAtMs = Date.now();
    await expect
      .poll(async () => (await roomStatus(edge, "two")).active, { timeout: 10_000, interval: 20 })
      .toBe(1);
    console.log(`a session's slot is free ${Date.now() - endedAtMs} ms after its end`);
    expect(Date.now() - endedAtMs).toBeLessThan(FREED_WITHIN_MS);
    const dan = newUser();
    await expect.poll(async () => (await dan.ask("/two/x")).status, { timeout: 10_000 }).toBe(200);
  });

  it("keeps what the edge alone says between client and edge", async () => {
    const user = newUser({ "tidegate-session": "end", "tidegate-ticket": "x", "tidegate-pass": "y" });
    expect((await user.ask("/off/x")).status).toBe(200);
    expect(Object.keys(seen).filter((name) => name.includes("tidegate"))).toEqual([]);
    expect(user.kinds).toEqual([]);
  });
});

describe("a session", () => {
  it("goes on with use, and is over when nobody uses it", { timeout: 30_000 }, async () => {
    const [ann, bob] = [newUser(), newUser()];
    expect((await ann.ask("/short/x")).status).toBe(200);
    expect((await bob.ask("/short/x")).status).toBe(503);
    let renewed = 0;
    for (let n = 0; n < 10; n += 1) {
      await sleep(500);
      const { status, headers } = await ann.ask("/short/x");
      expect(status).toBe(200);
      if (headers.get("tidegate-pass") !== null) renewed += 1;
      expect((await bob.ask("/.tidegate/queue/short")).json).toMatchObject({ position: 1, state: "waiting" });
    }
    expect(renewed).toBeGreaterThan(2);
    const leftAtMs = Date.now();
    await expect
      .poll(async () => (await bob.ask("/short/x")).status, { timeout: 10_000, interval: 200 })
      .toBe(200);
    expect(Date.now() - leftAtMs).toBeGreaterThan(1500);
    // Ann comes back too late, and is in line.
    expect((await ann.ask("/short/x")).json).toMatchObject({ state: "waiting", position: 1 });
    expect(ann.kinds).toContain("ticket");
    await ann.ask("/.tidegate/queue/short/leave", { method: "POST" });
    await bob.ask("/.tidegate/queue/short/leave", { method: "POST" });
  });

  it("goes on with a pass whose text is over while its slot is not", { timeout: 30_000 }, async () => {
    const ann = newUser();
    await expect
      .poll(async () => (await ann.ask("/short/x")).status, { timeout: 15_000, interval: 500 })
      .toBe(200);
    const firstPass = [...ann.cookies];
    await sleep(1700);
    // The slot is booked behind this request; the pass that it came with stays as it is.
    expect((await ann.ask("/short/x")).headers.get("tidegate-pass")).toBeNull();
    await sleep(1300);
    expect([...ann.cookies]).toEqual(firstPass);
    const resumed = await ann.ask("/short/x");
    expect(resumed.status).toBe(200);
    expect(resumed.headers.get("tidegate-pass")).toMatch(/^eyJ/);
    await ann.ask("/.tidegate/queue/short/leave", { method: "POST" });
  });
});

describe("a room that is held", () => {
  it("queues everybody, and says that it stands still", async () => {
    const answer = await newUser().ask("/held/x");
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({
      room: "held",
      state: "paused",
      estimatedWaitSeconds: null,
      status: 202,
    });
  });

  it("shows people a page, and answers HEAD and a handshake without one", async () => {
    const page = await newUser({ accept: "text/html", "accept-language": "en" }).ask("/held/x");
    expect(page.headers.get("content-type")).toMatch("text/html");
    expect(page.text).toContain("You are in line");
    const head = await newUser().ask("/held/x", { method: "HEAD" });
    expect([head.status, head.text, head.headers.has("tidegate-ticket")]).toEqual([202, "", true]);
  });

  it("lets preflights and the routes pass that never wait", async () => {
    const preflight = { origin: "https://app.example", "access-control-request-method": "POST" };
    const answers = [
      await newUser().ask("/held/x", { method: "OPTIONS", headers: preflight }),
      await newUser().ask("/confirm/x", { method: "POST", body: "{}" }),
    ];
    expect(answers.map(({ text }) => text)).toEqual(["served", "served"]);
  });

  it("gives a queued request back what the limits took", async () => {
    const user = newUser();
    for (let n = 0; n < 5; n += 1) expect((await user.ask("/counted/x")).status).toBe(202);
  });

  it("never tells one ticket a higher place, and takes it by field as by cookie", async () => {
    const user = newUser();
    const { json } = await user.ask("/held/x");
    for (let n = 0; n < 5; n += 1) await newUser().ask("/held/x");
    const program = newUser({ "tidegate-ticket": json.ticket });
    const polled = await program.ask("/.tidegate/queue/held");
    expect(polled.json.position).toBeLessThanOrEqual(json.position);
    expect(polled.headers.get("tidegate-ticket")).toBe(polled.json.ticket);
  });
});

describe("tokens that are none", () => {
  it("count as nothing, whatever is wrong with them", async () => {
    const user = newUser();
    const { json } = await user.ask("/held/x");
    const ticket: string = json.ticket;
    const wrong = [
      ticket.slice(0, -1),
      `${ticket.slice(0, -1)}${ticket.endsWith("A") ? "E" : "A"}`,
      `${ticket}.x`,
      "x",
      "a.b.c",
      ticket.replace(/\.[^.]*\./, ".e30."),
      "\u00e9".repeat(3),
      "x".repeat(5000),
    ];
    for (const text of wrong) {
      const headers = { "tidegate-ticket": encodeURI(text), "tidegate-pass": encodeURI(text) };
      const asked = await newUser(headers).ask("/held/x");
      expect([asked.status, asked.json.state]).toEqual([202, "paused"]);
      const polled = await newUser(headers).ask("/.tidegate/queue/held");
      expect([polled.status, polled.json.type]).toEqual([404, "/.tidegate/problems/no-ticket"]);
    }
    // For another room, for another purpose, and by another kind of client.
    expect((await newUser({ "tidegate-ticket": ticket }).ask("/.tidegate/queue/two")).status).toBe(404);
    expect((await newUser({ "tidegate-pass": ticket }).ask("/held/x")).status).toBe(202);
    const other = newUser({ "tidegate-ticket": ticket, "user-agent": "curl/8.5" });
    expect((await other.ask("/.tidegate/queue/held")).status).toBe(404);
    expect((await newUser({ "tidegate-ticket": ticket }).ask("/.tidegate/queue/held")).status).toBe(200);
  });
});

describe("an address with as many tickets as it may have", () => {
  it("gets 429 and a time, and keeps those that it has", async () => {
    const users = [newUser(), newUser(), newUser()];
    const answers = [];
    for (const user of users) answers.push(await user.ask("/capped/x"));
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 429]);
    expect(answers[2]?.json).toMatchObject({ type: "/.tidegate/problems/too-many-tickets" });
    // Places come free as people are let in or leave, which may be soon.
    expect(answers[2]?.headers.get("retry-after")).toBe("60");
    expect((await users[0]?.ask("/capped/x"))?.status).toBe(503);
    const page = await newUser({ accept: "text/html" }).ask("/capped/x");
    expect([page.status, page.headers.get("content-type")]).toEqual([429, "text/html; charset=utf-8"]);
  });
});

describe("a pre-queue", () => {
  it("tells no place before the start, but when it is, and how it will be drawn", async () => {
    const user = newUser();
    const queued = await user.ask("/fair/x");
    expect(queued.json).toMatchObject({ state: "waiting", position: null, ahead: null });
    expect(Date.parse(queued.json.startsAt) - Date.now()).toBeGreaterThan(HOUR_MS / 2);
    expect(queued.json.pollAfterSeconds).toBeGreaterThan(40);
    const polled = await user.ask("/.tidegate/queue/fair");
    expect(polled.json).toMatchObject({ state: "waiting", position: null, startsAt: queued.json.startsAt });
    const lottery = await user.ask("/.tidegate/queue/fair/lottery");
    expect(lottery.json).toEqual([
      expect.objectContaining({
        event: "sale",
        seed: null,
        commitment: expect.stringMatching(/^[0-9a-f]{64}$/),
      }),
    ]);
  });
});

describe("the addresses of a queue", () => {
  it("answer what they know, and nothing else", async () => {
    const user = newUser();
    const unknown = await user.ask("/.tidegate/queue/nowhere");
    expect([unknown.status, unknown.json.type]).toEqual([404, "/.tidegate/problems/no-route"]);
    expect((await user.ask("/.tidegate/queue/two", { method: "POST" })).status).toBe(405);
    expect((await user.ask("/.tidegate/queue/two/leave")).status).toBe(405);
    expect((await user.ask("/.tidegate/queue/two/leave", { method: "POST" })).status).toBe(404);
    const options = await user.ask("/.tidegate/queue/two", { method: "OPTIONS" });
    expect([options.status, options.headers.get("access-control-allow-methods")]).toEqual([204, "GET, HEAD"]);
  });

  it("let nobody leave in another's name", async () => {
    const user = newUser();
    await user.ask("/held/x");
    const foreign = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    const answer = await user.ask("/.tidegate/queue/held/leave", { method: "POST", headers: foreign });
    expect([answer.status, answer.json.type]).toEqual([403, "/.tidegate/problems/cross-origin"]);
    expect(user.kinds).toEqual(["ticket"]);
    const [text = ""] = user.cookies.values();
    const byField = newUser({ ...foreign, "tidegate-ticket": text });
    expect((await byField.ask("/.tidegate/queue/held/leave", { method: "POST" })).status).toBe(204);
  });
});
