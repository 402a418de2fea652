// A room of hundreds of edges: what one edge of a place hears, its neighbours know, by the place's real cache.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Publication } from "../../src/config/room-api.ts";
import { placeKey } from "../../src/edge/place-cache.ts";
import { newRoomEdge, Rooms, showing } from "./room-edge.ts";

/** Each has its turn every 1.3 seconds. */
const FAR_EDGES = 400;

type Edge = Awaited<ReturnType<typeof newRoomEdge>>;

/** Two edges of one place, each with its own way to a Room that hears of hundreds of others. */
async function neighbours(name: string) {
  const rooms = new Rooms();
  const room = { name, active_limit: 1, claim_window: "2s" };
  const routes = { routes: [{ path: "/*", pool: "wallet", room: name }] };
  const first = await newRoomEdge(room, rooms, routes);
  const second = await newRoomEdge(room, new Rooms(rooms), routes);
  const settings = { seq: 0, rules: roomOf(first, name).rules };
  const far = rooms.room(name);
  let seq = 0;
  /** A second of exchanges of all the others. */
  const hearFar = async () => {
    seq += 1;
    await Promise.all(
      Array.from({ length: FAR_EDGES }, (_, index) =>
        far.exchange({
          ...{ edge: `far${index}`, seq, lanes: {}, letIn: [], bookings: [], ended: [] },
          ...{ isInTrouble: false, settings },
        }),
      ),
    );
  };
  await hearFar();
  return { first, second, hearFar };
}

function roomOf({ snapshot }: Edge, name: string) {
  const room = snapshot.rooms.get(name);
  if (room === undefined) throw new Error(`no room ${name}`);
  return room;
}

const exchanges = ({ rooms }: Edge) => rooms.calls.filter((call) => call === "exchange").length;

function newName(): string {
  return `r${crypto.randomUUID().slice(0, 8)}`;
}

const keyOf = (name: string) => placeKey(env, "room", name);

function put(name: string, text: string): Promise<void> {
  return caches.default.put(keyOf(name), new Response(text, { headers: { "cache-control": "max-age=60" } }));
}

function published(name: string): Promise<Publication | undefined> {
  return caches.default.match(keyOf(name)).then((found) => found?.json());
}

const BROKEN: readonly (readonly [what: string, form: string | Record<string, unknown>])[] = [
  ["no JSON", "<html>"],
  ["nothing", ""],
  ["another value", "null"],
  ["an empty object", "{}"],
  ["no time", { atMs: undefined }],
  ["no lanes", { lanes: null }],
  ["a lane of another form", { lanes: { "": { frontierMs: 0 } } }],
  ["a lane that is none", { lanes: { "": null } }],
  ["no word of who is out", { ended: undefined }],
  ["no limit", { limit: "10" }],
  ["no word of a pause", { isPaused: 1 }],
];

describe("what an edge of many hears of a Room", { timeout: 60_000 }, () => {
  it("calls people at its neighbour, whose own turn has not come", async () => {
    const name = newName();
    const { first, second } = await neighbours(name);
    const ann = await first.ask();
    expect(ann.status).toBe(200);
    const bob = await second.ask();
    expect(bob.status).toBe(503);
    await second.settled();
    const poll = () => second.ask(showing(bob), `/.tidegate/queue/${name}`);
    expect((await poll()).json.state).toBe("waiting");
    const { memory } = roomOf(second, name);
    expect(memory.pace.nextInMs).toBeGreaterThan(1000);
    await second.settled();
    // From here on this edge has no exchange of its own.
    const untilNow = exchanges(second);
    memory.pace.nextInMs = 3_600_000;
    await first.ask(showing(ann), `/.tidegate/queue/${name}/leave`, "POST");
    await first.settled();
    await expect
      .poll(
        async () => {
          // Somebody else at the neighbour, who leaves a word behind each time.
          await first.ask();
          await first.settled();
          return (await poll()).json.state;
        },
        { timeout: 30_000, interval: 200 },
      )
      .toBe("admitted");
    expect(exchanges(second)).toBe(untilNow);
  });

  it("is kept to itself where edges are few", async () => {
    const name = newName();
    const edge = await newRoomEdge({ name }, new Rooms(), {
      routes: [{ path: "/*", pool: "wallet", room: name }],
    });
    expect((await edge.ask()).status).toBe(200);
    await edge.settled();
    expect(exchanges(edge)).toBeGreaterThan(0);
    expect(await published(name)).toBeUndefined();
  });

  it("is told without the lottery's seed", async () => {
    const name = newName();
    const { first } = await neighbours(name);
    const { memory } = roomOf(first, name);
    await first.ask();
    await first.settled();
    if (memory.publication === undefined) throw new Error("nothing was heard");
    memory.publication = { ...memory.publication, lottery: { event: "day", seed: "secret-seed" } };
    const { sharePublication } = await import("../../src/edge/publication-cache.ts");
    await sharePublication(roomOf(first, name), env);
    const shared = await published(name);
    expect(shared?.atMs).toBe(memory.publication.atMs);
    expect(JSON.stringify(shared)).not.toContain("seed");
  });

  it("is ignored where it cannot be read", async () => {
    const name = newName();
    const { first } = await neighbours(name);
    await first.ask();
    await first.settled();
    const room = roomOf(first, name);
    const { hearNeighbour } = await import("../../src/edge/publication-cache.ts");
    for (const [what, broken] of BROKEN) {
      const known = room.memory.publication;
      if (known === undefined) throw new Error("nothing was heard");
      const younger = { ...known, atMs: known.atMs + 1000 };
      await put(name, typeof broken === "string" ? broken : JSON.stringify({ ...younger, ...broken }));
      await hearNeighbour(room, env);
      expect(room.memory.publication, what).toBe(known);
      // The same without the flaw is taken.
      await put(name, JSON.stringify(younger));
      await hearNeighbour(room, env);
      expect(room.memory.publication?.atMs, what).toBe(younger.atMs);
    }
  });
});
