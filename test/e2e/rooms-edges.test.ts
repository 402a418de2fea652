// One room over four edges: users of all of them share its slots, its line and its ends.
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { walletConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { startRegion } from "../support/region.ts";
import { RoomUser } from "../support/room-client.ts";

const LIMIT = 20;
const USERS = 120;

let edge: Edge;
beforeAll(async () => {
  const region = await startRegion("hk");
  edge = await startEdge({
    config: walletConfig([region], {
      routes: [
        { path: "/echo/*", pool: "wallet", room: "short" },
        { path: "/*", pool: "wallet", room: "main" },
      ],
      rooms: [
        { name: "main", active_limit: LIMIT, session: "60s", claim_window: "5s" },
        { name: "short", active_limit: 1, session: "4s" },
      ],
    }),
    edges: 4,
  });
});

describe("a room over four edges", () => {
  it("keeps a user in who goes from edge to edge", { timeout: 30_000 }, async () => {
    const user = new RoomUser(edge.urls.slice(0, 2));
    expect((await user.ask("/echo/x")).status).toBe(200);
    // Each edge knows its own bookings only; the pass's text is over again and again.
    for (let n = 0; n < 8; n += 1) {
      await sleep(1500);
      expect((await user.ask("/echo/x")).status).toBe(200);
    }
  });

  it("lets exactly as many in as its limit, whichever edges they come to", { timeout: 60_000 }, async () => {
    const users = Array.from({ length: USERS }, (_, n) => new RoomUser([edge.urls[n % 4] ?? ""]));
    const asked = await Promise.all(users.map((user) => user.ask("/status/200")));
    const inside = users.filter((_, n) => asked[n]?.status === 200);
    expect(inside.length).toBe(LIMIT);
    // A pass and a ticket hold at every edge.
    const roaming = inside.map((user) => {
      const other = new RoomUser(edge.urls);
      for (const [name, value] of user.cookies) other.cookies.set(name, value);
      return other;
    });
    for (let n = 0; n < 4; n += 1) {
      const answers = await Promise.all(roaming.map((user) => user.ask("/status/200")));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    }
    // Ten leave, and ten of those who wait come in.
    await Promise.all(
      roaming.slice(0, 10).map((user) => user.ask("/.tidegate/queue/main/leave", { method: "POST" })),
    );
    const waiting = users.filter((user) => !inside.includes(user));
    const admitted = new Set<RoomUser>();
    const deadlineMs = Date.now() + 30_000;
    while (admitted.size < 10 && Date.now() < deadlineMs) {
      await Promise.all(
        waiting.map(async (user) => {
          if ((await user.ask("/.tidegate/queue/main")).json.state === "admitted") admitted.add(user);
        }),
      );
    }
    expect(admitted.size).toBe(10);
    // What the ten had is no pass at any edge.
    const gone = await roaming[0]?.ask("/status/200");
    expect(gone?.status).toBe(503);
  });
});
