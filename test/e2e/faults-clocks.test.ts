// The fault matrix, clocks: one edge's time is wrong or goes back, or that of all edges and objects together.
import { beforeAll } from "vitest";
import { AGENT, addressOf, faultConfig, passFrom, timeAt } from "../support/fault-config.ts";
import { buildFaultBundle, type FaultEdge, startFaultEdge } from "../support/fault-edge.ts";
import { startFaultOrigins } from "../support/fault-origins.ts";
import { Gathering } from "../support/fault-suite.ts";
import { idOf, type Must } from "../support/fault-table.ts";
import {
  CLOCK_CELLS,
  CLOCK_FAULTS,
  CLOCK_HOSTS,
  type ClockCell,
  type ClockFault,
} from "../support/fault-table-clocks.ts";

const DEADLINE_MS = 5_000;
/** A question of the time and its answer may be so long on their way. */
const NEAR_MS = 2_000;
const FAULTS = Object.keys(CLOCK_FAULTS) as ClockFault[];
/** The first edge has the objects; each of the others has one of the faults while one edge is meant. */
const EDGES = [0, 1, 2, 3];

const gathering = new Gathering();
const passes = new Map<string, string>();

beforeAll(async () => {
  const [origins, bundle] = await Promise.all([startFaultOrigins(), buildFaultBundle()]);
  const edge = await startFaultEdge(bundle, EDGES.length, faultConfig(origins, []));
  for (const cell of CLOCK_CELLS) {
    passes.set(
      idOf(cell),
      await passFrom(edge.urls[0] ?? "", addressOf(`${idOf(cell)} with a pass of before`)),
    );
  }
  await Promise.all(FAULTS.map((fault, index) => askCells(edge, fault, "one", [1 + index])));
  // The object's time goes on through all of these; the largest step comes last.
  for (const fault of FAULTS) await askCells(edge, fault, "all", EDGES);
  await gathering.count(CLOCK_CELLS, origins);
}, 180_000);

async function askCells(
  edge: FaultEdge,
  fault: ClockFault,
  reach: string,
  at: readonly number[],
): Promise<void> {
  const cells = CLOCK_CELLS.filter((cell) => cell.fault === fault && cell.reach === reach);
  for (const skewMs of CLOCK_FAULTS[fault]) {
    await Promise.all(at.map((index) => edge.set(index, { skewMs })));
    const offMs = (await timeAt(edge.urls[at[0] ?? 0] ?? "")) - Date.now();
    if (Math.abs(offMs - skewMs) > NEAR_MS) throw new Error(`the clock is ${offMs} ms off, not ${skewMs}`);
    await Promise.all(
      cells.flatMap((cell, index) =>
        cell.musts.map((must) => ask(edge.urls[at[index % at.length] ?? 0] ?? "", cell, must)),
      ),
    );
  }
  await Promise.all(at.map((index) => edge.set(index, {})));
}

/** Half of what is to be sent, before or after the clock's step. */
function ask(url: string, cell: ClockCell, { who, requests }: Must): Promise<void> {
  const pass = who === "with a pass of before" ? passes.get(idOf(cell)) : undefined;
  const headers = {
    host: `${CLOCK_HOSTS[who as keyof typeof CLOCK_HOSTS]}.test`,
    "user-agent": AGENT,
    "cf-connecting-ip": addressOf(`${idOf(cell)} ${who}`),
    ...(pass === undefined ? {} : { "tidegate-pass": pass }),
  };
  return gathering.ask(cell, { who, requests: requests / 2 }, { url, headers, deadlineMs: DEADLINE_MS });
}

gathering.describe("a clock that is wrong", CLOCK_CELLS);
