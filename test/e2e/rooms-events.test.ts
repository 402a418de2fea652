// A scheduled event on bare workerd: people gather, the lot decides, anyone can verify it, and then arrival counts again.
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Crowd, grownPositions, sleep, type Visitor } from "../../scripts/lib/crowd.ts";
import type { LotteryView } from "../../src/config/room-api.ts";
import { BUCKET_MS } from "../../src/policy/crowd-curve.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { startRegion } from "../support/region.ts";
import { roomConfig, roomStatus } from "../support/rooms.ts";
import type { TomlTable } from "../support/toml.ts";

const HOUR_MS = 3_600_000;
/** From writing the configuration until the start: what applying it and joining take, on a slow machine too. */
const GATHERING_MS = 10_000;
/** The event's own limit: so many come in together. */
const WAVE = 3;
const GATHERED = 9;
const LATE = 4;

let edge: Edge;
let crowd: Crowd;
let config: TomlTable;

beforeAll(async () => {
  const { url } = await startRegion("hk");
  config = roomConfig(url, { active_limit: 100, session: "60s" });
  edge = await startEdge({ config, edges: 2 });
  crowd = new Crowd({ urls: edge.urls });
});
afterAll(() => crowd.close());

const event = (name: string, startMs: number, endMs: number, more: TomlTable = {}): TomlTable => ({
  ...{ name, start: new Date(startMs).toISOString(), end: new Date(endMs).toISOString() },
  ...more,
});
const withEvents = (...events: TomlTable[]): TomlTable => ({
  ...config,
  rooms: [{ name: "main", active_limit: 100, session: "60s", events }],
});
const apply = async (next: TomlTable) => {
  await edge.writeConfig(next);
  return edge.cli("apply", edge.configFile, "--yes");
};
const verify = (...more: string[]) => edge.cli("lottery", "verify", "main", "red-packets", ...more);

const isIn = ({ admittedAtMs }: Visitor) => admittedAtMs !== undefined;
/** What a ticket says: its id, and until when its holder counts as waiting, 0 for not at all. */
const claimsOf = ({ ticket = "" }: Visitor): { id: string; u: number } =>
  JSON.parse(Buffer.from(ticket.split(".")[1] ?? "", "base64url").toString());
const leave = (visitor: Visitor) => crowd.send(visitor, "/.tidegate/queue/main/leave", "POST");

/** Polls all of them until so many are in, and once more: those, in the order of `waiting`. */
async function untilIn(waiting: readonly Visitor[], count: number): Promise<Visitor[]> {
  const left = waiting.filter((visitor) => !isIn(visitor));
  const deadlineMs = Date.now() + 30_000;
  while (left.filter(isIn).length < count && Date.now() < deadlineMs) {
    await Promise.all(left.filter((visitor) => !isIn(visitor)).map((visitor) => crowd.poll(visitor)));
    await sleep(200);
  }
  await Promise.all(left.filter((visitor) => !isIn(visitor)).map((visitor) => crowd.poll(visitor)));
  return left.filter(isIn);
}

/** The public permutation, worked out from nothing but what is published: by SHA-256 of seed and ticket id. */
function permuted(seed: string, visitors: readonly Visitor[], ids: ReadonlyMap<Visitor, string>): Visitor[] {
  const lotOf = (visitor: Visitor) =>
    createHash("sha256")
      .update(Buffer.from(seed, "hex"))
      .update(ids.get(visitor) ?? "")
      .digest("hex");
  return [...visitors].sort((one, other) => (lotOf(one) < lotOf(other) ? -1 : 1));
}

