// TRACE and CONNECT end at the edge: no echo of headers, no tunnel.
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { header, openRaw, rawRequest, sendRaw } from "../support/raw.ts";
import { startWallet, type Wallet } from "../support/wallet.ts";

let wallet: Wallet;
beforeAll(async () => {
  wallet = await startWallet();
});
beforeEach(() => wallet.region.resetCounts());

/** No request but a health check's has come. */
async function expectNothingAtOrigin(): Promise<void> {
  const { byPath } = await wallet.region.counts();
  expect(Object.keys(byPath).filter((path) => path !== "/healthz")).toEqual([]);
}

describe("methods that a proxy must not pass on", () => {
  it("TRACE gets 405 with Allow and reaches no origin", async () => {
    const lines = ["Cookie: sid=secret"];
    const response = await sendRaw(wallet.edge.url, rawRequest(wallet.edge.url, "TRACE", "/echo", lines));
    expect(response.status).toBe(405);
    expect(header(response, "allow")).toMatch(/GET/);
    expect(response.body.toString()).not.toContain("secret");
    await expectNothingAtOrigin();
  });

  it.each(["origin", "elsewhere"])("CONNECT to the %s opens no tunnel", async (where) => {
    const target = where === "origin" ? new URL(wallet.region.url).host : "example.com:443";
    const client = openRaw(wallet.edge.url);
    client.socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
    // Refused with a status, or by closing the connection without one.
    const status = await client.response().then(
      (response) => response.status,
      () => "closed" as const,
    );
    if (status !== "closed") expect(status).toBeGreaterThanOrEqual(400);
    client.socket.write("GET /api/balance HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(client.received().toString()).not.toContain("1288.00");
    client.socket.destroy();
    await expectNothingAtOrigin();
  });
});
