// Tickets of one address over eight edges: no more than it may hold, whatever edges they are asked of, and no address is kept.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Edge, startEdge } from "../support/edge.ts";
import { startRegion } from "../support/region.ts";
import { RoomUser } from "../support/room-client.ts";
import { roomConfig } from "../support/rooms.ts";

const EDGES = 8;
const MOST = 20;
const ASKING = 120;
/** A busy machine lets a call of a join wait for longer than the 100 ms after which a ticket is given all the same. */
const AT_ONCE = 4;
const ADDRESS = "198.51.100.77";

let edge: Edge;
beforeAll(async () => {
  const hk = await startRegion("hk");
  edge = await startEdge({
    config: roomConfig(hk.url, { active_limit: 1, session: "60s", tickets_per_address: MOST }),
    edges: EDGES,
  });
});

const user = (index: number, address = ADDRESS) =>
  new RoomUser([edge.urls[index % EDGES] ?? ""], { "cf-connecting-ip": address });

/** How often a call of the counted objects was late, over all edges. */
async function lateHolds(): Promise<number> {
  const texts = await Promise.all(
    edge.urls.map(async (url) => {
      const headers = { authorization: `Bearer ${edge.token}` };
      return (await fetch(`${url}/.tidegate/metrics`, { headers })).text();
    }),
  );
  const late = texts
    .join("\n")
    .matchAll(/tidegate_room_calls_total\{[^}]*call="hold",result="timeout"\} (\d+)/g);
  return [...late].reduce((sum, [, count]) => sum + Number(count), 0);
}

describe("an address over eight edges", { timeout: 120_000 }, () => {
  const waiting: RoomUser[] = [];

  it("gets as many tickets as it may hold, exactly, though all edges are asked at once", async () => {
    const inside = user(0, "198.51.100.1");
    expect((await inside.ask("/echo/x")).status).toBe(200);
    const statuses: number[] = [];
    for (let n = 0; n < ASKING; n += AT_ONCE) {
      const users = Array.from({ length: AT_ONCE }, (_, one) => user(n + one));
      const answers = await Promise.all(users.map((one) => one.ask("/echo/x")));
      for (const [index, { status }] of answers.entries()) {
        statuses.push(status);
        if (status === 503) waiting.push(users[index] as RoomUser);
      }
    }
    const count = (of: number) => statuses.filter((status) => status === of).length;
    expect(count(503) + count(429)).toBe(ASKING);
    expect(count(503)).toBeGreaterThanOrEqual(MOST);
    // Exactly, where no call was late.
    expect(count(503) - MOST).toBeLessThanOrEqual(await lateHolds());
    expect((await user(3, "198.51.100.78").ask("/echo/x")).status).toBe(503);
  });

  it("gets as many again as have left, at any edge", async () => {
    const left = waiting.slice(0, 5);
    for (const one of left) {
      expect((await one.ask("/.tidegate/queue/main/leave", { method: "POST" })).status).toBe(204);
    }
    const before = await lateHolds();
    let taken = 0;
    await expect
      .poll(async () => {
        if ((await user(taken + 1).ask("/echo/x")).status === 503) taken += 1;
        return taken;
      })
      .toBe(left.length);
    let more = 0;
    for (let n = 0; n < EDGES; n += 1) if ((await user(n).ask("/echo/x")).status === 503) more += 1;
    expect(more).toBeLessThanOrEqual((await lateHolds()) - before);
  });

  it("is written down nowhere", async () => {
    await edge.stop();
    const entries = await readdir(edge.dataDir, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(files.some((file) => file.includes("tidegate-places"))).toBe(true);
    for (const file of files) expect((await readFile(file)).includes(ADDRESS)).toBe(false);
  });
});
