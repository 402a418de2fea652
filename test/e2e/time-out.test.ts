// The pool's time-out runs until the response's headers and no further.

import { createHash } from "node:crypto";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sha256OfBytes } from "../../scripts/demo/bytes.ts";
import { expectProblem } from "../support/problem.ts";
import { rawRequest, sendRaw } from "../support/raw.ts";
import { startWallet, type Wallet } from "../support/wallet.ts";

const TIMEOUT_MS = 500;
const SOON_MS = TIMEOUT_MS + 1_500;

let wallet: Wallet;
beforeAll(async () => {
  wallet = await startWallet({ pool: { timeout: `${TIMEOUT_MS}ms` } });
});
beforeEach(() => wallet.region.settle());

const send = (method: string, target: string, lines: string[] = [], body = "") =>
  sendRaw(wallet.edge.url, rawRequest(wallet.edge.url, method, target, lines, body));

describe("the header time-out", () => {
  it.each(["GET", "HEAD"])("answers %s with 504 in time when the headers do not come", async (method) => {
    const startMs = performance.now();
    const response = await send(method, "/slow?ms=20000");
    const tookMs = performance.now() - startMs;
    if (method === "GET") expectProblem(response, 504, ["127.0.0.1", String(wallet.region.port)]);
    else expect(response.status).toBe(504);
    expect(tookMs).toBeGreaterThanOrEqual(TIMEOUT_MS - 20);
    expect(tookMs).toBeLessThan(SOON_MS);
  });

  it("gives the origin's connection up as well", async () => {
    await send("GET", "/slow?ms=20000");
    await expect.poll(async () => (await wallet.region.counts()).abortedTotal, { timeout: 5_000 }).toBe(1);
    expect((await wallet.region.counts()).aborted[0]?.afterMs).toBeLessThan(SOON_MS);
  });

  it("strikes when headers come byte by byte", async () => {
    await wallet.region.set({ fault: "slow-headers" });
    const response = await send("GET", "/api/balance");
    await wallet.region.set({ fault: "none" });
    expectProblem(response, 504);
  });

  it("leaves a body alone that takes longer than the time-out", async () => {
    const response = await send("GET", `/drip?ms=${TIMEOUT_MS * 4}&bytes=5000`);
    expect(response).toMatchObject({ status: 200, isComplete: true });
    expect(createHash("sha256").update(response.body).digest("hex")).toBe(sha256OfBytes(5000));
  });

  it("leaves an answer alone that comes in time", async () => {
    expect((await send("GET", "/slow?ms=50")).status).toBe(200);
  });

  it("tells a wallet that the outcome of its POST is not known", async () => {
    await wallet.region.set({ fault: "hang" });
    const body = JSON.stringify({ paymentId: "hung", amount: "1", currency: "HKD" });
    const response = await send("POST", "/api/pay", [`Content-Length: ${body.length}`], body);
    await wallet.region.set({ fault: "none" });
    expect(expectProblem(response, 504).type).toMatch(/\/outcome-unknown$/);
    expect((await wallet.region.counts()).byPayment).toEqual({ hung: 1 });
  });
});
