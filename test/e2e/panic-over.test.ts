// A panic that only live traffic saw, before regions without probes: it is over by itself once they answer.
import { beforeAll, describe, expect, it } from "vitest";
import { pool, poolsConfig } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { originStatus, untilAllAre } from "../support/health.ts";
import { answerKind, closedLoop, tallyBy } from "../support/journal.ts";
import { payment } from "../support/payment.ts";
import { type Region, setAll, startRegions } from "../support/region.ts";

/** An ejection is over after ten seconds at the earliest; three reads have to succeed, one a second. */
const OVER_WITHIN_MS = 30_000;

let regions: Region[];
let edge: Edge;
beforeAll(async () => {
  regions = await startRegions("hk", "sg", "fra");
  edge = await startEdge({
    config: poolsConfig([pool("wallet", regions, { affinity: "none", ejection: { base: "1s" } })]),
  });
});

const headers = { Host: "wallet.test" };
const read = () =>
  closedLoop({
    urls: [edge.url],
    requests: 10,
    concurrency: 2,
    shot: () => ({ path: "/api/balance", headers }),
  });
const pay = async (id: string) =>
  tallyBy(
    await closedLoop({ urls: [edge.url], requests: 1, concurrency: 1, shot: () => payment(id, headers) }),
    answerKind,
  );

describe("two of three regions that live traffic has ejected", () => {
  it("come back by the reads that try them, so that payments are taken again", async () => {
    const failing = regions.slice(1);
    await setAll(failing, { fault: "status-503", scope: "traffic" });
    await expect
      .poll(async () => (await read()) && pay("refused"), { timeout: 15_000 })
      .toEqual({ "503 busy": 1 });
    await untilAllAre(edge, ["wallet sg", "wallet fra"], ["ejected"]);
    await setAll(failing, { fault: "none" });
    const wellAtMs = Date.now();
    let number = 0;
    await expect
      .poll(async () => (await read()) && pay(`again-${number++}`), {
        timeout: OVER_WITHIN_MS,
        interval: 200,
      })
      .toEqual({ 201: 1 });
    console.log(`panic: payments again ${Date.now() - wellAtMs} ms after the regions answer`);
    // The panic is over with the first that is back; the other is proven by reads as well, which have to go on.
    const states = () => Promise.all(["sg", "fra"].map((name) => originStatus(edge, "wallet", name)));
    await expect
      .poll(async () => (await read()) && (await states()).map(({ state }) => state), {
        timeout: OVER_WITHIN_MS,
        interval: 200,
      })
      .toEqual(["healthy", "healthy"]);
  });
});
