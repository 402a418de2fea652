// What operators do with rooms: hold, turn down, go back to the file; and a limit that follows the regions by itself.
import { beforeAll, describe, expect, it } from "vitest";
import type { Status } from "../../src/config/control-api.ts";
import { walletConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { type Region, startRegions } from "../support/region.ts";

const WEIGHTS = [50, 30, 20];

let regions: Region[];
let edge: Edge;
beforeAll(async () => {
  regions = await startRegions("hk", "sg", "fra");
  const origins = regions.map(({ name, url }, index) => ({ name, url, weight: WEIGHTS[index] ?? 1 }));
  const health = { path: "/healthz", interval: "1s", timeout: "800ms", fall: 1, rise: 1 };
  edge = await startEdge({
    config: walletConfig(origins, {
      pool: { health },
      routes: [
        { path: "/api/*", pool: "wallet", room: "main" },
        { path: "/*", pool: "wallet" },
      ],
      rooms: [{ name: "main", active_limit: 1500, admit_per_minute: 600 }],
    }),
  });
});

const done = async (...args: string[]) => {
  const finished = await edge.cli(...args);
  expect(finished.code, finished.stderr).toBe(0);
  return finished.stdout;
};
const room = async () => (JSON.parse(await done("status", "--json")) as Status).rooms[0];
const failure = async (...args: string[]) => {
  const { code, stderr } = await edge.cli(...args);
  return { code, stderr };
};

describe("tidegate room", () => {
  it("shows what will be, and on trial changes nothing", async () => {
    const text = await done("room", "main", "--mode", "hold", "--limit", "200", "--dry-run");
    expect(text).toMatch(/mode {3}auto -> hold: everybody new waits and nobody is called/);
    expect(text).toMatch(/limit {2}1,500 -> 200 users at the same time/);
    expect(text).toMatch(/rate {3}600 a minute$/m);
    expect(text).toMatch(/now {4}\d+ waiting, \d+ active/);
    expect(text).toContain("dry run: nothing was changed");
    expect(await room()).toMatchObject({ mode: "auto", limit: 1500 });
  });

  it("holds, turns down and goes back to the file; it lasts over a restart", async () => {
    expect(await done("room", "main", "--mode", "hold", "--yes")).toContain("tidegate room main --reset");
    await done("room", "main", "--limit", "200", "--rate", "60", "--yes");
    const said = { mode: "hold", activeLimit: 200, admitPerMinute: 60 };
    expect(await room()).toMatchObject({ mode: "hold", limit: 200, admitPerMinute: 60, override: said });
    await edge.kill9();
    await edge.restart();
    expect(await room()).toMatchObject({ mode: "hold", limit: 200, override: said });
    const text = await done("status");
    expect(text).toMatch(/^ROOM +MODE +WAITING +ACTIVE +LEASED +LIMIT$/m);
    expect(text).toMatch(/^main +hold +\d+ +\d+ +\d+ +200$/m);
    expect(text).toContain("room main: mode hold, limit 200, rate 60 a minute by command");
    const back = await done("room", "main", "--reset", "--yes");
    expect(back).toMatch(/hold -> auto[\s\S]*200 -> 1,500[\s\S]*60 a minute -> 600 a minute/);
    expect(await room()).toMatchObject({ mode: "auto", limit: 1500 });
    expect(await room()).not.toHaveProperty("override");
  });

  it("that changes nothing says so", async () => {
    await done("room", "main", "--mode", "auto", "--yes");
    expect(await done("room", "main", "--mode", "auto", "--yes")).toContain("nothing to change");
    await done("room", "main", "--reset", "--yes");
  });

  it("tells the way out of a mistake", async () => {
    expect(await failure("room", "mian", "--mode", "hold", "--yes")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no room "mian"; there are: main'),
    });
    expect(await failure("room", "main", "--reset", "--yes")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("goes by the file already"),
    });
    expect(await failure("room", "main")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--mode, --limit or --rate"),
    });
    expect(await failure("room", "main", "--reset", "--mode", "off")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("give it alone"),
    });
    expect(await failure("room", "main", "--mode", "shut")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("auto, hold, off"),
    });
    expect(await failure("room", "main", "--limit", "0")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--mode hold"),
    });
  });
});

describe("a room's limit", () => {
  it("follows a drain and its end", async () => {
    await done("drain", "wallet", "hk", "--yes");
    expect(await room()).toMatchObject({ limit: 750, reachable: 0.5 });
    expect(await done("status")).toContain("room main: limit at 50 %");
    await done("undrain", "wallet", "hk", "--yes");
    expect(await room()).toMatchObject({ limit: 1500, reachable: 1 });
  });

  it("follows a region that fails its probes", async () => {
    await regions[1]?.set({ fault: "status-503", scope: "health" });
    await expect.poll(async () => (await room())?.limit, { timeout: 10_000 }).toBe(1050);
  });
});
