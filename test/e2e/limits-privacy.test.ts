// Made-up sessions gain little and leave little behind; and nothing of a user is found in what the edge keeps or tells.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { type Edge, startEdge } from "../support/edge.ts";
import { startKeyServer } from "../support/key-server.ts";
import { limitedConfig, metrics } from "../support/limits.ts";
import { load, type Shot } from "../support/load.ts";
import { type Region, startRegion } from "../support/region.ts";
import { AUDIENCE, claimsOf, ISSUER, newKey, type SigningKey, sign } from "../support/tokens.ts";

const MINUTE_MS = 60_000;
const NEW_PER_MINUTE = 30;
const CAPACITY = 5;
const SESSIONS = 5_000;

let hk: Region;
let key: SigningKey;
let edge: Edge;
beforeAll(async () => {
  [hk, key] = await Promise.all([startRegion("hk"), newKey("ES256", "k1")]);
  const keys = await startKeyServer([key]);
  const config = limitedConfig(
    hk.url,
    [
      { name: "per-user", capacity: CAPACITY, refill: 0 },
      { name: "per-address", key: "ip", capacity: 1_000_000, refill: 0 },
      { name: "per-team", key: "header:X-Team", capacity: CAPACITY, refill: 0 },
    ],
    {
      routes: [
        { path: "/api/*", pool: "wallet", limits: ["per-user", "per-address"] },
        { path: "/echo/*", pool: "wallet", limits: ["per-user", "per-team"] },
      ],
      // A store that is late on a busy machine would make the edges count by themselves.
      limiter: { timeout: "5s" },
      identity: {
        jwt: { jwks: keys.url, issuer: ISSUER, audience: AUDIENCE },
        opaque: { cookie: "sid", new_per_ip_per_minute: NEW_PER_MINUTE },
      },
    },
  );
  edge = await startEdge({ config, edges: 2 });
});

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Buckets that are stored, whosever they are. */
async function storedBuckets(): Promise<number> {
  const files = (await filesOf(edge.dataDir)).filter((file) => /tidegate-limiter\/.*\.sqlite$/.test(file));
  const counts = files.map((file) => {
    const shard = new DatabaseSync(file, { readOnly: true });
    const hasTable = shard.prepare("SELECT 1 FROM sqlite_master WHERE name = 'buckets'").all().length > 0;
    const rows = hasTable ? shard.prepare("SELECT COUNT(*) AS rows FROM buckets").get() : { rows: 0 };
    shard.close();
    return Number(rows?.rows ?? 0);
  });
  return counts.reduce((sum, rows) => sum + rows, 0);
}

describe("five thousand made-up sessions from one address", () => {
  it("gain no more than what the cap on new ones lets through, and hardly any storage", async () => {
    const startedAtMs = performance.now();
    const shot = (index: number): Shot => ({
      path: "/api/balance",
      headers: { Cookie: `sid=made-up-${index % SESSIONS}`, "CF-Connecting-IP": "198.51.100.77" },
    });
    // Each comes twice, the second time at the other edge too; those that got through then use all they have.
    const known = new Set<number>();
    const sweep = await load({
      urls: edge.urls,
      requests: 2 * SESSIONS,
      concurrency: 50,
      shot,
      onAnswer: (index, { statusCode }) => statusCode === 200 && known.add(index % SESSIONS),
    });
    const spending = [...known].flatMap((session) => Array.from({ length: 2 * CAPACITY }, () => session));
    const spent = await load({
      urls: edge.urls,
      requests: spending.length,
      concurrency: 20,
      shot: (index) => shot(spending[index] ?? 0),
    });
    expect([sweep.errors, spent.errors]).toEqual([{}, {}]);
    const admitted = (sweep.byStatus[200] ?? 0) + (spent.byStatus[200] ?? 0);
    const minutes = (performance.now() - startedAtMs) / MINUTE_MS;
    // A bucket of so many new sessions, what comes back while it lasts, and the bucket of the address.
    expect(admitted).toBeLessThanOrEqual((NEW_PER_MINUTE * (1 + minutes) + 1) * CAPACITY + CAPACITY);
    // A real newcomer among them is served: with a session or by the address.
    expect(admitted).toBeGreaterThanOrEqual(NEW_PER_MINUTE);
    // Those that were let in, and the address with its own: what was lent on the way has come back.
    const mostBuckets = Math.ceil(NEW_PER_MINUTE * (1 + minutes)) + 3;
    await expect.poll(storedBuckets, { timeout: 10_000 }).toBeLessThanOrEqual(mostBuckets);
    console.log(`made-up sessions: ${admitted} admitted, ${await storedBuckets()} buckets stored`);
  });

  it("do not keep others out", async () => {
    const tally = await load({
      urls: edge.urls,
      requests: 10,
      concurrency: 1,
      shot: (index) => ({
        path: "/api/balance",
        headers: { Cookie: `sid=honest-${index}`, "CF-Connecting-IP": "198.51.100.78" },
      }),
    });
    expect(tally.byStatus).toEqual({ 200: 10 });
  });
});

