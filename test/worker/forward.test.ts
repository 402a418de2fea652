import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { compile } from "../../src/edge/compiled.ts";
import { forward } from "../../src/edge/forward.ts";
import { openVisit } from "../../src/edge/visit.ts";
import type { Ejection } from "../../src/policy/ejection.ts";
import { spendBudget } from "../../src/policy/retry-budget.ts";
import { drainOf, type PoolGiven, snapshotWith } from "./pools.ts";

const NOW_MS = 1_700_000_000_000;
const HOUR_MS = 3_600_000;
const TRIAL: Ejection = {
  kind: "trial",
  times: 1,
  changedAtMs: NOW_MS - 40_000,
  reason: "consecutive-failures",
  monitorSawIt: false,
  endsAtMs: NOW_MS - 10_000,
  successes: 0,
};

const origin = vi.fn<(name: string, init: RequestInit | undefined) => Promise<Response>>();
const reportSoon = vi.fn();

/** An edge whose origins are `origin`; every request is a user's of its own unless one is named. */
function edgeOf(given: PoolGiven) {
  let compiled = compile(snapshotWith(given), undefined, NOW_MS, 0);
  const behind: Promise<unknown>[] = [];
  const poolNow = () => {
    const [pool] = compiled.pools;
    if (pool === undefined) throw new Error("no pool");
    return pool;
  };
  return {
    budget: poolNow().memory.budget,
    take(changed: PoolGiven): void {
      compiled = compile(snapshotWith(changed), compiled, NOW_MS, 0);
    },
    async ask(init: RequestInit = {}, user = crypto.randomUUID()): Promise<Response> {
      const pool = poolNow();
      const visit = openVisit(new Request("https://edge.example/api/x", init), compiled, Date.now(), {
        waitUntil: (work: Promise<unknown>) => {
          behind.push(work);
        },
      });
      visit.path = "/api/x";
      visit.caller = { address: undefined, key: user, kind: "session" };
      visit.pool = pool;
      return forward(visit, pool, { onEjected: reportSoon, onFinal: () => undefined });
    },
  };
}

const asked = (): string[] => origin.mock.calls.map(([name]) => name);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW_MS });
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  origin.mockReset();
  origin.mockImplementation(async (name) => new Response(`from ${name}`));
  reportSoon.mockReset();
  vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => {
    const target = input instanceof Request ? input.url : String(input);
    return origin(new URL(target).hostname.split(".")[0] ?? "", init);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("a read on trial that fails", () => {
  const given: PoolGiven = { origins: { hk: 1, sg: 1 }, health: { hk: { ejection: TRIAL } } };

  it("is answered by another origin: the user notices nothing", async () => {
    origin.mockImplementation(async (name) => new Response(name, { status: name === "hk" ? 503 : 200 }));
    const response = await edgeOf(given).ask();
    expect(response.status).toBe(200);
    expect(asked()).toEqual(["hk", "sg"]);
  });

  it("is answered by another though the retry budget is spent, and is the only one of its ejection", async () => {
    origin.mockImplementation(async (name) => new Response(name, { status: name === "hk" ? 503 : 200 }));
    const edge = edgeOf(given);
    for (let token = 0; token < 10; token++) spendBudget(edge.budget);
    for (let request = 0; request < 20; request++) expect((await edge.ask()).status).toBe(200);
    expect(asked().slice(0, 2)).toEqual(["hk", "sg"]);
    expect(asked().filter((name) => name === "hk")).toHaveLength(1);
  });
});

describe("an origin that fails", () => {
  it("is reported at once when the fifth failure in a row ejects it, and asked no more", async () => {
    const edge = edgeOf({ origins: { hk: 1, sg: 1 } });
    origin.mockImplementation(async (name) => {
      if (name === "hk") throw new Error("refused");
      return new Response("from sg");
    });
    for (let request = 0; request < 40; request++) await edge.ask();
    expect(asked().filter((name) => name === "hk")).toHaveLength(5);
    expect(reportSoon).toHaveBeenCalledTimes(1);
  });

  it("gets a payment exactly once, and no other origin gets it", async () => {
    const edge = edgeOf({ origins: { hk: 1, sg: 1 } });
    origin.mockRejectedValue(new Error("reset"));
    const response = await edge.ask({ method: "POST", body: "pay" });
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ type: expect.stringContaining("outcome-unknown") });
    expect(asked()).toHaveLength(1);
  });
});

