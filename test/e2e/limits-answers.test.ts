// What clients are told of limits: fields on every answer, 429 that is right to the second, a page for people.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { atEnd } from "../support/cleanup.ts";
import { pool } from "../support/config.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { limitedConfig } from "../support/limits.ts";
import { expectProblem } from "../support/problem.ts";
import { header, type RawResponse, rawRequest, sendRaw } from "../support/raw.ts";
import { type Region, startRegion } from "../support/region.ts";

const NEVER_BACK = { refill: 0 } as const;

let hk: Region;
let edge: Edge;
/** What the plain origin answers with, beside its body. */
let originFields: Record<string, string> = {};
beforeAll(async () => {
  const plain = await startPlainOrigin();
  hk = await startRegion("hk");
  const limits = [
    { name: "per-user", capacity: 60, refill: 20 },
    { name: "per-day", capacity: 60, refill: 60, interval: "24h" },
    { name: "pair", capacity: 2, refill: 1, interval: "2400ms" },
    { name: "once", capacity: 1, ...NEVER_BACK },
  ];
  const named = (path: string, limitNames: string[], more = {}) => ({
    path,
    pool: "wallet",
    limits: limitNames,
    ...more,
  });
  const config = limitedConfig(hk.url, limits, {
    pools: [
      pool("wallet", [hk], { affinity: "none" }),
      pool("plain", [{ name: "plain", url: plain }], { affinity: "none" }),
    ],
    routes: [
      named("/api/balance", ["per-user"]),
      named("/status/200", ["pair"]),
      named("/echo/once/*", ["once"]),
      named("/plain", ["per-day"], { pool: "plain" }),
    ],
  });
  edge = await startEdge({ config });
});

