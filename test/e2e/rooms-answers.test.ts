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

const HOUR_MS = 3_600_000;

let edge: Edge;
/** Fields of the last request that the origin saw. */
let seen: Record<string, unknown> = {};
let requests = 0;

/** Says what it was asked with; below `/end` that the session is over. */
async function startOrigin(): Promise<string> {
  const server = createServer((request, response) => {
    seen = request.headers;
    requests += 1;
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
    { name: "short", active_limit: 1, session: "2s" },
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
      ],
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
    expect(end.status).toBe(200);
    expect(end.headers.get("tidegate-session")).toBeNull();
    expect(bob.kinds).toEqual([]);
    expect((await newUser().ask("/two/x")).status).toBeGreaterThan(0);
  });
});
