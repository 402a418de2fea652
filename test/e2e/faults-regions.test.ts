// The fault matrix, regions: each fault of an origin, in one region of three and in all, for each kind of exchange.
import { beforeAll } from "vitest";
import { pool, poolsConfig } from "../support/config.ts";
import { startEdge } from "../support/edge.ts";
import { startFaultOrigins } from "../support/fault-origins.ts";
import { Gathering } from "../support/fault-suite.ts";
import type { Cell, Reach } from "../support/fault-table.ts";
import { REGION_CELLS } from "../support/fault-table-regions.ts";

const TIMEOUT_MS = 3_000;
/** Longer than a body of 4 KB at 1 KB/s takes, and shorter than one of 128 KB. */
const DEADLINE_MS = 8_000;
/** Cells of these wait, all together; the others are quick and take turns beside them. */
const WAITING = ["hang", "slow-headers", "headers-then-hang", "trickle", "delay-1s"];
const QUICK_AT_A_TIME = 8;

const gathering = new Gathering();
const hostOf = ({ fault, exchange }: Cell) => `${fault}-${exchange.toLowerCase()}`;

beforeAll(async () => {
  const origins = await startFaultOrigins();
  // A pool for each cell: what one cell taught the edge is not known in another.
  const edgeFor = (reach: Reach) => {
    const pools = REGION_CELLS.filter((cell) => cell.reach === reach).map((cell) => {
      const regions = [0, 1, 2].map((index) =>
        origins.at(reach === "all" || index === 0 ? cell.fault : "none", index),
      );
      const ejection = { count_5xx: cell.fault === "grey" };
      return pool(hostOf(cell), regions, { affinity: "none", timeout: `${TIMEOUT_MS}ms`, ejection });
    });
    return startEdge({ config: poolsConfig(pools) });
  };
  const [one, all] = await Promise.all([edgeFor("one"), edgeFor("all")]);
  const urls: Record<Reach, string> = { one: one.url, all: all.url };
  const ask = async (cell: Cell) => {
    const headers = { host: `${hostOf(cell)}.test` };
    const how = { url: urls[cell.reach], headers, deadlineMs: DEADLINE_MS };
    for (const must of cell.musts) await gathering.ask(cell, must, how);
  };
  const waiting = REGION_CELLS.filter(({ fault }) => WAITING.includes(fault)).map(ask);
  const quick = REGION_CELLS.filter(({ fault }) => !WAITING.includes(fault));
  for (let at = 0; at < quick.length; at += QUICK_AT_A_TIME) {
    await Promise.all(quick.slice(at, at + QUICK_AT_A_TIME).map(ask));
  }
  await Promise.all(waiting);
  await gathering.count(REGION_CELLS, origins);
}, 180_000);

gathering.describe("a region that fails", REGION_CELLS);
