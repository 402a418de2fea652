// Live changes of weights by command and by file: what they show first, whom they move, how fast every edge follows.
import { beforeAll, describe, expect, it } from "vitest";
import { affinityHash, identityKey } from "../../src/policy/identity-key.ts";
import { SLOTS } from "../../src/policy/slot-table.ts";
import { walletConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { load, paced } from "../support/load.ts";
import { type Region, startRegions } from "../support/region.ts";

const EDGES = 8;
/** Every edge must follow a change within a second. */
const FOLLOW_WITHIN_MS = 1_000;

let regions: Region[];
let edge: Edge;

const config = (weights: readonly number[], more: Record<string, string> = {}) =>
  walletConfig(
    regions.map(({ name, url }, index) => ({ name, url, weight: weights[index] ?? 0 })),
    { pool: { affinity: "user", ...more }, identity: { opaque: { cookie: "sid" } } },
  );

beforeAll(async () => {
  regions = await startRegions("hk", "sg", "fra");
  edge = await startEdge({ config: config([50, 30, 20]), edges: EDGES });
});

interface Entry {
  version: number;
  atMs: number;
  kind: string;
}
const history = async () => JSON.parse((await edge.cli("history", "--json")).stdout) as Entry[];
const version = async () =>
  (JSON.parse((await edge.cli("status", "--json")).stdout) as { version: number }).version;
const done = async (...args: string[]) => {
  const finished = await edge.cli(...args);
  expect(finished.code, finished.stderr).toBe(0);
  return finished.stdout;
};

/** One session for every slot, so that shares and movements are counted, not sampled. */
function sessionPerSlot(): string[] {
  const sessions = new Map<number, string>();
  for (let index = 0; sessions.size < SLOTS; index++) {
    const session = `s${index}`;
    const slot = affinityHash(identityKey(["session", session])) & (SLOTS - 1);
    if (!sessions.has(slot)) sessions.set(slot, session);
  }
  return [...sessions.values()];
}

/** Which region each session is sent to. */
async function homes(sessions: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  await load({
    urls: edge.urls,
    requests: sessions.length,
    concurrency: 64,
    shot: (index) => ({ path: "/api/balance", headers: { Cookie: `sid=${sessions[index]}` } }),
    onAnswer: (index, answer) => {
      found[index] = String(answer.headers["x-region"]);
    },
  });
  return found;
}

/** Waits until every edge has had the time to follow. */
async function followed(): Promise<void> {
  const changedAtMs = (await history())[0]?.atMs ?? 0;
  await expect.poll(() => Date.now(), { timeout: 5_000 }).toBeGreaterThan(changedAtMs + FOLLOW_WITHIN_MS);
}

describe("tidegate weights", () => {
  it("moves a tenth of the users for 50/30/20 to 40/40/20, nobody of the third region, and home on rollback", async () => {
    const sessions = sessionPerSlot();
    const before = await homes(sessions);
    const first = await version();
    await done("weights", "wallet", "hk=40", "sg=40", "--yes");
    await followed();
    const after = await homes(sessions);

    const moved = sessions.filter((_, index) => before[index] !== after[index]).length / sessions.length;
    expect(Math.abs(moved - 0.1)).toBeLessThanOrEqual(0.001);
    before.forEach((home, index) => {
      if (home === "fra" || after[index] === "fra") expect(after[index]).toBe(home);
    });

    await done("rollback", String(first), "--yes");
    await followed();
    expect(await homes(sessions)).toEqual(before);
  });

  it("shows shares, movement and the new version, and with --dry-run stops there", async () => {
    const now = await version();
    const shown = await done("weights", "wallet", "hk=20", "sg=50", "--dry-run");
    expect(shown).toContain(`version ${now} -> ${now + 1}`);
    expect(shown).toMatch(/hk +weight 50 -> 20 +share 50\.00 % -> 22\.2[12] %/);
    expect(shown).toMatch(/sg +weight 30 -> 50 +share 30\.00 % -> 55\.5[567] %/);
    expect(shown).toMatch(/27\.7\d % of users move/);
    expect(shown).toContain("nothing was changed");
    expect(await version()).toBe(now);
  });

  it("reaches every edge within a second and loses no request", async () => {
    await done("weights", "wallet", "hk=100", "sg=0", "fra=0", "--yes");
    await followed();
    const sentAtMs: number[] = [];
    const stop = new AbortController();
    const toOld: number[] = [];
    const traffic = paced({
      urls: edge.urls,
      ratePerSecond: 400,
      durationMs: 20_000,
      signal: stop.signal,
      shot: (index) => {
        sentAtMs[index] = Date.now();
        return { path: "/api/balance", headers: { Cookie: `sid=u${index}` } };
      },
      onAnswer: (index, answer) => {
        if (answer.headers["x-region"] === "hk") toOld.push(sentAtMs[index] ?? 0);
      },
    });
    await done("weights", "wallet", "hk=0", "sg=100", "--yes");
    const changedAtMs = (await history())[0]?.atMs ?? 0;
    await expect
      .poll(() => Date.now(), { timeout: 10_000 })
      .toBeGreaterThan(changedAtMs + 3 * FOLLOW_WITHIN_MS);
    stop.abort();
    const tally = await traffic;

    expect(tally.errors).toEqual({});
    expect(tally.byStatus).toEqual({ 200: tally.total });
    expect(toOld.length).toBeGreaterThan(0);
    const lastToOldMs = Math.max(...toOld) - changedAtMs;
    console.log(`last request to the old region ${lastToOldMs} ms after the change, over ${EDGES} edges`);
    expect(lastToOldMs).toBeLessThanOrEqual(FOLLOW_WITHIN_MS);
  });

  it("is seen by edges that were idle, with their first request", async () => {
    await done("weights", "wallet", "hk=100", "sg=0", "fra=0", "--yes");
    await followed();
    expect(new Set(await homes(["a", "b", "c", "d", "e", "f", "g", "h"]))).toEqual(new Set(["hk"]));
  });

  it.each([
    ["an origin that is not there", ["nowhere=5"], "nowhere"],
    ["a pool without any weight", ["hk=0", "sg=0", "fra=0"], "weight"],
    ["a negative weight", ["hk=-1"], "hk=-1"],
    ["a weight that is no number", ["hk=lots"], "hk=lots"],
    ["a huge weight", ["hk=99999999999"], "1,000,000"],
    ["the same origin twice", ["hk=1", "hk=2"], "two weights"],
  ])("refuses %s and changes nothing", async (_, words, told) => {
    const now = await version();
    const refused = await edge.cli("weights", "wallet", ...words, "--yes");
    expect(refused.code).toBeGreaterThan(0);
    expect(refused.stderr).toContain(told);
    expect(await version()).toBe(now);
  });
});

describe("tidegate apply", () => {
  it("makes a file the one in force, once", async () => {
    const now = await version();
    await edge.writeConfig(config([10, 10, 80]));
    expect(await done("apply", edge.configFile, "--yes")).toContain(`version ${now + 1} is in force`);
    expect(await done("apply", edge.configFile, "--yes")).toContain("nothing to change");
    expect(await version()).toBe(now + 1);
  });

  it("tells other changed parts too", async () => {
    await edge.writeConfig(config([10, 10, 80], { timeout: "3s" }));
    expect(await done("apply", edge.configFile, "--dry-run")).toContain("also changed: pools");
  });

  it("refuses a bad file with the place of each mistake; the good one stays in force", async () => {
    const now = await version();
    await edge.writeConfig(
      '[[pools]]\nname = "wallet"\npolicy = "magic"\n[[routes]]\npath = "/*"\npool = "wallt"\n',
    );
    const refused = await edge.cli("apply", edge.configFile, "--yes");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`${edge.configFile}:3:10: TG`);
    expect(refused.stderr).toContain(`${edge.configFile}:6:8: TG`);
    expect(await version()).toBe(now);
    expect((await fetch(`${edge.url}/api/balance`)).status).toBe(200);
  });
});

describe("a restart with the bundled file", () => {
  it("keeps live changes when the file is the same, and takes a changed file once", async () => {
    await edge.writeConfig(config([50, 30, 22]));
    await edge.restart();
    const taken = await version();
    expect((await history())[0]?.kind).toBe("bundle");
    await done("weights", "wallet", "hk=1", "--yes");
    await edge.restart();
    expect(await version()).toBe(taken + 1);
    await edge.writeConfig(config([50, 30, 21]));
    await edge.restart();
    expect(await version()).toBe(taken + 2);
    await edge.restart();
    expect(await version()).toBe(taken + 2);
  });
});
