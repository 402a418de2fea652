// A client that leaves is seen at the origin within a second, whatever the request was waiting for.
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openRaw, rawRequest } from "../support/raw.ts";
import { startWallet, type Wallet } from "../support/wallet.ts";

const WITHIN_MS = 1_000;

let wallet: Wallet;
beforeAll(async () => {
  wallet = await startWallet();
});
beforeEach(() => wallet.region.resetCounts());

/** Sends, leaves once the origin has the request (and `isUnderWay` holds), and tells how long the origin took to see it. */
async function leave(
  request: string,
  isUnderWay: (received: Buffer) => boolean = () => true,
): Promise<number> {
  const client = openRaw(wallet.edge.url);
  client.socket.write(request);
  await expect.poll(async () => (await wallet.region.counts()).inFlight).toBe(1);
  await expect.poll(() => isUnderWay(client.received())).toBe(true);
  const leftMs = Date.now();
  client.socket.destroy();
  await expect.poll(async () => (await wallet.region.counts()).abortedTotal, { timeout: 10_000 }).toBe(1);
  return ((await wallet.region.counts()).aborted[0]?.atMs ?? 0) - leftMs;
}

describe("a client that leaves", () => {
  it("before the headers", async () => {
    expect(await leave(rawRequest(wallet.edge.url, "GET", "/slow?ms=30000"))).toBeLessThan(WITHIN_MS);
  });

  it("in the middle of a body that drips", async () => {
    const request = rawRequest(wallet.edge.url, "GET", "/drip?ms=30000&bytes=1000");
    expect(await leave(request, (received) => received.includes("\r\n\r\n"))).toBeLessThan(WITHIN_MS);
  });

  it("in the middle of a large body", async () => {
    const request = rawRequest(wallet.edge.url, "GET", "/bytes/1000000000");
    expect(await leave(request, (received) => received.length > 100_000)).toBeLessThan(WITHIN_MS);
  });

  it("while a POST waits for its answer", async () => {
    await wallet.region.set({ delayMs: 30_000 });
    const body = JSON.stringify({ paymentId: "left", amount: "1", currency: "HKD" });
    const lines = [`Content-Length: ${body.length}`];
    const took = await leave(rawRequest(wallet.edge.url, "POST", "/api/pay", lines, body));
    await wallet.region.set({ delayMs: 0 });
    expect(took).toBeLessThan(WITHIN_MS);
  });

  it.each([
    ["with a Content-Length", ["Content-Length: 1000000"], "x".repeat(1_000)],
    ["in chunks", ["Transfer-Encoding: chunked"], `3e8\r\n${"x".repeat(1_000)}\r\n`],
  ])("in the middle of its own upload %s: the origin never takes it for whole", async (_, lines, part) => {
    const took = await leave(rawRequest(wallet.edge.url, "POST", "/upload", lines, part));
    expect(took).toBeLessThan(WITHIN_MS);
    expect((await wallet.region.counts()).uploads).toBe(0);
  });

  it("costs the next clients nothing", async () => {
    const response = await fetch(`${wallet.edge.url}/api/balance`);
    expect(response.status).toBe(200);
  });
});
