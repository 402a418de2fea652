// What a room's rules mean for people on bare workerd: lanes, sessions of a fixed time, the pace, the mode off.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Crowd, type Visitor } from "../../scripts/lib/crowd.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { startRegion } from "../support/region.ts";
import { roomConfig } from "../support/rooms.ts";

let edge: Edge;
const crowds: Crowd[] = [];
beforeAll(async () => {
  const { url } = await startRegion("hk");
  const route = (host: string, room: string, more = {}) => ({
    hosts: [`${host}.test`],
    ...{ path: "/*", pool: "wallet", room, ...more },
  });
  edge = await startEdge({
    config: roomConfig(
      url,
      { active_limit: 100 },
      {
        routes: [
          route("pay", "lanes", { lane: "pay" }),
          route("lanes", "lanes"),
          route("fixed", "fixed"),
          route("nobody", "nobody"),
          route("paced", "paced"),
          route("off", "off"),
        ],
        rooms: [
          { name: "lanes", active_limit: 5, session: "10m", lanes: [{ name: "pay", share: 40 }] },
          { name: "fixed", active_limit: 1, session: "3s", renew: false },
          { name: "nobody", active_limit: 5, admit_per_minute: 0 },
          { name: "paced", active_limit: 100, admit_per_minute: 60 },
          { name: "off", active_limit: 1, session: "10m" },
        ],
      },
    ),
  });
});
afterAll(() => {
  for (const crowd of crowds) crowd.close();
});

function crowdOf(room: string, host = room): Crowd {
  const crowd = new Crowd({ urls: edge.urls, room, headersOf: () => ({ host: `${host}.test` }) });
  crowds.push(crowd);
  return crowd;
}

/** Polls at once, whatever was told: the test does not sit out intervals. */
const untilIn = (crowd: Crowd, visitor: Visitor) =>
  expect
    .poll(
      async () => {
        await crowd.poll(visitor);
        return visitor.admittedAtMs;
      },
      { timeout: 30_000, interval: 500 },
    )
    .toBeDefined();

describe("a lane with two of five slots", () => {
  it("lends them while nobody of it comes, and has the next that are free when somebody does", async () => {
    const everybody = crowdOf("lanes");
    const payers = crowdOf("lanes", "pay");
    const inside = [];
    for (let index = 0; index < 5; index++) inside.push(await everybody.join(index));
    expect(inside.map(({ admittedAtMs }) => admittedAtMs)).not.toContain(undefined);
    const earlier = await everybody.join(5);
    const payer = await payers.join(6);
    expect([earlier.admittedAtMs, payer.admittedAtMs]).toEqual([undefined, undefined]);
    const [leaving] = inside;
    if (leaving === undefined) throw new Error("somebody is inside");
    await everybody.send(leaving, "/.tidegate/queue/lanes/leave", "POST");
    // Both ask all the time; the one who came first has no right to this slot.
    await Promise.all([untilIn(payers, payer), everybody.poll(earlier)]);
    await everybody.poll(earlier);
    expect(earlier.admittedAtMs).toBeUndefined();
  });
});

describe("a session that use does not prolong", () => {
  it("is over after its time, and the next is let in", async () => {
    const crowd = crowdOf("fixed");
    const user = await crowd.join(0);
    const joinedAtMs = performance.now();
    expect(user.admittedAtMs).toBeDefined();
    const next = await crowd.join(1);
    expect(next.admittedAtMs).toBeUndefined();
    await expect
      .poll(async () => (await crowd.ask(user)).status, { timeout: 15_000, interval: 200 })
      .toBe(503);
    expect(performance.now() - joinedAtMs).toBeGreaterThanOrEqual(2_900);
    await untilIn(crowd, next);
  });
});

describe("a room that lets nobody in", () => {
  it("says so and tells no time", async () => {
    const crowd = crowdOf("nobody");
    const visitor = await crowd.join(0);
    await expect
      .poll(async () => (await crowd.poll(visitor)).json, { timeout: 10_000 })
      .toMatchObject({ state: "paused", estimatedWaitSeconds: null });
  });
});

describe("a room that lets sixty in a minute", () => {
  it("takes six of a crowd at once, and one each second from then on", async () => {
    const crowd = crowdOf("paced");
    const startMs = performance.now();
    const visitors = await Promise.all(Array.from({ length: 12 }, (_, index) => crowd.join(index)));
    const isIn = ({ admittedAtMs }: Visitor) => admittedAtMs !== undefined;
    await expect
      .poll(
        async () => {
          const waiting = visitors.filter((visitor) => !isIn(visitor));
          await Promise.all(waiting.map((visitor) => crowd.poll(visitor)));
          return visitors.filter(isIn).length;
        },
        { timeout: 30_000, interval: 200 },
      )
      .toBeGreaterThanOrEqual(9);
    const tookS = (performance.now() - startMs) / 1000;
    expect(visitors.filter(isIn).length).toBeLessThanOrEqual(6 + tookS);
    expect(tookS).toBeGreaterThan(2);
  });
});

describe("a room that is turned off while somebody waits", () => {
  it("lets the one who waits go on", async () => {
    const crowd = crowdOf("off");
    await crowd.join(0);
    const waiting = await crowd.join(1);
    expect(waiting.admittedAtMs).toBeUndefined();
    const done = await edge.cli("room", "off", "--mode", "off", "--yes");
    expect(done.code, done.stderr).toBe(0);
    await untilIn(crowd, waiting);
    expect((await crowd.ask(waiting)).status).toBe(200);
  });
});
