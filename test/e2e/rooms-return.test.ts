// A room whose edge and object were away for longer than people are counted: whoever comes first is not told a place before those who come back.
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { type Edge, startEdge } from "../support/edge.ts";
import { startRegion } from "../support/region.ts";
import { RoomUser, type Told } from "../support/room-client.ts";
import { roomConfig, roomStatus } from "../support/rooms.ts";

/** Next in line one polls every two seconds, and is counted for four. */
const AWAY_MS = 6_000;

let edge: Edge;
beforeAll(async () => {
  const hk = await startRegion("hk");
  edge = await startEdge({ config: roomConfig(hk.url, { active_limit: 1, session: "5m" }) });
});

const placeOf = ({ json }: Told) => [json.state, json.position];

describe("whoever comes first after an outage", { timeout: 120_000 }, () => {
  it("stands behind all who waited before, is told so, and is never told a higher place", async () => {
    const [ann, bob, cy, dan] = Array.from({ length: 4 }, () => new RoomUser([edge.url])) as [
      RoomUser,
      RoomUser,
      RoomUser,
      RoomUser,
    ];
    const poll = (user: RoomUser) => user.ask("/.tidegate/queue/main");
    expect((await ann.ask("/echo/x")).status).toBe(200);
    expect(placeOf(await bob.ask("/echo/x"))).toEqual(["waiting", 1]);
    await sleep(50);
    expect(placeOf(await cy.ask("/echo/x"))).toEqual(["waiting", 2]);
    await expect.poll(async () => (await roomStatus(edge)).waiting).toBe(2);
    // What the Room counts is saved within a second.
    await sleep(1_500);
    await edge.kill9();
    await sleep(AWAY_MS);
    await edge.restart();

    const first = await dan.ask("/echo/x");
    expect(placeOf(first)).toEqual(["waiting", 3]);
    const told: number[] = [first.json.position];
    expect(placeOf(await poll(bob))).toEqual(["waiting", 1]);
    for (let n = 0; n < 4; n += 1) {
      expect(placeOf(await poll(cy))).toEqual(["waiting", 2]);
      const { position } = (await poll(dan)).json;
      if (position !== null) told.push(position);
      await sleep(500);
      await poll(bob);
    }
    expect(told).toEqual([...told].sort((a, b) => b - a));
    await ann.ask("/.tidegate/queue/main/leave", { method: "POST" });
    const states: string[] = [];
    await expect
      .poll(
        async () => {
          for (const user of [dan, cy]) states.push((await poll(user)).json.state);
          return (await poll(bob)).json.state;
        },
        { timeout: 30_000, interval: 300 },
      )
      .toBe("admitted");
    expect(new Set(states)).toEqual(new Set(["waiting"]));
  });
});
