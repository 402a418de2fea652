// Which response headers reach the client: the origin's end-to-end ones, Via and Server-Timing, nothing hop-by-hop.
import { beforeAll, describe, expect, it } from "vitest";
import { header, rawRequest, sendRaw } from "../support/raw.ts";
import { startWallet, type Wallet } from "../support/wallet.ts";

let wallet: Wallet;
beforeAll(async () => {
  wallet = await startWallet();
});

const get = (path: string, url = wallet.edge.url) => sendRaw(url, rawRequest(url, "GET", path));

describe("response headers", () => {
  it("hop-by-hop ones and those that Connection names stay at the edge", async () => {
    const atOrigin = await get("/hop", wallet.region.url);
    expect(header(atOrigin, "x-secret")).toBeDefined();
    const response = await get("/hop");
    for (const name of ["X-Secret", "Keep-Alive", "Proxy-Authenticate", "Proxy-Connection"]) {
      expect(header(response, name), name).toBeUndefined();
    }
    expect(header(response, "connection") ?? "").not.toMatch(/secret/i);
    expect(header(response, "x-public")).toBe("for everybody");
    expect(response.body.toString()).toBe("hop\n");
  });

  it("Via names the edge", async () => {
    expect(header(await get("/api/balance"), "via")).toMatch(/^1\.1 [\w.-]*tidegate/i);
  });

  it("Server-Timing tells the origin's time and the edge's own", async () => {
    const timing = header(await get("/slow?ms=200"), "server-timing") ?? "";
    const duration = (name: string) => Number(new RegExp(`(?:^|, ?)${name};dur=([\\d.]+)`).exec(timing)?.[1]);
    expect(duration("origin")).toBeGreaterThanOrEqual(195);
    expect(duration("origin")).toBeLessThan(2_000);
    expect(duration("edge")).toBeGreaterThanOrEqual(0);
    expect(duration("edge")).toBeLessThan(100);
  });

  it("say nothing of the origin's name, address or attempts by default", async () => {
    const response = await get("/api/balance");
    for (const name of ["Tidegate-Origin", "Tidegate-Attempts"])
      expect(header(response, name)).toBeUndefined();
    expect(JSON.stringify(response.headers)).not.toContain(String(wallet.region.port));
  });

  it("tell origin and attempts when debug_headers is on", async () => {
    const debugged = await startWallet({ edge: { debug_headers: true } });
    const response = await get("/api/balance", debugged.edge.url);
    expect(header(response, "tidegate-origin")).toBe("hk");
    expect(header(response, "tidegate-attempts")).toBe("1");
  });
});
