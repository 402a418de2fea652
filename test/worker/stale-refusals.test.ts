import { describe, expect, it, vi } from "vitest";
import { route } from "../../src/edge/route.ts";
import { openVisit } from "../../src/edge/visit.ts";
import {
  answering,
  compiledOf,
  down,
  isServed,
  keptAt,
  newEdge,
  STALE_ROUTE,
  START_MS,
  useStaleOrigins,
} from "./stale-edge.ts";

useStaleOrigins();

describe("an answer is not kept", () => {
  it.each<[string, Record<string, string>]>([
    ["it sets a cookie", { "set-cookie": "sid=1", "cache-control": "public, max-age=60" }],
    ["it is private", { "cache-control": "private" }],
    ["it is not to be stored", { "cache-control": "no-store" }],
    ["it must be validated", { "cache-control": "no-cache" }],
    ["it must not be used stale", { "cache-control": "max-age=60, must-revalidate" }],
    ["it varies by a cookie", { vary: "Cookie" }],
    ["it varies by what the key does not hold", { vary: "X-Region" }],
    ["it varies by anything", { vary: "*" }],
    ["its time is over", { age: "360" }],
    ["it has no length", { "content-length": "" }],
  ])("when %s", async (_why, headers) => {
    const edge = await newEdge();
    await keptAt(edge, headers);
    expect(await isServed(await edge.ask())).toBe(false);
  });

  it.each<[string, RequestInit]>([
    ["Authorization", { headers: { authorization: "Bearer x" } }],
    ["a cookie", { headers: { cookie: "sid=1" } }],
    ["an API key", { headers: { "x-api-key": "1" } }],
    ["a user's number", { headers: { "x-user-id": "1" } }],
    ["a range", { headers: { range: "bytes=0-1" } }],
    ["an upgrade", { headers: { upgrade: "websocket" } }],
    ["another method in a header", { headers: { "x-http-method-override": "POST" } }],
    ["the wish that it is not stored", { headers: { "cache-control": "no-store" } }],
    ["the method HEAD", { method: "HEAD" }],
    ["the method POST", { method: "POST", body: "x" }],
    ["the method OPTIONS", { method: "OPTIONS" }],
  ])("of a request with %s, nor does a kept one answer it", async (_what, init) => {
    const edge = await newEdge();
    answering("good");
    await (await edge.ask(init)).text();
    await edge.settled();
    down();
    expect(await isServed(await edge.ask())).toBe(false);
    vi.setSystemTime(START_MS + 10_000);
    await keptAt(edge);
    const answer = await edge.ask(init);
    expect(answer.status).toBeGreaterThanOrEqual(500);
    expect(answer.headers.has("cache-status")).toBe(false);
    expect(await isServed(await edge.ask())).toBe(true);
  });

  it("of a GET with a body, nor does a kept one answer it", async () => {
    const edge = await newEdge();
    // Clients can send one, though Request's constructor refuses it.
    const withBody = () =>
      Object.defineProperty(new Request(edge.url), "body", { value: new Blob(["x"]).stream() });
    await keptAt(edge);
    vi.setSystemTime(START_MS + 10_000);
    const good = new Response("other", { headers: { "content-length": "5" } });
    expect(await edge.send(withBody(), good)).toBe(good);
    expect(edge.behind).toEqual([]);
    const error = new Response(null, { status: 503 });
    expect(await edge.send(withBody(), error)).toBe(error);
    expect(await isServed(await edge.ask())).toBe(true);
  });

  it.each([201, 203, 206, 404])("with status %i", async (status) => {
    const edge = await newEdge();
    answering("good", {}, status);
    await edge.ask();
    await edge.settled();
    down();
    expect(await isServed(await edge.ask())).toBe(false);
  });

  it("of a route without stale_if_error, which gets the forward stage's own promise and no copy", async () => {
    const put = vi.spyOn(caches.default, "put");
    const match = vi.spyOn(caches.default, "match");
    const edge = await newEdge({ routes: [{ path: "/*", pool: "wallet" }] });
    const { withStale } = await import("../../src/edge/stale.ts");
    const visit = openVisit(new Request(edge.url), edge.snapshot, START_MS, { waitUntil: () => undefined });
    route(visit);
    const promise = Promise.resolve(new Response("x"));
    expect(withStale(visit, () => promise)).toBe(promise);
    await keptAt(edge);
    expect(await isServed(await edge.ask())).toBe(false);
    expect(put).not.toHaveBeenCalled();
    expect(match).not.toHaveBeenCalled();
  });
});

describe("one user's answer", () => {
  it.each<[string, (url: string) => string]>([
    ["host", (url) => url.replace("pay.example", "pay2.example")],
    ["port", (url) => url.replace("pay.example", "pay.example:8443")],
    ["scheme", (url) => url.replace("https:", "http:")],
    ["path", (url) => `${url}/`],
    ["query", (url) => `${url}?`],
  ])("is never that of another %s", async (_what, change) => {
    const edge = await newEdge();
    await keptAt(edge);
    expect(await isServed(await edge.ask({}, change(edge.url)))).toBe(false);
  });

  it("is never that of another pool", async () => {
    const edge = await newEdge();
    await keptAt(edge);
    const pools = edge.snapshot.pools.map(({ config }) => ({
      name: "other",
      origins: config.origins.map(({ name, url }) => ({ name, url })),
    }));
    const other = compiledOf({ pools, routes: [{ ...STALE_ROUTE, pool: "other" }] });
    expect(await isServed(await edge.ask({}, edge.url, other))).toBe(false);
  });

  it.each(["accept", "accept-language", "accept-encoding", "origin"])(
    "is never that of a request with another %s, though the origin says no Vary",
    async (name) => {
      const edge = await newEdge();
      await keptAt(edge, {}, { headers: { [name]: "a" } });
      expect(await isServed(await edge.ask({ headers: { [name]: "b" } }))).toBe(false);
      expect(await isServed(await edge.ask())).toBe(false);
      expect(await isServed(await edge.ask({ headers: { [name]: "a" } }))).toBe(true);
    },
  );

  it("is shared between users with cookies when the origin says that it is public, and only then", async () => {
    const edge = await newEdge();
    await keptAt(edge, { "cache-control": "public, max-age=60" }, { headers: { cookie: "sid=1" } });
    expect(await isServed(await edge.ask({ headers: { cookie: "sid=2" } }))).toBe(true);
    expect(await isServed(await edge.ask())).toBe(true);
    expect(await isServed(await edge.ask({ headers: { authorization: "Bearer x" } }))).toBe(false);
  });

  it("is known by the fields of the configuration too", async () => {
    const limits = [{ name: "l", key: "header:X-Partner", capacity: 1, refill: 1 }];
    const identity = { api_keys: { header: "X-Key-Of-Ours", sha256: { a: "0".repeat(64) } } };
    const edge = await newEdge({ limits, identity });
    for (const name of ["x-partner", "x-key-of-ours"]) {
      vi.setSystemTime(Date.now() + 10_000);
      answering("secret");
      await (await edge.ask({ headers: { [name]: "1" } })).text();
      await edge.settled();
      down();
      expect((await edge.ask()).status).toBe(502);
    }
  });

  it("stays away from who wants a fresh one", async () => {
    const edge = await newEdge();
    await keptAt(edge);
    expect(await isServed(await edge.ask({ headers: { "cache-control": "no-cache" } }))).toBe(false);
    expect(await isServed(await edge.ask({ headers: { pragma: "no-cache" } }))).toBe(false);
  });
});