describe("a pool in which most is out", () => {
  const given: PoolGiven = {
    origins: { hk: 1, sg: 1, fra: 1 },
    health: { hk: { probes: "unhealthy" }, sg: { probes: "unhealthy" } },
  };

  it("answers reads from all", async () => {
    const edge = edgeOf(given);
    for (let request = 0; request < 60; request++) expect((await edge.ask()).status).toBe(200);
    expect(new Set(asked())).toEqual(new Set(["hk", "sg", "fra"]));
  });

  it("gives writes the busy answer and asks nobody", async () => {
    const response = await edgeOf(given).ask({ method: "POST", body: "pay" });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(await response.json()).toMatchObject({ type: expect.stringContaining("busy") });
    expect(asked()).toEqual([]);
  });
});

describe("a pool in maintenance", () => {
  const startMs = NOW_MS - HOUR_MS;
  const window = (more = {}) => ({
    id: 1,
    kind: "maintenance" as const,
    pool: "wallet",
    startMs,
    endMs: NOW_MS + HOUR_MS,
    drainMs: 0,
    ...more,
  });
  const inMaintenance = (overrides: PoolGiven["overrides"] = [window()]) =>
    edgeOf({ origins: { hk: 1, sg: 1 }, overrides });

  it("says so to everybody, with the end and how long to wait, and asks no origin", async () => {
    for (const method of ["GET", "POST"]) {
      const response = await inMaintenance().ask(method === "POST" ? { method, body: "pay" } : { method });
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("3600");
      expect(await response.json()).toMatchObject({
        type: expect.stringContaining("maintenance"),
        endsAt: new Date(NOW_MS + HOUR_MS).toISOString(),
      });
    }
    expect(asked()).toEqual([]);
  });

  it("tells the end of the origin that comes back first", async () => {
    const response = await inMaintenance([
      window({ origin: "hk" }),
      window({ id: 2, origin: "sg", endMs: NOW_MS + 60_000 }),
    ]).ask();
    expect(response.headers.get("retry-after")).toBe("60");
  });

  it.each([
    ["zh-CN,zh;q=0.9,en;q=0.8", "四点恢复。"],
    ["zh", "四点恢复。"],
    ["en-GB", "Back at four."],
    ["fr", "Back at four."],
    ["", "Back at four."],
  ])("speaks the reader's language where it can: %s", async (language, text) => {
    const message = { en: "Back at four.", "zh-CN": "四点恢复。" };
    const response = await inMaintenance([window({ message })]).ask({
      headers: { "accept-language": language },
    });
    expect(await response.json()).toMatchObject({ detail: text });
  });

  it("without a known end says when to ask again", async () => {
    const { endMs: _, ...endless } = window();
    const response = await inMaintenance([endless]).ask();
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("300");
    expect(await response.json()).not.toHaveProperty("endsAt");
  });
});

describe("a user whom an origin has answered", () => {
  it("stays there when it drains, and one whom it only refused goes elsewhere", async () => {
    const users = Array.from({ length: 40 }, (_, index) => `user-${index}`);
    const edge = edgeOf({ origins: { hk: 1, sg: 1 }, pool: { ejection: { enabled: false } } });
    origin.mockImplementation(async (name, init) => {
      const isWrite = init?.method === "POST";
      if (name === "hk" && isWrite) throw new Error("reset");
      return new Response(name);
    });
    const answered = users.slice(0, 20);
    const atHk: string[] = [];
    for (const user of answered) {
      if ((await (await edge.ask({}, user)).text()) === "hk") atHk.push(user);
    }
    for (const user of users.slice(20)) await edge.ask({ method: "POST", body: "pay" }, user);
    edge.take({ origins: { hk: 1, sg: 1 }, overrides: [drainOf("hk")] });
    const stayed: string[] = [];
    for (const user of users) {
      if ((await (await edge.ask({}, user)).text()) === "hk") stayed.push(user);
    }
    expect(atHk.length).toBeGreaterThan(3);
    expect(stayed).toEqual(atHk);
  });
});
