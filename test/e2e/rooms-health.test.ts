// A room that closes live, by its regions' health or by command: nobody new within a second, nobody put out, and back again.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Crowd, sleep, type Visitor } from "../../scripts/lib/crowd.ts";
import type { AuditAnswer } from "../../src/config/operator-api.ts";
import { pool } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { untilState } from "../support/health.ts";
import { type Region, startRegion } from "../support/region.ts";
import { roomStatus } from "../support/rooms.ts";

const LIMIT = 40;
/** Users who stay: more than the half of the limit that is left while one of two regions is away. */
const STAYING = 26;
const NEWCOMER_EVERY_MS = 40;
const CLOSED_WITHIN_MS = 1_000;
/** A busy machine's timers and answers are late. */
const LATE_MS = 500;
const ENOUGH = 10;

let edge: Edge;
let killed: Region;

beforeAll(async () => {
  const [hk, sg] = await Promise.all([startRegion("hk"), startRegion("sg")]);
  killed = await startRegion("hk");
  const more = {
    ...{ affinity: "none", slow_start: { window: "0s" }, ejection: { base: "1s" } },
    health: { interval: "1s", timeout: "800ms", fall: 1, rise: 1 },
  };
  const pools = [pool("drained", [hk, sg], more), pool("killed", [killed, sg], more), pool("held", [sg])];
  edge = await startEdge({
    config: {
      pools,
      routes: pools.map(({ name }) => ({ hosts: [`${name}.test`], path: "/*", pool: name, room: name })),
      rooms: pools.map(({ name }) => ({ name, active_limit: LIMIT, session: "60s" })),
    },
    edges: 2,
  });
});
const crowds: Crowd[] = [];
afterAll(() => {
  for (const crowd of crowds) crowd.close();
});

/** One command after the other: of two at the same time one is refused, as the state that it saw is no more. */
let last: Promise<void> = Promise.resolve();
function done(...args: string[]): Promise<void> {
  last = last.then(async () => {
    const finished = await edge.cli(...args, "--yes");
    expect(finished.code, finished.stderr).toBe(0);
  });
  return last;
}

/** When Control last took a write of this kind, epoch milliseconds. */
async function writtenAtMs(action: string): Promise<number> {
  const answer = await fetch(`${edge.url}/.tidegate/admin/api/audit`, {
    headers: { authorization: `Bearer ${edge.token}` },
  });
  const { records } = (await answer.json()) as AuditAnswer;
  return Math.max(...records.filter((one) => one.action === action).map(({ at }) => Date.parse(at)));
}

interface Case {
  readonly name: string;
  /** Whoever is in beyond it stays in. */
  readonly limit: number;
  /** Closes the room; when Control knew, epoch milliseconds. */
  close(): Promise<number>;
  /** The same the other way. */
  open(): Promise<number>;
}

const CASES: readonly Case[] = [
  {
    name: "drained",
    limit: LIMIT / 2,
    close: async () => {
      await done("drain", "drained", "hk");
      return writtenAtMs("drain");
    },
    open: async () => {
      await done("undrain", "drained", "hk");
      return writtenAtMs("undrain");
    },
  },
  {
    name: "killed",
    limit: LIMIT / 2,
    close: async () => {
      await killed.process.kill9();
      await untilState(edge, "killed", "hk", ["unhealthy", "ejected"]);
      return Date.now();
    },
    open: async () => {
      await startRegion("hk", { port: killed.port });
      await untilState(edge, "killed", "hk", ["healthy"], 30_000);
      return Date.now();
    },
  },
  {
    name: "held",
    limit: LIMIT,
    close: async () => {
      await done("room", "held", "--mode", "hold");
      return writtenAtMs("room");
    },
    open: async () => {
      await done("room", "held", "--mode", "auto");
      return writtenAtMs("room");
    },
  },
];

/** People who come one after the other and leave at once, in or not. */
function startNewcomers(crowd: Crowd, room: string) {
  const seen: Visitor[] = [];
  let isOver = false;
  const comeAndGo = async (index: number) => {
    const visitor = await crowd.join(index);
    seen.push(visitor);
    await crowd.send(visitor, `/.tidegate/queue/${room}/leave`, "POST");
  };
  const running = (async () => {
    const visits: Promise<void>[] = [];
    for (let index = STAYING; !isOver; index += 1) {
      visits.push(comeAndGo(index));
      await sleep(NEWCOMER_EVERY_MS);
    }
    await Promise.all(visits);
  })();
  return {
    seen,
    stop: () => {
      isOver = true;
      return running;
    },
  };
}

const isIn = ({ admittedAtMs }: Visitor) => admittedAtMs !== undefined;
/** Epoch milliseconds. */
const cameAtMs = ({ joinedAtMs }: Visitor) => performance.timeOrigin + joinedAtMs;

describe("a room", { timeout: 90_000 }, () => {
  it.concurrent.for(CASES)("whose regions or mode change is $name", async (one, { expect }) => {
    const { name, limit, close, open } = one;
    const crowd = new Crowd({ urls: edge.urls, room: name, headersOf: () => ({ host: `${name}.test` }) });
    crowds.push(crowd);
    const staying: Visitor[] = [];
    for (let index = 0; index < STAYING; index += 1) staying.push(await crowd.join(index));
    expect(staying.every(isIn)).toBe(true);
    const { seen, stop } = startNewcomers(crowd, name);
    await expect.poll(() => seen.filter(isIn).length, { timeout: 20_000 }).toBeGreaterThan(ENOUGH);

    const closedAtMs = await close();
    const overAtMs = closedAtMs + CLOSED_WITHIN_MS + LATE_MS;
    await expect
      .poll(() => seen.filter((newcomer) => cameAtMs(newcomer) > overAtMs).length, { timeout: 20_000 })
      .toBeGreaterThan(ENOUGH);
    await stop();
    const lastMs = Math.max(...seen.filter(isIn).map(cameAtMs)) - closedAtMs;
    console.log(`${name}: the last newcomer came in ${lastMs.toFixed(0)} ms after Control knew`);
    expect(lastMs).toBeLessThanOrEqual(CLOSED_WITHIN_MS + LATE_MS);
    expect(await roomStatus(edge, name)).toMatchObject({ limit });
    // Twice: once at each edge.
    for (const user of [...staying, ...staying]) expect((await crowd.ask(user)).status).toBe(200);

    const waiting = await crowd.join(STAYING);
    expect(isIn(waiting)).toBe(false);
    const openedAtMs = await open();
    await expect
      .poll(async () => (await crowd.poll(waiting)).json?.state, { timeout: 20_000, interval: 200 })
      .toBe("admitted");
    const inAfter = performance.timeOrigin + (waiting.admittedAtMs ?? 0) - openedAtMs;
    console.log(`${name}: whoever waited was in ${inAfter.toFixed(0)} ms after Control knew of the return`);
    expect(await roomStatus(edge, name)).toMatchObject({ limit: LIMIT });
  });
});