async function startPlainOrigin(): Promise<string> {
  const server: Server = createServer((_, response) => response.writeHead(200, originFields).end("plain"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

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

describe("an answer that was served under a limit", () => {
  it("tells the policy, what is left and when all of it is back", async () => {
    const first = await ask("/api/balance", { user: "told" });
    expect(first.status).toBe(200);
    expect(header(first, "ratelimit-policy")).toBe('"per-user";q=60;w=3');
    // A token comes back each 50 ms, which an answer may take.
    expect(header(first, "ratelimit")).toMatch(/^"per-user";r=(59;t=1|60;t=0)$/);
    expect(header(first, "retry-after")).toBeUndefined();
  });

  it("has no such fields where no limit holds", async () => {
    const { headers } = await ask("/nowhere", { user: "told" });
    expect(headers.map(([name]) => name.toLowerCase()).filter((name) => name.includes("limit"))).toEqual([]);
  });

  const OWN = { policy: '"per-day";q=60;w=86400', standing: '"per-day";r=59;t=1440' };
  it.each([
    {
      how: "beside the edge's",
      origin: ['"hourly";q=1000;w=3600', '"hourly";r=7;t=500'],
      told: [`${OWN.policy}, "hourly";q=1000;w=3600`, `${OWN.standing}, "hourly";r=7;t=500`],
    },
    {
      how: "in place of the edge's where they are stricter",
      origin: ['"per-day";q=5;w=90000', '"per-day";r=1;t=2000'],
      told: ['"per-day";q=5;w=90000', '"per-day";r=1;t=2000'],
    },
    {
      how: "but not where they are looser",
      origin: ['"per-day";q=900;w=1', '"per-day";r=800;t=0'],
      told: [OWN.policy, OWN.standing],
    },
    {
      how: "but not where they are malformed",
      origin: ["100;w=60, %%", "limit=100, remaining=99"],
      told: [OWN.policy, OWN.standing],
    },
  ])("carries an origin's own fields $how", async ({ how, origin: [policy = "", standing = ""], told }) => {
    originFields = { "RateLimit-Policy": policy, RateLimit: standing };
    const answer = await ask("/plain", { user: how.replaceAll(/\W/g, "-") });
    expect(answer.status).toBe(200);
    expect([header(answer, "ratelimit-policy"), header(answer, "ratelimit")]).toEqual(told);
  });
});

describe("429", () => {
  it("says in Retry-After to the second when the same request is served", async () => {
    const user = "patient";
    for (const _ of [1, 2]) expect((await ask("/status/200", { user })).status).toBe(200);
    const denials: { sentMs: number; receivedMs: number; seconds: number }[] = [];
    let servedMs = { sentMs: 0, receivedMs: 0 };
    while (servedMs.sentMs === 0) {
      const sentMs = performance.now();
      const answer = await ask("/status/200", { user });
      const receivedMs = performance.now();
      if (answer.status === 200) servedMs = { sentMs, receivedMs };
      else denials.push({ sentMs, receivedMs, seconds: Number(header(answer, "retry-after")) });
      await sleep(40);
    }
    expect(denials.map(({ seconds }) => seconds).filter((each) => ![1, 2, 3].includes(each))).toEqual([]);
    expect(denials[0]?.seconds).toBe(3);
    const last = denials.at(-1);
    for (const { sentMs, receivedMs, seconds } of denials) {
      // Not a second too many: whoever comes a second earlier than told is denied.
      expect(servedMs.receivedMs).toBeGreaterThan(sentMs + (seconds - 1) * 1000);
      // Not a second too few: nobody who has waited as told is denied again.
      expect(last?.sentMs).toBeLessThan(receivedMs + seconds * 1000);
    }
  });

  it("is problem+json for programs, with the policies that are violated, and kept by nobody", async () => {
    const user = "program";
    await ask("/echo/once/a", { user });
    const answer = await ask("/echo/once/a", { user });
    const problem = expectProblem(answer, 429, ["127.0.0.1", '"hk"', user]);
    expect(problem.type).toMatch(/quota-exceeded$/);
    expect(violated(answer)).toEqual(["once"]);
    expect(header(answer, "cache-control")).toBe("no-store");
    expect(header(answer, "ratelimit-policy")).toBe('"once";q=1');
    expect(header(answer, "ratelimit")).toBe('"once";r=0');
    // What never comes back promises nothing.
    expect(header(answer, "retry-after")).toBeUndefined();
  });

  it.each([
    ["zh-CN", "ltr", "请求过多"],
    ["en", "ltr", "Too many requests"],
    ["ar", "rtl", "[\u0600-\u06ff]{3}"],
  ])("is a page for people, in %s", async (language, direction, words) => {
    const lines = [
      "Accept: text/html,application/xhtml+xml,*/*;q=0.8",
      `Accept-Language: ${language},en;q=0.5`,
    ];
    const user = `reader-${language}`;
    for (const _ of [1, 2]) await ask("/status/200", { user });
    const answer = await ask("/status/200", { user, lines });
    expect(answer.status).toBe(429);
    expect(header(answer, "content-type")).toBe("text/html; charset=utf-8");
    expect(header(answer, "content-language")).toBe(language);
    expect(header(answer, "cache-control")).toBe("no-store");
    expect(header(answer, "retry-after")).toBe("3");
    expect(header(answer, "vary")).toMatch(/accept-language/i);
    const page = answer.body.toString();
    expect(page).toMatch(new RegExp(`<html[^>]*lang="${language}"`));
    expect(/dir="rtl"/.test(page)).toBe(direction === "rtl");
    expect(page).toMatch(new RegExp(words));
    expect(page).toContain('data-seconds="3"');
    expect(page).not.toContain(user);
  });

  it("to HEAD is the same without a body", async () => {
    const user = "head";
    for (const _ of [1, 2]) await ask("/status/200", { user, method: "HEAD" });
    const answer = await ask("/status/200", { user, method: "HEAD" });
    expect(answer.status).toBe(429);
    expect(header(answer, "retry-after")).toBe("3");
    expect(answer.body.length).toBe(0);
  });
});
