// The fault matrix, killed edges: what is in flight is broken and never done twice, and all that was promised holds after it.
import { beforeAll, expect, vi } from "vitest";
import { startEdge } from "../support/edge.ts";
import { AGENT, addressOf, faultConfig, passFrom } from "../support/fault-config.ts";
import { type FaultOrigins, startFaultOrigins } from "../support/fault-origins.ts";
import { Gathering } from "../support/fault-suite.ts";
import { type Cell, idOf, type Must } from "../support/fault-table.ts";
import { EDGE_CELLS } from "../support/fault-table-clocks.ts";

/** Longer than 4 KB at 1 KB/s take, and shorter than 128 KB. */
const DEADLINE_MS = 8_000;
const HOSTS: Readonly<Record<string, string>> = {
  users: "plain",
  "under a limit of three": "three",
  "with a pass of before": "queueing",
};

const gathering = new Gathering();
const passes = new Map<string, string>();

beforeAll(async () => {
  const origins = await startFaultOrigins();
  const config = faultConfig(origins, []);
  // Two machines: each edge is a process of its own with its own objects.
  const [first, second] = await Promise.all([startEdge({ config }), startEdge({ config })]);
  const [one, all] = [
    EDGE_CELLS.filter(({ reach }) => reach === "one"),
    EDGE_CELLS.filter(({ reach }) => reach === "all"),
  ];

  const broken = askAll(one, "in flight at a killed edge", first.url);
  const elsewhere = askAll(one, "in flight at another edge", second.url);
  await untilAllArrived(origins, one, 2);
  await first.kill9();
  await Promise.all([broken, elsewhere, askAll(one, "users", second.url)]);

  for (const cell of all) {
    passes.set(idOf(cell), await passFrom(second.url, addressOf(`${idOf(cell)} with a pass of before`)));
  }
  await askAll(all, "under a limit of three", second.url, 0.5);
  const last = askAll(all, "in flight at a killed edge", second.url);
  await untilAllArrived(origins, all, 1);
  await second.kill9();
  await last;
  await second.restart();
  await Promise.all([
    askAll(all, "users", second.url),
    askAll(all, "under a limit of three", second.url, 0.5),
    askAll(all, "with a pass of before", second.url),
  ]);
  await gathering.count(EDGE_CELLS, origins);
}, 180_000);

function askAll(cells: readonly Cell[], who: string, url: string, share = 1): Promise<unknown> {
  return Promise.all(
    cells.flatMap((cell) =>
      cell.musts.filter((must) => must.who === who).map((must) => ask(cell, must, url, share)),
    ),
  );
}

function ask(cell: Cell, { who, requests }: Must, url: string, share: number): Promise<void> {
  const pass = who === "with a pass of before" ? passes.get(idOf(cell)) : undefined;
  const headers = {
    host: `${HOSTS[who] ?? "slow"}.test`,
    "user-agent": AGENT,
    "cf-connecting-ip": addressOf(`${idOf(cell)} ${who}`),
    ...(pass === undefined ? {} : { "tidegate-pass": pass }),
  };
  return gathering.ask(cell, { who, requests: requests * share }, { url, headers, deadlineMs: DEADLINE_MS });
}

/** Whatever is in flight has been counted by its region, `kinds` of clients of each cell. */
async function untilAllArrived(origins: FaultOrigins, cells: readonly Cell[], kinds: number): Promise<void> {
  const ids = cells.map(idOf);
  const wanted = cells.length * kinds * 3;
  const arrived = async () => {
    const { byUser, byPayment } = await origins.counted();
    const own = [...byUser].filter(
      ([user]) => ids.some((id) => user.startsWith(id)) && user.includes("in flight"),
    );
    const payments = [...byPayment].filter(
      ([id]) => ids.some((one) => id.startsWith(one)) && id.includes("in flight"),
    );
    expect(own.reduce((sum, [, times]) => sum + times, 0)).toBe(wanted);
    // A payment's head may be there before its body.
    expect(payments.length).toBe(kinds * 3);
  };
  await vi.waitFor(arrived, { timeout: DEADLINE_MS, interval: 20 });
}

gathering.describe("an edge that is killed", EDGE_CELLS);
