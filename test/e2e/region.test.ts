// The demo region does what the other tests take for granted: it counts, and it breaks in every way it is told to.
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openRaw, rawRequest, sendRaw } from "../support/raw.ts";
import { type Region, startRegion } from "../support/region.ts";

let region: Region;
beforeAll(async () => {
  region = await startRegion("hk");
});

async function withFault(change: Parameters<Region["set"]>[0]): Promise<void> {
  await region.set(change);
  onTestFinished(() => region.set({ fault: "none", faultRate: 1, scope: "all", capacity: 0, delayMs: 0 }));
}

const get = (path: string) => sendRaw(region.url, rawRequest(region.url, "GET", path));

describe("the demo region", () => {
  it("counts requests by path and user, and each payment", async () => {
    await region.resetCounts();
    await fetch(`${region.url}/api/balance`, { headers: { cookie: "lang=en; sid=u1" } });
    const body = JSON.stringify({ paymentId: "p-1", amount: "8.80", currency: "HKD" });
    const paid = await fetch(`${region.url}/api/pay`, { method: "POST", body });
    await fetch(`${region.url}/api/pay`, { method: "POST", body });
    const status = await fetch(`${region.url}/api/pay/p-1`);
    expect(paid.status).toBe(201);
    expect(await status.json()).toMatchObject({ paymentId: "p-1", status: "settled", received: 2 });
    expect(await region.counts()).toMatchObject({
      byPath: { "/api/balance": 1, "/api/pay": 2 },
      byUser: { u1: 1 },
      byPayment: { "p-1": 2 },
      maxPerPayment: 2,
    });
  });

  it("counts a client that left before its answer", async () => {
    await region.resetCounts();
    const client = openRaw(region.url);
    client.socket.write(rawRequest(region.url, "GET", "/slow?ms=20000"));
    await expect.poll(async () => (await region.counts()).inFlight).toBe(1);
    const leftMs = Date.now();
    client.socket.destroy();
    await expect.poll(async () => (await region.counts()).aborted).toMatchObject([{ path: "/slow" }]);
    expect((await region.counts()).aborted[0]?.atMs).toBeLessThan(leftMs + 500);
  });

  it.each(["close", "reset", "malformed"] as const)("%s: no HTTP answer", async (fault) => {
    await withFault({ fault });
    await expect(get("/api/balance")).rejects.toThrow(/connection ended|not an HTTP status line/);
  });

  it("refuse: no connection, and a good one on the same port afterwards", async () => {
    await withFault({ fault: "refuse" });
    await expect(get("/api/balance")).rejects.toThrow("ECONNREFUSED");
    await region.set({ fault: "none" });
    expect((await get("/api/balance")).status).toBe(200);
  });

  it("truncate: fewer bytes than Content-Length", async () => {
    await withFault({ fault: "truncate" });
    await region.resetCounts();
    expect(await get("/api/balance")).toMatchObject({ status: 200, isComplete: false });
    expect((await region.counts()).abortedTotal).toBe(0);
  });

  it("hang and headers-then-hang: the client's leaving is what ends it", async () => {
    for (const fault of ["hang", "headers-then-hang"] as const) {
      await withFault({ fault });
      await region.resetCounts();
      const client = openRaw(region.url);
      client.socket.write(rawRequest(region.url, "GET", "/api/balance"));
      await expect.poll(async () => (await region.counts()).inFlight).toBe(1);
      client.socket.destroy();
      await expect.poll(async () => (await region.counts()).abortedTotal).toBe(1);
    }
  });

  it("slow-headers and trickle: bytes come one after another", async () => {
    for (const fault of ["slow-headers", "trickle"] as const) {
      await withFault({ fault });
      const client = openRaw(region.url);
      client.socket.write(rawRequest(region.url, "GET", "/api/balance"));
      await expect.poll(() => client.chunks.length, { timeout: 5_000 }).toBeGreaterThan(3);
    }
  });

  it("grey: health is well while traffic fails", async () => {
    await withFault({ fault: "grey" });
    expect((await get("/healthz")).status).toBe(200);
    expect((await get("/api/balance")).status).toBe(500);
  });

  it("flap: refuses, serves, refuses", async () => {
    await withFault({ fault: "flap", flapMs: 100 });
    const seen = async () => (await get("/healthz").catch(() => undefined))?.status;
    await expect.poll(seen, { interval: 10 }).toBe(200);
    await expect.poll(seen, { interval: 10 }).toBe(undefined);
    await expect.poll(seen, { interval: 10 }).toBe(200);
  });

  it("a fault keeps to its scope and rate", async () => {
    await withFault({ fault: "status-503", scope: "writes" });
    expect((await get("/api/balance")).status).toBe(200);
    await region.set({ scope: "all", faultRate: 0 });
    expect((await get("/api/balance")).status).toBe(200);
  });

  it("a payment is counted also when the fault hides its answer", async () => {
    await withFault({ fault: "reset" });
    const body = JSON.stringify({ paymentId: "p-lost", amount: "1", currency: "HKD" });
    await expect(fetch(`${region.url}/api/pay`, { method: "POST", body })).rejects.toThrow();
    expect((await region.counts()).byPayment["p-lost"]).toBe(1);
  });

  it("answers 503 with Retry-After above its capacity", async () => {
    await withFault({ capacity: 1 });
    const slow = get("/slow?ms=300");
    await expect.poll(async () => (await region.counts()).inFlight).toBe(1);
    const refused = await get("/api/balance");
    expect(refused.status).toBe(503);
    expect(refused.headers).toContainEqual(["Retry-After", "1"]);
    expect((await slow).status).toBe(200);
  });

  it("serves a page that names it, in the visitor's language", async () => {
    const page = async (language: string) =>
      (await fetch(`${region.url}/`, { headers: { "accept-language": language } })).text();
    expect(await page("zh-CN,zh;q=0.9")).toContain("香港");
    expect(await page("en-GB")).toContain("Hong Kong");
  });

  it("refuses a setting that it does not know", async () => {
    await expect(region.set({ fault: "nonsense" as "none" })).rejects.toThrow("fault");
  });
});
