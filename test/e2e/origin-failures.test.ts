// An origin that fails: 502 for a read, 504 outcome-unknown for a payment that may have happened, never a false success.
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { expectProblem, type Problem } from "../support/problem.ts";
import { run } from "../support/processes.ts";
import { header, type RawResponse, rawRequest, sendRaw } from "../support/raw.ts";
import type { Settings } from "../support/region.ts";
import { startWallet, type Wallet } from "../support/wallet.ts";

let wallet: Wallet;
let inside: string[];
beforeAll(async () => {
  wallet = await startWallet({ pool: { timeout: "2s" } });
  inside = ["127.0.0.1", "localhost", String(wallet.region.port), '"hk"'];
});
beforeEach(() => wallet.region.settle());

/** The fault holds for traffic, so that a health check has nothing to object to; cleared after the test. */
async function breakWith(fault: Settings["fault"]): Promise<void> {
  await wallet.region.set({ fault, scope: "traffic" });
  onTestFinished(() => wallet.region.set({ fault: "none", scope: "all" }));
}

function send(method: string, path: string, body = ""): Promise<RawResponse> {
  const lines = body === "" ? [] : [`Content-Length: ${body.length}`, "Content-Type: application/json"];
  return sendRaw(wallet.edge.url, rawRequest(wallet.edge.url, method, path, lines, body));
}

function pay(paymentId: string): Promise<RawResponse> {
  return send("POST", "/api/pay", JSON.stringify({ paymentId, amount: "1", currency: "HKD" }));
}

describe("a read from a failing origin", () => {
  it.each(["refuse", "close", "reset", "malformed"] as const)(
    "%s: 502 that tells nothing of the inside",
    async (fault) => {
      await breakWith(fault);
      const problem = expectProblem(await send("GET", "/api/balance"), 502, inside);
      expect(problem.type).not.toMatch(/outcome-unknown/);
    },
  );

  it("HEAD gets the status alone", async () => {
    await breakWith("reset");
    const response = await send("HEAD", "/api/balance");
    expect(response.status).toBe(502);
  });

  it("each failure has a request id of its own", async () => {
    await breakWith("reset");
    const ids = new Set<string>();
    for (let index = 0; index < 5; index++) {
      ids.add(expectProblem(await send("GET", "/api/balance"), 502).requestId);
    }
    expect(ids.size).toBe(5);
  });

  it.each(["status-500", "status-503", "status-503-retry-after"] as const)(
    "%s: the origin's own answer",
    async (fault) => {
      await breakWith(fault);
      const response = await send("GET", "/api/balance");
      expect(response.status).toBe(fault === "status-500" ? 500 : 503);
      expect(JSON.parse(response.body.toString())).toEqual({ error: "fault", region: "hk" });
      expect(header(response, "retry-after")).toBe(fault === "status-503-retry-after" ? "2" : undefined);
    },
  );

  it("recovers with the origin", async () => {
    await breakWith("refuse");
    expect((await send("GET", "/api/balance")).status).toBe(502);
    await wallet.region.set({ fault: "none" });
    await expect.poll(async () => (await send("GET", "/api/balance")).status).toBe(200);
  });
});

describe("a payment to a failing origin", () => {
  it.each(["reset", "malformed"] as const)(
    "%s after it arrived: 504 outcome-unknown, sent once",
    async (fault) => {
      await breakWith(fault);
      const problem = expectProblem(await pay(`lost-${fault}`), 504, inside);
      expect(problem.type).toMatch(/\/outcome-unknown$/);
      expect((await wallet.region.counts()).byPayment).toEqual({ [`lost-${fault}`]: 1 });
    },
  );

  it("close: 504 outcome-unknown or 502, and never more than once at the origin", async () => {
    await breakWith("close");
    const response = await pay("closed");
    const problem = JSON.parse(response.body.toString()) as Problem;
    expect([502, 504]).toContain(response.status);
    if (response.status === 504) expect(problem.type).toMatch(/\/outcome-unknown$/);
    expect((await wallet.region.counts()).maxPerPayment).toBeLessThanOrEqual(1);
  });

  it("refuse: the edge never says that a payment failed which it cannot know", async () => {
    await breakWith("refuse");
    const response = await pay("refused");
    expect([502, 503, 504]).toContain(response.status);
    expectProblem(response, response.status, inside);
  });

  it.each(["PUT", "PATCH", "DELETE"])(
    "%s that was reset is a problem too, with nothing of the inside",
    async (method) => {
      await breakWith("reset");
      const response = await send(method, "/echo", "{}");
      expect([502, 504]).toContain(response.status);
      expectProblem(response, response.status, inside);
    },
  );
});

describe("a body that the origin breaks off", () => {
  it.each([
    ["with a Content-Length", "/bytes/1000000?truncate=300000"],
    ["with a Content-Length, early", "/bytes/1000000?truncate=10"],
    ["in chunks", "/bytes/1000000?truncate=300000&chunked=1"],
    ["in chunks, early", "/bytes/1000000?truncate=10&chunked=1"],
    ["by a reset", "/bytes/1000000?truncate=300000&reset=1"],
    ["in chunks by a reset", "/bytes/1000000?truncate=300000&chunked=1&reset=1"],
  ])("%s is never complete for the client", async (_, path) => {
    const response = await send("GET", path).catch(() => undefined);
    expect(response?.isComplete ?? false).toBe(false);
    expect(response?.body.length ?? 0).toBeLessThan(1_000_000);
  });

  it("is an error of transfer for curl", async () => {
    const { code } = await run("curl", [
      "-s",
      "-o",
      "/dev/null",
      `${wallet.edge.url}/bytes/1000000?truncate=1000`,
    ]);
    // 18: partial file; 56: failure in receiving.
    expect([18, 56]).toContain(code);
  });
});
