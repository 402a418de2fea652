// One ticket and one pass hold one slot each, however often, wherever and by whatever device they are shown.
import { beforeAll, describe, expect, it } from "vitest";
import { Crowd, exchange, sleep, type Visitor } from "../../scripts/lib/crowd.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { type Region, startRegion } from "../support/region.ts";
import { roomConfig, roomStatus } from "../support/rooms.ts";

const EDGES = 8;

let hk: Region;
let edge: Edge;
let crowd: Crowd;
beforeAll(async () => {
  hk = await startRegion("hk");
  const partner = { keys: { a: "1".repeat(24), b: "2".repeat(24) } };
  edge = await startEdge({
    config: roomConfig(
      hk.url,
      { active_limit: 2, session: "3s" },
      { identity: { api_keys: { header: "X-Api-Key", sha256: await hashes(partner.keys) } } },
    ),
    edges: EDGES,
  });
  crowd = new Crowd({ urls: edge.urls });
  return () => crowd.close();
});

async function hashes(keys: Record<string, string>): Promise<Record<string, string>> {
  const entries = Object.entries(keys).map(async ([name, key]) => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
    return [name, Buffer.from(digest).toString("hex")] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Asks at one edge with these fields. */
const ask = (index: number, headers: Record<string, string>, path = "/api/balance") =>
  exchange(undefined, edge.urls[index % EDGES] ?? "", path, "GET", {
    accept: "application/json",
    ...headers,
  });

async function untilActive(count: number): Promise<void> {
  await expect.poll(async () => (await roomStatus(edge)).active, { timeout: 10_000 }).toBe(count);
}

/** A user who has to wait, with a ticket. */
async function waiting(index: number): Promise<Visitor> {
  const visitor = await crowd.join(index);
  expect(visitor.ticket).toBeDefined();
  return visitor;
}

describe("a ticket", () => {
  it("becomes one pass by 100 polls at the same time over eight edges", async () => {
    const first = await crowd.join(1);
    const second = await crowd.join(2);
    expect([first.admittedAtMs, second.admittedAtMs]).not.toContain(undefined);
    const third = await waiting(3);
    let isFree = false;
    // The two who are in leave; from then on the one who waits asks a hundredfold.
    while (!isFree) {
      await sleep(250);
      const { active, leased } = await roomStatus(edge);
      isFree = active + leased === 0;
    }
    const polls = async () => {
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          ask(index, { "tidegate-ticket": third.ticket ?? "" }, "/.tidegate/queue/main"),
        ),
      );
      return answers.flatMap(({ json }) => (json?.state === "admitted" ? [String(json.pass)] : []));
    };
    let passes: string[] = [];
    await expect
      .poll(
        async () => {
          passes = await polls();
          return passes.length;
        },
        { timeout: 15_000, interval: 500 },
      )
      .toBe(100);
    await untilActive(1);
    const used = await Promise.all(passes.map((pass, index) => ask(index, { "tidegate-pass": pass })));
    expect(used.map(({ status }) => status)).toEqual(passes.map(() => 200));
    expect((await roomStatus(edge)).active).toBe(1);
  });

  it("makes no second pass when the first is over", async () => {
    await untilActive(0);
    const [a, b] = [await crowd.join(11), await crowd.join(12)];
    expect([a.admittedAtMs, b.admittedAtMs]).not.toContain(undefined);
    const late = await waiting(13);
    const { ticket } = late;
    await crowd.wait(late);
    expect(late.pass).toBeDefined();
    await untilActive(0);
    const again = await ask(0, { "tidegate-ticket": ticket ?? "" }, "/.tidegate/queue/main");
    expect(again.json?.state).not.toBe("admitted");
  });
});

describe("a verified user", () => {
  const keyOf = (user: "a" | "b") => ({ "x-api-key": (user === "a" ? "1" : "2").repeat(24) });
  /** Edges know for a second what they have heard of a room that was full. */
  const untilIn = (index: number, headers: Record<string, string>) =>
    expect.poll(async () => (await ask(index, headers)).status, { timeout: 10_000 }).toBe(200);

  it("has one slot over all devices at eight edges", async () => {
    await untilActive(0);
    await untilIn(0, keyOf("a"));
    await untilActive(1);
    // Devices without the pass: each edge finds out that the user is in.
    for (let index = 0; index < EDGES; index++) await untilIn(index, keyOf("a"));
    await Promise.all(Array.from({ length: 40 }, (_, index) => ask(index, keyOf("a"))));
    await untilActive(1);
    await untilIn(3, keyOf("b"));
    await untilActive(2);
  });

  it("keeps strangers from using the pass", async () => {
    await untilActive(0);
    await untilIn(0, keyOf("a"));
    const pass = (await ask(0, keyOf("a"))).headers["tidegate-pass"];
    expect(pass).toEqual(expect.any(String));
    await untilIn(1, keyOf("b"));
    await untilActive(2);
    // Without the proof of who it is, the client must be the same at least (decision 22).
    const stranger = await ask(2, { "tidegate-pass": String(pass), "user-agent": "other/1.0" });
    expect(stranger.status).toBe(503);
    expect(stranger.json?.type).toContain("queued");
  });
});
