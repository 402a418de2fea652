// A room that protects its pool: newcomers wait as soon as the pool turns requests away, and not much longer than that.
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, it } from "vitest";
import { pool } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { type Region, startRegion } from "../support/region.ts";
import { RoomUser } from "../support/room-client.ts";
import type { TomlTable } from "../support/toml.ts";

/** Of the pool that is full: so many it takes at once, and so long they last. */
const AT_ONCE = 2;
const SLOW_MS = 6_000;

interface Case {
  readonly name: string;
  readonly status: 503 | 504;
  readonly pool?: TomlTable;
  /** Until `calm` the pool turns away or does not answer what a user who is in asks. */
  trouble(region: Region, ann: RoomUser): Promise<void>;
  calm(region: Region): Promise<void>;
}

const toBeWell = (region: Region) => region.set({ fault: "none", delayMs: 0 });
const CASES: readonly Case[] = [
  {
    name: "answers 503",
    status: 503,
    trouble: (region) => region.set({ fault: "status-503", scope: "traffic" }),
    calm: toBeWell,
  },
  {
    name: "does not answer in time",
    status: 504,
    pool: { timeout: "400ms" },
    trouble: (region) => region.set({ fault: "hang", scope: "traffic" }),
    calm: toBeWell,
  },
  {
    name: "has reached max_in_flight",
    status: 503,
    pool: { timeout: "20s" },
    async trouble(region, ann) {
      await region.set({ delayMs: SLOW_MS });
      for (let n = 0; n < AT_ONCE; n += 1) void ann.ask("/echo/2/slow").catch(() => undefined);
      while ((await region.counts()).inFlight < AT_ONCE) await sleep(20);
    },
    async calm(region) {
      await toBeWell(region);
      while ((await region.counts()).inFlight > 0) await sleep(20);
    },
  },
];

const regions: Region[] = [];
let edge: Edge;
beforeAll(async () => {
  for (const _ of CASES) regions.push(await startRegion("hk"));
  edge = await startEdge({
    config: {
      pools: CASES.map(({ pool: more = {} }, at) => ({
        ...pool(`p${at}`, [], { affinity: "none", ...more }),
        origins: [{ name: "hk", url: regions[at]?.url ?? "", max_in_flight: at === 2 ? AT_ONCE : 0 }],
      })),
      routes: CASES.flatMap((_, at) => [
        { path: `/echo/${at}/*`, pool: `p${at}`, room: `r${at}` },
        { path: `/echo/plain/${at}/*`, pool: `p${at}`, room: `plain${at}` },
      ]),
      rooms: CASES.flatMap((_, at) => [
        { name: `r${at}`, active_limit: 100 },
        { name: `plain${at}`, active_limit: 100, protect: false },
      ]),
    },
    edges: 2,
  });
});

describe("a pool that", { timeout: 60_000 }, () => {
  it.concurrent.for(CASES.map((one, at) => ({ ...one, at })))("$name", async (one, { expect }) => {
    const { at, status, trouble, calm } = one;
    const region = regions[at];
    if (region === undefined) throw new Error("each case has a region");
    const path = `/echo/${at}/x`;
    const here = () => new RoomUser(edge.urls.slice(0, 1));
    const there = () => new RoomUser(edge.urls.slice(1));
    const ann = here();
    expect((await ann.ask(path)).status).toBe(200);
    await trouble(region, ann);
    // Whoever is in is not kept back: this is the pool's answer, or the edge's for want of one.
    const failed = await ann.ask(path);
    expect([failed.status, failed.json?.state]).toEqual([status, undefined]);

    // At once, at this edge, and nothing of it reaches the pool.
    const before = (await region.counts()).byPath[path];
    const waiting = [here(), here(), here()];
    for (const user of waiting) {
      const queued = await user.ask(path);
      expect([queued.status, queued.json.state, user.kinds]).toEqual([503, "waiting", ["ticket"]]);
    }
    expect((await region.counts()).byPath[path]).toBe(before);
    // At the other edge as soon as the Room has told it.
    await expect
      .poll(
        async () => {
          const user = there();
          await user.ask(path);
          return user.kinds;
        },
        { timeout: 15_000, interval: 100 },
      )
      .toEqual(["ticket"]);
    // A room that does not protect its pool lets newcomers in, to what the pool says.
    const unprotected = here();
    await unprotected.ask(`/echo/plain/${at}/x`);
    expect(unprotected.kinds).toEqual(["pass"]);

    await calm(region);
    const calmAtMs = Date.now();
    for (const user of waiting) {
      await expect
        .poll(async () => (await user.ask(path)).status, { timeout: 20_000, interval: 200 })
        .toBe(200);
    }
    console.log(`${one.name}: all who waited were in ${Date.now() - calmAtMs} ms after the end of it`);
    // One who has not come before, each time; a line to which somebody has come within two seconds is not open to others.
    await expect
      .poll(async () => (await there().ask(path)).status, { timeout: 20_000, interval: 3_000 })
      .toBe(200);
    expect((await ann.ask(path)).status).toBe(200);
  });
});
