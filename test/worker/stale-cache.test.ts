import { env, exports } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { controlStub } from "../../src/config/env.ts";
import { answering, down, isServed, keptAt, newEdge, START_MS, useStaleOrigins } from "./stale-edge.ts";
import { bundleOf, walletToml } from "./support.ts";

useStaleOrigins();

describe("the whole edge", () => {
  it("answers with what it kept on a route that opted in, and with the error on another", async () => {
    vi.useRealTimers();
    const routes = [
      { path: "/open/*", pool: "wallet", stale_if_error: "5m" },
      { path: "/*", pool: "wallet" },
    ];
    const bundle = bundleOf("stale", 4_000_000_000_000);
    await controlStub(env).adopt(bundle, walletToml({ hk: 1, sg: 1 }, { routes }));
    const ask = (path: string) => exports.default.fetch(new Request(`https://whole.example/${path}`));
    const put = vi.spyOn(caches.default, "put");
    const isKept = () => put.mock.calls.some(([address]) => String(address).includes("stale.tidegate"));
    answering("good");
    await expect
      .poll(async () => (await (await ask(`open/${Math.floor(performance.now())}`)).text()) && isKept(), {
        timeout: 5000,
      })
      .toBe(true);
    for (const path of ["open/rates", "rates"]) await (await ask(path)).text();
    await Promise.all(put.mock.results.map(({ value }) => value));
    down();
    await expect.poll(async () => isServed(await ask("open/rates"))).toBe(true);
    expect((await ask("rates")).status).toBeGreaterThanOrEqual(500);
  });
});

describe("the client's answer", () => {
  it("does not wait for the cache", async () => {
    const edge = await newEdge();
    const stored = vi.spyOn(caches.default, "put").mockImplementation(() => new Promise(() => undefined));
    answering("good", { "x-own": "1" });
    const answer = await edge.ask();
    expect(await answer.text()).toBe("good");
    expect(answer.headers.get("x-own")).toBe("1");
    expect(answer.headers.get("content-length")).toBe("4");
    expect(answer.headers.has("cache-status")).toBe(false);
    await expect.poll(() => stored.mock.calls.length).toBe(1);
  });

  it("is the error after a quarter of a second when the cache hangs", async () => {
    const edge = await newEdge();
    await keptAt(edge);
    vi.spyOn(caches.default, "match").mockImplementation(() => new Promise(() => undefined));
    const startedAtMs = performance.now();
    expect(await isServed(await edge.ask())).toBe(false);
    expect(performance.now() - startedAtMs).toBeLessThan(2000);
  });
});

describe("a runtime without a cache", () => {
  const none = () => Promise.reject(new Error("No Cache was configured"));

  it("gives the answers and the errors as they are, and is asked at most once a minute", async () => {
    const put = vi.spyOn(caches.default, "put").mockImplementation(none);
    const match = vi.spyOn(caches.default, "match").mockImplementation(none);
    const edge = await newEdge();
    await keptAt(edge);
    expect(await isServed(await edge.ask())).toBe(false);
    answering("good");
    expect(await (await edge.ask({}, `${edge.url}/2`)).text()).toBe("good");
    await edge.settled();
    expect(put.mock.calls.length + match.mock.calls.length).toBe(1);

    put.mockRestore();
    match.mockRestore();
    vi.setSystemTime(START_MS + 60_000);
    await keptAt(edge);
    expect(await isServed(await edge.ask())).toBe(true);
  });

  it("may not even have the name", async () => {
    const edge = await newEdge();
    vi.stubGlobal("caches", undefined);
    try {
      await keptAt(edge);
      expect(await isServed(await edge.ask())).toBe(false);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe("what stands in the cache", () => {
  it("is of no use to anybody but this: an opaque body under a digest, without the origin's fields", async () => {
    const stored = vi.spyOn(caches.default, "put");
    const edge = await newEdge();
    await keptAt(edge, { vary: "Accept-Language", "cache-control": "s-maxage=1, stale-if-error=30" });
    const [address, response] = stored.mock.calls[0] ?? [];
    expect(address).toMatch(/^https:\/\/stale\.tidegate\.invalid\/1\/[0-9a-f]{64}$/);
    expect([...(response?.headers ?? [])]).toEqual([
      ["cache-control", "max-age=31"],
      ["content-type", "application/octet-stream"],
    ]);
    expect(await isServed(await edge.ask())).toBe(true);
  });

  it.each([
    ["nothing", ""],
    ["no line", "<html>"],
    ["no JSON", "<html>\nbody"],
    ["another value", "null\nbody"],
    ["too little", "{}\nbody"],
    [
      "a body that was cut off",
      '{"isPublic":true,"storedAtMs":1800000000000,"keepMs":60000,"freshMs":1,"ageMs":0,"length":5,"headers":[]}\nbody',
    ],
  ])("is ignored when it is broken: %s", async (_what, text) => {
    const stored = vi.spyOn(caches.default, "put");
    const edge = await newEdge();
    await keptAt(edge);
    const address = stored.mock.calls[0]?.[0];
    expect(address).toBeDefined();
    if (address === undefined) return;
    await caches.default.put(address, new Response(text, { headers: { "cache-control": "max-age=60" } }));
    expect(await isServed(await edge.ask())).toBe(false);
  });
});
