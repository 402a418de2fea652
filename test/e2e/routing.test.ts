// A request finds its route by host, normalised path and method; a path that tries to trick the matcher gets 400.
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { pool } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { expectProblem } from "../support/problem.ts";
import { header, rawRequest, sendRaw } from "../support/raw.ts";
import { type Region, startRegion } from "../support/region.ts";

let hk: Region;
let sg: Region;
let jp: Region;
let edge: Edge;
beforeAll(async () => {
  [hk, sg, jp] = await Promise.all([startRegion("hk"), startRegion("sg"), startRegion("jp")]);
  const more = { affinity: "none" };
  edge = await startEdge({
    config: {
      pools: [pool("wallet", [hk], more), pool("pay", [sg], more), pool("partner", [jp], more)],
      routes: [
        { hosts: ["partner.example"], path: "/*", pool: "partner" },
        { path: "/api/pay/:id", methods: ["GET", "HEAD"], pool: "pay" },
        { path: "/api/*", methods: ["POST"], pool: "pay" },
        { path: "/api/pay/*", pool: "wallet" },
        { path: "/api/*", pool: "wallet" },
        { path: "/echo/*", pool: "wallet" },
        { path: "/echo", pool: "wallet" },
      ],
    },
  });
});
beforeEach(async () => {
  await Promise.all([hk, sg, jp].map((region) => region.resetCounts()));
});

const send = (method: string, target: string, lines: string[] = []) =>
  sendRaw(edge.url, rawRequest(edge.url, method, target, lines));

async function regionOf(method: string, target: string): Promise<string | undefined> {
  return header(await send(method, target, method === "POST" ? ["Content-Length: 0"] : []), "x-region");
}

describe("a route", () => {
  it.each([
    ["GET", "/api/pay/123", "sg"],
    ["HEAD", "/api/pay/123", "sg"],
    ["POST", "/api/pay", "sg"],
    ["PUT", "/api/pay/123", "hk"],
    ["GET", "/api/pay/123/more", "hk"],
    ["GET", "/api/balance", "hk"],
    ["GET", "/api/balance?x=/api/pay/1", "hk"],
  ])("%s %s goes to %s: the first match wins", async (method, target, region) => {
    expect(await regionOf(method, target)).toBe(region);
  });

  it.each(["partner.example", "PARTNER.Example", "partner.example:443"])(
    "is found by host %s",
    async (host) => {
      const response = await sendRaw(
        edge.url,
        `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      expect(header(response, "x-region")).toBe("jp");
    },
  );

  it.each([
    ["//api//balance"],
    ["/api/./balance"],
    ["/x/../api/balance"],
    ["/api/x/%2e%2e/balance"],
    ["/%61pi/b%61lance"],
    ["/api/balance?"],
  ])("is found by the normalised path: %s is /api/balance", async (target) => {
    expect(await regionOf("GET", target)).toBe("hk");
  });

  it.each([
    ["GET", "/%61pi/p%61y/123"],
    ["GET", "/api//pay/./123"],
    ["GET", "/api/balance/../pay/123"],
  ])("cannot be avoided by spelling: %s %s is /api/pay/123", async (method, target) => {
    expect(await regionOf(method, target)).toBe("sg");
  });

  it.each(["/", "/nothing", "/API/balance", "/apix", "/ap"])("none for %s: 404 problem", async (target) => {
    expectProblem(await send("GET", target), 404, [String(hk.port), "127.0.0.1"]);
  });

  it("none for a method: 404 problem, and no origin is asked", async () => {
    const only = await startEdge({
      config: {
        pools: [pool("wallet", [hk])],
        routes: [{ path: "/api/*", methods: ["POST"], pool: "wallet" }],
      },
    });
    expectProblem(await sendRaw(only.url, rawRequest(only.url, "GET", "/api/balance")), 404);
    expect((await hk.counts()).byPath["/api/balance"]).toBeUndefined();
  });
});

describe("a path that is a trick", () => {
  it.each([
    "/api/..%2fadmin",
    "/api/..%2Fadmin",
    "/api/%2e%2e%2fadmin",
    "/api/%2e%2e%2Fadmin",
    "/api/..%5cadmin",
    "/api/balance%00",
    "/api/%00.json",
    "/api\\balance",
    "/api/%5cbalance",
    "/api/%0d%0aSet-Cookie:x",
    "/api/%0a",
    "/api/%1f",
    "/api/%7f",
    "/api/bal\u0001ance",
    "/api/bal\u007fance",
    "/api/bal\tance",
  ])("%j gets 400 and reaches no origin", async (target) => {
    const response = await send("GET", target);
    expect(response.status).toBe(400);
    for (const region of [hk, sg, jp]) {
      expect(Object.keys((await region.counts()).byPath).filter((path) => path !== "/healthz")).toEqual([]);
    }
  });

  it("gets a problem that says so when the edge itself answers", async () => {
    expectProblem(await send("GET", "/api/..%2fadmin"), 400, [String(hk.port)]);
  });

  it.each([
    "/echo//evil.example/x",
    "//evil.example/echo",
    "/echo/http:evil.example",
    "/echo/@evil.example",
    "/echo/%40x",
  ])("%s never leaves the origin", async (target) => {
    const response = await send("GET", target);
    if (response.status === 200) expect(header(response, "x-region")).toBe("hk");
    else expectProblem(response, response.status);
  });

  it("an absolute target names the host to route by (RFC 9112, section 3.2.2)", async () => {
    const response = await sendRaw(
      edge.url,
      `GET http://partner.example/ HTTP/1.1\r\nHost: ${new URL(edge.url).host}\r\nConnection: close\r\n\r\n`,
    );
    // To route by it or to refuse it are right; to route by the other name is not.
    if (response.status === 200) expect(header(response, "x-region")).toBe("jp");
    else expect(response.status).toBeGreaterThanOrEqual(400);
  });
});

describe("the path that the origin sees", () => {
  it.each([
    ["/echo/a%2Bb", "/echo/a%2Bb"],
    ["/echo/%E4%BD%99", "/echo/%E4%BD%99"],
    ["/echo/a+b;v=1,2", "/echo/a+b;v=1,2"],
    ["/echo/%61", "/echo/a"],
    ["/echo/x/../y", "/echo/y"],
    ["//echo///y", "/echo/y"],
  ])("%s arrives as %s: what was matched is what is sent", async (target, seen) => {
    const response = await send("GET", target);
    expect(response.status).toBe(200);
    expect(JSON.parse(response.body.toString())).toMatchObject({ url: seen });
  });
});