describe("what users send", () => {
  const USER = "visible-user-4711";
  const SESSION = "visible-session-4712";
  const TEAM = "visible-team-4713";
  const FOUR = "198.51.100.213";
  const SIX = "2001:db8:4714:4715::4716";

  it("is found in no file, no output and no metric", async () => {
    const token = await sign(key, claimsOf(USER));
    const forged = `${token.slice(0, -8)}AAAAAAAA`;
    const shots: Shot[] = [
      { headers: { Authorization: `Bearer ${token}`, "CF-Connecting-IP": FOUR } },
      { headers: { Authorization: `Bearer ${forged}`, "CF-Connecting-IP": SIX } },
      { headers: { Cookie: `sid=${SESSION}`, "CF-Connecting-IP": SIX } },
      { headers: { "X-Team": TEAM, "CF-Connecting-IP": FOUR } },
      { headers: { "X-Team": TEAM, Cookie: `sid=${SESSION}`, "CF-Connecting-IP": `::ffff:${FOUR}` } },
    ];
    const paths = ["/api/balance", "/echo/a", `/nowhere/${SESSION}`];
    const tally = await load({
      urls: edge.urls,
      requests: 600,
      concurrency: 10,
      shot: (index) => ({ ...shots[index % shots.length], path: paths[index % paths.length] ?? "/" }),
    });
    expect(Object.keys(tally.byStatus).sort()).toEqual(["200", "404", "429"]);
    // Counts are told once a second, and leases brought back.
    await sleep(2_500);

    const names = [
      USER,
      SESSION,
      TEAM,
      FOUR,
      SIX,
      "2001:db8:4714:4715",
      "198.51.100.77",
      "made-up-",
      "honest-",
    ];
    const hashes = names.flatMap((name) => {
      const hash = createHash("sha256").update(name).digest();
      return [
        hash.toString("hex"),
        hash.toString("base64url").slice(0, 22),
        hash.toString("base64").slice(0, 21),
      ];
    });
    const needles = [...names, ...hashes, token.slice(0, 40), token.slice(-40), forged.slice(-40)];
    const files = await filesOf(edge.dataDir);
    expect(files.filter((file) => file.includes("tidegate-limiter")).length).toBeGreaterThan(0);
    const kept = await Promise.all(
      files.map(async (file) => [file, (await readFile(file)).toString("latin1")] as const),
    );
    const told = [
      ["output", edge.process().output()] as const,
      ["metrics", JSON.stringify(await metrics(edge.url))] as const,
    ];
    expect(told[1]?.[1]).toContain("tidegate_limit_decisions_total");
    const found = [...kept, ...told].flatMap(([where, text]) =>
      needles.filter((needle) => text.includes(needle)).map((needle) => `${needle} in ${where}`),
    );
    expect(found).toEqual([]);
    // Buckets are there, under names that the limit's name and 128 bits of a keyed hash make.
    const all = kept.map(([, text]) => text).join("");
    expect(all).toMatch(/per-user:[\w-]{22}/);
  });
});
