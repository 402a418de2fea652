// Several limits, costs and shared buckets: what a request must pay where, and that a denied one goes no further.
import { once } from "node:events";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { pool } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { limitedConfig } from "../support/limits.ts";
import { payment } from "../support/payment.ts";
import { type RawResponse, rawRequest, sendRaw } from "../support/raw.ts";
import { type Region, startRegion } from "../support/region.ts";

let hk: Region;
let edge: Edge;
beforeAll(async () => {
  hk = await startRegion("hk");
  const limits = [
    { name: "once", capacity: 1, refill: 0 },
    { name: "twelve", capacity: 12, refill: 0 },
    { name: "user-four", capacity: 4, refill: 0 },
    { name: "address-six", key: "ip", capacity: 6, refill: 0 },
    { name: "route-five", key: "all", capacity: 5, refill: 1, interval: "1h" },
    { name: "pool-seven", key: "all", capacity: 7, refill: 0 },
  ];
  const config = limitedConfig(hk.url, limits, {
    pools: [
      pool("wallet", [hk], { affinity: "none" }),
      pool("small", [hk], { affinity: "none", limits: ["pool-seven"] }),
    ],
    routes: [
      { path: "/ws", pool: "wallet", limits: ["once"] },
      { path: "/api/pay", pool: "wallet", limits: ["twelve"], cost: 5 },
      { path: "/echo/cheap", pool: "wallet", limits: ["twelve"] },
      { path: "/echo/both", pool: "wallet", limits: ["user-four", "address-six"] },
      { path: "/echo/everybody", pool: "wallet", limits: ["route-five"] },
      { path: "/echo/pool/a", pool: "small" },
      { path: "/echo/pool/*", pool: "small" },
    ],
  });
  edge = await startEdge({ config });
});

interface Asking {
  user: string;
  address?: string;
  method?: string;
  body?: string;
  lines?: string[];
}

function ask(path: string, { user, address = "203.0.113.7", method = "GET", body = "", lines = [] }: Asking) {
  const head = [`Cookie: sid=${user}`, `CF-Connecting-IP: ${address}`, ...lines];
  if (body !== "") head.push(`Content-Length: ${body.length}`, "Content-Type: application/json");
  return sendRaw(edge.url, rawRequest(edge.url, method, path, head, body));
}

const violated = (answer: RawResponse) =>
  (JSON.parse(answer.body.toString()) as { "violated-policies": string[] })["violated-policies"];

describe("a request that is denied", () => {
  it("never reaches the origin, a payment neither", async () => {
    await hk.settle();
    const pay = (id: string) =>
      ask("/api/pay", { user: "payer", method: "POST", body: payment(id).body ?? "" });
    const statuses = [];
    for (const id of ["p1", "p2", "p3", "p4"]) statuses.push((await pay(id)).status);
    // Twelve tokens, five for each payment; what is left still pays for what is cheap.
    expect(statuses).toEqual([201, 201, 429, 429]);
    const cheap = [];
    for (const _ of [1, 2, 3]) cheap.push((await ask("/echo/cheap", { user: "payer" })).status);
    expect(cheap).toEqual([200, 200, 429]);
    const { requests, byPayment } = await hk.counts();
    expect(byPayment).toEqual({ p1: 1, p2: 1 });
    expect(requests).toBe(4);
  });

  it("by one of two limits costs nothing at the other", async () => {
    const at = (user: string, address: string) => ask("/echo/both", { user, address });
    for (const _ of [1, 2, 3, 4]) expect((await at("two-a", "198.51.100.1")).status).toBe(200);
    for (const _ of [1, 2, 3]) expect(violated(await at("two-a", "198.51.100.1"))).toEqual(["user-four"]);
    // Of the address's six, four are gone: a denial by the user's limit took none.
    for (const _ of [1, 2]) expect((await at("two-b", "198.51.100.1")).status).toBe(200);
    for (const _ of [1, 2, 3]) expect(violated(await at("two-b", "198.51.100.1"))).toEqual(["address-six"]);
    for (const _ of [1, 2]) expect((await at("two-b", "198.51.100.2")).status).toBe(200);
    expect(violated(await at("two-b", "198.51.100.2"))).toEqual(["user-four"]);
  });

  it("to a WebSocket is denied before the upgrade", async () => {
    const connect = () => {
      const headers = { Cookie: "sid=socket", "CF-Connecting-IP": "203.0.113.7" };
      const socket = new WebSocket(`${edge.url.replace("http:", "ws:")}/ws`, { headers });
      socket.on("error", () => {});
      onTestFinished(() => socket.terminate());
      return socket;
    };
    const [greeting] = await once(connect(), "message");
    expect(JSON.parse(String(greeting))).toEqual({ region: "hk" });
    const [, answer] = await once(connect(), "unexpected-response");
    expect(answer.statusCode).toBe(429);
    expect((await hk.counts()).webSockets).toBe(1);
  });
});

describe("a limit for everybody together", () => {
  const users = Array.from({ length: 12 }, (_, index) => `all-${index}`);

  it("is one bucket for a route, and blames nobody", async () => {
    const statuses = [];
    for (const user of users) statuses.push((await ask("/echo/everybody", { user })).status);
    expect(statuses.filter((status) => status === 200).length).toBe(5);
    const lines = ["Accept: text/html", "Accept-Language: en"];
    const page = await ask("/echo/everybody", { user: "last", lines });
    expect(page.body.toString()).toContain("all users together");
  });

  it("is one bucket for all routes of a pool", async () => {
    const statuses = [];
    for (const [index, user] of users.entries())
      statuses.push((await ask(`/echo/pool/${index % 3}`, { user, address: `192.0.2.${index}` })).status);
    expect(statuses.filter((status) => status === 200).length).toBe(7);
  });
});
