// Places in line that edges give whose clock is wrong, and who have not heard of the room: they count by the room's time.
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { pool } from "../support/config.ts";
import { buildFaultBundle, type FaultEdge, startFaultEdge } from "../support/fault-edge.ts";
import { startRegion } from "../support/region.ts";
import { RoomUser, type Told } from "../support/room-client.ts";

const HOUR_MS = 3_600_000;
/** A request, and its way there and back on a busy machine. */
const NEAR_MS = 3_000;
/** Edge → how far its clock is ahead. The first has the objects. None has heard of a room before its test. */
const SKEWS = [0, HOUR_MS, -HOUR_MS, HOUR_MS];
const ROOMS = ["full", "held", "lost"] as const;

let edge: FaultEdge;
beforeAll(async () => {
  const [{ url }, bundle] = await Promise.all([startRegion("hk"), buildFaultBundle()]);
  edge = await startFaultEdge(bundle, SKEWS.length, {
    pools: [pool("wallet", [{ name: "hk", url }], { affinity: "none" })],
    routes: ROOMS.map((room) => ({ path: `/echo/${room}/*`, pool: "wallet", room })),
    rooms: [
      { name: "full", active_limit: 1, session: "5m" },
      { name: "held", active_limit: 1, mode: "hold" },
      { name: "lost", active_limit: 1, session: "5m", claim_window: "5s" },
    ],
  });
  await Promise.all(SKEWS.map((skewMs, index) => edge.set(index, { skewMs })));
});

const at = (index: number) => new RoomUser([edge.urls[index] ?? ""]);
const ask = (user: RoomUser, room: string) => user.ask(`/echo/${room}/x`);
const poll = (user: RoomUser, room: string) => user.ask(`/.tidegate/queue/${room}`);

/** What a ticket says of its holder's arrival. */
function arrivalOf({ json }: Told): number {
  const [, claims = ""] = (json.ticket as string).split(".");
  return JSON.parse(Buffer.from(claims, "base64url").toString()).t;
}

describe.each(["full", "held"] as const)("a newcomer of a room that is %s", (room) => {
  it.each([
    [1, "an hour ahead"],
    [2, "an hour behind"],
  ])("has arrived when it is, at edge %i that has just started with a clock %s", async (index) => {
    if (room === "full") await ask(at(0), room);
    const cameMs = Date.now();
    const told = await ask(at(index), room);
    expect(told.status).toBe(503);
    expect(Math.abs(arrivalOf(told) - cameMs)).toBeLessThan(NEAR_MS);
  });
});

describe("a ticket of an hour to come, given while the room could not be reached", {
  timeout: 120_000,
}, () => {
  it("counts from its first poll on, keeps its one slot, and is called before who came later", async () => {
    const ann = at(0);
    expect((await ask(ann, "lost")).status).toBe(200);
    await edge.set(3, { skewMs: HOUR_MS, objects: { ROOM: "throws" } });
    const bob = at(3);
    const given = await ask(bob, "lost");
    expect(arrivalOf(given) - Date.now()).toBeGreaterThan(HOUR_MS / 2);
    const old = new Map(bob.cookies);

    await edge.set(3, { skewMs: HOUR_MS });
    await expect
      .poll(async () => arrivalOf(await poll(bob, "lost")), { timeout: 30_000, interval: 500 })
      .toBeLessThan(Date.now() + 30_000);
    const corrected = arrivalOf(await poll(bob, "lost"));
    expect(Math.abs(corrected - Date.now())).toBeLessThan(30_000);
    // A copy that says the old time is corrected too, and to no better one.
    const copy = at(0);
    for (const [name, value] of old) copy.cookies.set(name, value);
    expect(arrivalOf(await poll(copy, "lost"))).toBeGreaterThanOrEqual(corrected);

    await sleep(100);
    const cy = at(0);
    expect((await ask(cy, "lost")).status).toBe(503);
    await ann.ask("/.tidegate/queue/lost/leave", { method: "POST" });
    await expect
      .poll(
        async () => {
          const [first, second] = [await poll(bob, "lost"), await poll(cy, "lost")];
          return [first.json.state, second.json.state];
        },
        { timeout: 40_000, interval: 500 },
      )
      .toEqual(["admitted", "waiting"]);
    expect((await ask(bob, "lost")).status).toBe(200);
    // Shown at another edge, the copy is in the same slot or in none.
    const claimed = await poll(copy, "lost");
    expect([200, 404]).toContain(claimed.status);
    expect((await poll(cy, "lost")).json.state).toBe("waiting");
  });
});
