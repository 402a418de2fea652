// A client that leaves is seen at the origin within a second, as far as its TCP connection can tell.
//
// A client that closes its socket sends FIN, which may also mean "I have nothing more to send, but I listen". workerd,
// as Jetty and proxygen do, goes on for such a half-closed client (RFC 9112, section 9.6), and learns the truth from the
// RST that its next byte is answered with. While it has nothing to send, the pool's time-out ends the wait.
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openRaw, rawRequest } from "../support/raw.ts";
import { startWallet, type Wallet } from "../support/wallet.ts";

const WITHIN_MS = 1_000;
const TIMEOUT_MS = 2_000;

let wallet: Wallet;
beforeAll(async () => {
  wallet = await startWallet({ pool: { timeout: `${TIMEOUT_MS}ms` } });
});
beforeEach(() => wallet.region.settle());

interface Leaving {
  how: "close" | "reset";
  /** Leaves only when this holds of what has been received. */
  when?: (received: Buffer) => boolean;
}

/** Sends, leaves once the origin has the request, and tells how long the origin took to see it. */
async function leave(request: string, { how, when = () => true }: Leaving): Promise<number> {
  const client = openRaw(wallet.edge.url);
  client.socket.write(request);
  await expect.poll(async () => (await wallet.region.counts()).inFlight).toBe(1);
  await expect.poll(() => when(client.received())).toBe(true);
  const leftMs = Date.now();
  if (how === "reset") client.socket.resetAndDestroy();
  else client.socket.destroy();
  await expect.poll(async () => (await wallet.region.counts()).abortedTotal, { timeout: 10_000 }).toBe(1);
  return ((await wallet.region.counts()).aborted[0]?.atMs ?? 0) - leftMs;
}

const get = (target: string) => rawRequest(wallet.edge.url, "GET", target);
const hasHeaders = (received: Buffer) => received.includes("\r\n\r\n");

describe("a client that resets its connection", () => {
  it("before the headers is seen at the origin within 1 s", async () => {
    expect(await leave(get("/slow?ms=30000"), { how: "reset" })).toBeLessThan(WITHIN_MS);
  });

  it("while a POST waits for its answer is seen within 1 s", async () => {
    await wallet.region.set({ fault: "hang" });
    const body = JSON.stringify({ paymentId: "left", amount: "1", currency: "HKD" });
    const lines = [`Content-Length: ${body.length}`];
    const took = await leave(rawRequest(wallet.edge.url, "POST", "/api/pay", lines, body), { how: "reset" });
    await wallet.region.set({ fault: "none" });
    expect(took).toBeLessThan(WITHIN_MS);
    expect((await wallet.region.counts()).byPayment).toEqual({ left: 1 });
  });

  it("in a pause of the body is seen within 1 s", async () => {
    const request = get("/drip?ms=300000&bytes=1000");
    expect(await leave(request, { how: "reset", when: hasHeaders })).toBeLessThan(WITHIN_MS);
  });
});

describe("a client that closes its connection", () => {
  it("in the middle of a body that flows is seen at the origin within 1 s", async () => {
    const request = get("/bytes/1000000000");
    const when = (received: Buffer) => received.length > 100_000;
    expect(await leave(request, { how: "close", when })).toBeLessThan(WITHIN_MS);
  });

  it("between the parts of a body is seen with the next part", async () => {
    const request = get("/drip?ms=5000&bytes=1000");
    expect(await leave(request, { how: "close", when: hasHeaders })).toBeLessThan(WITHIN_MS);
  });

  it.each([
    ["with a Content-Length", ["Content-Length: 1000000"], "x".repeat(1_000)],
    ["in chunks", ["Transfer-Encoding: chunked"], `3e8\r\n${"x".repeat(1_000)}\r\n`],
  ])(
    "in the middle of its own upload %s is seen within 1 s, and never taken for whole",
    async (_, lines, part) => {
      const request = rawRequest(wallet.edge.url, "POST", "/upload", lines, part);
      expect(await leave(request, { how: "close" })).toBeLessThan(WITHIN_MS);
      expect((await wallet.region.counts()).uploads).toBe(0);
    },
  );

  it("before the headers is seen at the latest with the pool's time-out", async () => {
    expect(await leave(get("/slow?ms=30000"), { how: "close" })).toBeLessThan(TIMEOUT_MS + WITHIN_MS);
  });
});

describe("a client that only ends its own half", () => {
  it("gets its answer", async () => {
    const client = openRaw(wallet.edge.url, { allowHalfOpen: true });
    client.socket.end(get("/slow?ms=200"));
    expect((await client.response()).status).toBe(200);
  });
});