describe("an event with a lottery", { timeout: 120_000 }, () => {
  it("gathers people, calls them as the seed says, and whoever comes later by arrival", async () => {
    const early = await crowd.join(0);
    expect(isIn(early)).toBe(true);
    const startMs = Date.now() + GATHERING_MS;
    const limits = { active_limit: WAVE, prequeue: "1h", lottery: true };
    const redPackets = event("red-packets", startMs, startMs + HOUR_MS, limits);
    const applied = await apply(withEvents(redPackets));
    expect(applied.code, applied.stderr).toBe(0);
    // Both edges go by it within a second.
    await expect
      .poll(
        async () => {
          const probes = await Promise.all([crowd.join(1), crowd.join(2)]);
          await Promise.all(probes.map(leave));
          return probes.some(isIn);
        },
        { timeout: 5_000 },
      )
      .toBe(false);

    // There are a hundred slots and nobody gets one, or is told a place; whoever is in stays in.
    const gathered: Visitor[] = [];
    for (let index = 0; index < GATHERED; index += 1) gathered.push(await crowd.join(10 + index));
    expect(gathered.filter(isIn)).toEqual([]);
    expect(gathered.flatMap(({ positions }) => positions)).toEqual([]);
    const ids = new Map(gathered.map((visitor) => [visitor, claimsOf(visitor).id]));
    expect((await crowd.ask(early)).status).toBe(200);
    await leave(early);
    const gathering = await verify("--json");
    expect([gathering.code, gathering.stderr]).toEqual([1, expect.stringContaining("not verified yet")]);
    const { commitment, seed: sealed } = JSON.parse(gathering.stdout);
    expect([commitment, sealed]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), null]);
    // An edge that has not heard of the draw counts nobody: a later poll will.
    await expect
      .poll(
        async () => {
          const uncounted = gathered.filter((visitor) => claimsOf(visitor).u === 0);
          await Promise.all(uncounted.map((visitor) => crowd.poll(visitor)));
          return (await roomStatus(edge)).waiting;
        },
        { timeout: GATHERING_MS, interval: 200 },
      )
      .toBe(GATHERED);
    expect(Date.now(), "the machine is too slow: nobody could gather").toBeLessThan(startMs);

    // At the start the seed is public, and it is the one that was promised.
    await sleep(startMs - Date.now() + 50);
    await untilIn(gathered, WAVE);
    const { json } = await crowd.send(early, "/.tidegate/queue/main/lottery");
    const [{ seed }] = json as unknown as [LotteryView & { seed: string }];
    expect(createHash("sha256").update(Buffer.from(seed, "hex")).digest("hex")).toBe(commitment);
    const order = permuted(seed, gathered, ids);

    const late: Visitor[] = [];
    for (let index = 0; index < LATE; index += 1) {
      late.push(await crowd.join(100 + index));
      await sleep(2 * BUCKET_MS);
    }
    const line = [...order, ...late];
    const rest = order.slice(WAVE);
    // Each is told a place by the draw. How exact it is, test/policy/room.test.ts shows: edges that lag are off by some.
    await Promise.all(rest.map((visitor) => crowd.poll(visitor)));
    const told = rest.map(({ positions }) => positions.at(-1) ?? 0);
    console.log(`those behind the first wave are told the places ${told.join(" ")}`);
    expect(Math.min(...told)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...told)).toBeGreaterThanOrEqual(rest.length / 2);
    let inside = order.filter(isIn);
    for (let at = 0; at < line.length; at += WAVE) {
      expect(inside.map(({ index }) => index)).toEqual(line.slice(at, at + WAVE).map(({ index }) => index));
      await Promise.all(inside.map(leave));
      const waiting = line.slice(at + WAVE);
      inside = await untilIn(waiting, Math.min(WAVE, waiting.length));
    }
    expect(grownPositions([...gathered, ...late])).toEqual([]);

    const verified = await verify("--json", "--commitment", commitment, "--ticket", ...ids.values());
    expect(verified.code, verified.stderr).toBe(0);
    const { drawn } = JSON.parse(verified.stdout) as { drawn: { ticket: string; rank: number }[] };
    const ranked = drawn.toSorted((one, other) => one.rank - other.rank);
    expect(ranked.map(({ ticket }) => ticket)).toEqual(order.map((one) => ids.get(one)));
  });

  it("does not overlap with another", async () => {
    const startMs = Date.now() + HOUR_MS;
    const refused = await apply(
      withEvents(
        event("one", startMs, startMs + HOUR_MS),
        event("two", startMs + 2 * HOUR_MS, startMs + 3 * HOUR_MS, { prequeue: "90m" }),
      ),
    );
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/TG1707 rooms\[0\]\.events\[1\]\.start/),
    ]);
  });
});
