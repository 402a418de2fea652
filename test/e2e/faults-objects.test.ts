// The fault matrix, control objects: each fails in four ways, for the calls of one edge and of all, on bare workerd with
// the product's own code (test/worker/fault-worker.ts).
import { beforeAll, expect, it, vi } from "vitest";
import { Crowd } from "../../scripts/lib/crowd.ts";
import { AGENT, addressOf, apiKey, faultConfig, passFrom, readFrom } from "../support/fault-config.ts";
import { buildFaultBundle, type FaultEdge, startFaultEdge } from "../support/fault-edge.ts";
import { type FaultOrigins, startFaultOrigins } from "../support/fault-origins.ts";
import { Gathering } from "../support/fault-suite.ts";
import { EXCHANGES, idOf } from "../support/fault-table.ts";
import {
  HOSTS,
  OBJECT_CELLS,
  OBJECT_FAULTS,
  OBJECTS,
  type ObjectCell,
  type ObjectFault,
  type ObjectName,
  type Who,
} from "../support/fault-table-objects.ts";
import { statusOf } from "../support/health.ts";

/** Half of what a slow object takes: nobody waits for one. */
const DEADLINE_MS = 5_000;
/** From here on a snapshot is refreshed before the request that comes. */
const SNAPSHOT_OLD_MS = 1_100;
/** A monitor's next alarm, also the one that comes again after a failure. */
const STRUCK_WITHIN_MS = 30_000;
const RECOVERED_WITHIN_MS = 20_000;
/** Each object fails in an edge of its own; the first has the objects, and its monitors. */
const EDGE_OF: Readonly<Record<ObjectName, number>> = {
  MONITOR: 0,
  CONTROL: 1,
  LIMITER: 2,
  ROOM: 3,
  PLACES: 4,
};
const EDGES = [0, 1, 2, 3, 4];

const gathering = new Gathering();
const edges = new Map<ObjectFault, FaultEdge>();
const signedIn = (cell: ObjectCell) => `${cell.reach} ${cell.exchange}`;
const cellsOf = (kind: ObjectFault, object: ObjectName, reach: string) =>
  OBJECT_CELLS.filter((cell) => cell.kind === kind && cell.object === object && cell.reach === reach);

beforeAll(async () => {
  const [origins, bundle] = await Promise.all([startFaultOrigins(), buildFaultBundle()]);
  await Promise.all(OBJECT_FAULTS.map((kind) => tryAll(kind, origins, bundle)));
  await gathering.count(OBJECT_CELLS, origins);
}, 180_000);

async function tryAll(kind: ObjectFault, origins: FaultOrigins, bundle: string): Promise<void> {
  const users = EXCHANGES.flatMap((exchange) => [`one ${exchange}`, `all ${exchange}`]);
  const edge = await startFaultEdge(bundle, EDGES.length, faultConfig(origins, users));
  edges.set(kind, edge);
  const passes = new Map<string, string>();
  for (const cell of OBJECT_CELLS.filter((one) => one.kind === kind && one.object === "ROOM")) {
    passes.set(idOf(cell), await passFrom(edge.urls[0] ?? "", addressOf(idOf(cell))));
  }
  await Promise.all(
    OBJECTS.map((object) =>
      edge.set(EDGE_OF[object], { objects: { [object]: kind }, monitorsOf: "watched" }),
    ),
  );
  await Promise.all(
    OBJECTS.map((object) => askCells(edge, cellsOf(kind, object, "one"), () => EDGE_OF[object], passes)),
  );
  for (const object of OBJECTS) {
    await Promise.all(EDGES.map((at) => edge.set(at, { objects: { [object]: kind } })));
    await askCells(edge, cellsOf(kind, object, "all"), (index) => 1 + index, passes);
  }
  await Promise.all(EDGES.map((at) => edge.set(at, {})));
}

async function askCells(
  edge: FaultEdge,
  cells: readonly ObjectCell[],
  edgeAt: (index: number) => number,
  passes: ReadonlyMap<string, string>,
): Promise<void> {
  const [{ object } = { object: "CONTROL" as const }] = cells;
  const before = await edge.struck(EDGE_OF[object], object);
  if (object === "CONTROL") await new Promise((resolve) => setTimeout(resolve, SNAPSHOT_OLD_MS));
  const isStruck = () =>
    vi.waitFor(async () => expect(await edge.struck(EDGE_OF[object], object)).toBeGreaterThan(before), {
      timeout: STRUCK_WITHIN_MS,
    });
  if (object === "MONITOR") await isStruck();
  await Promise.all(
    cells.map(async (cell, index) => {
      for (const must of cell.musts) {
        const who = must.who as Who;
        const isElsewhere = who.endsWith("at another edge");
        const url = edge.urls[isElsewhere ? 0 : edgeAt(index)] ?? "";
        await gathering.ask(cell, must, {
          url,
          headers: headersOf(cell, who, passes),
          deadlineMs: DEADLINE_MS,
        });
      }
    }),
  );
  if (object !== "MONITOR") await isStruck();
}

function headersOf(cell: ObjectCell, who: Who, passes: ReadonlyMap<string, string>): Record<string, string> {
  const pass = who === "with a pass" ? passes.get(idOf(cell)) : undefined;
  return {
    host: `${HOSTS[who]}.test`,
    "user-agent": AGENT,
    "cf-connecting-ip": addressOf(`${idOf(cell)} ${pass === undefined ? who : ""}`.trim()),
    ...(pass === undefined ? {} : { "tidegate-pass": pass }),
    ...(who.startsWith("signed in") ? { "x-api-key": apiKey(signedIn(cell)) } : {}),
  };
}

gathering.describe("a control object that fails", OBJECT_CELLS);

it.each(OBJECT_FAULTS)(
  "origins stayed healthy, and limits and rooms are served again: %s",
  async (kind) => {
    const edge = edges.get(kind);
    if (edge === undefined) throw new Error("not started");
    const { pools } = await statusOf({ url: edge.urls[0] ?? "", token: edge.token });
    for (const { origins } of pools) for (const { state } of origins) expect(state).toBe("healthy");
    const read = async () => (await readFrom(edge.urls[EDGE_OF.LIMITER] ?? "", "closed", "10.9.9.9")).status;
    await expect.poll(read, { timeout: RECOVERED_WITHIN_MS, interval: 200 }).toBe(200);
    // Whoever gets a place in line comes in with it, as behind those who got theirs during the fault.
    const crowd = new Crowd({
      urls: [edge.urls[EDGE_OF.ROOM] ?? ""],
      room: "queueing",
      headersOf: () => ({ host: "queueing.test", "user-agent": AGENT }),
    });
    const deadlineMs = performance.now() + RECOVERED_WITHIN_MS;
    const visitor = await crowd.join(0);
    await crowd.wait(visitor, () => performance.now() > deadlineMs);
    crowd.close();
    expect(visitor.admittedAtMs).toBeDefined();
  },
  60_000,
);
