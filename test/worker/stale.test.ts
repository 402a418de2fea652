import { env, exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { controlStub } from "../../src/config/env.ts";
import { loadConfig } from "../../src/config/load.ts";
import { firstSnapshot } from "../../src/config/snapshot.ts";
import { type Compiled, compile } from "../../src/edge/compiled.ts";
import { forward } from "../../src/edge/forward.ts";
import { problem } from "../../src/edge/problem.ts";
import { route } from "../../src/edge/route.ts";
import { openVisit, spellPath, type Visit } from "../../src/edge/visit.ts";
import type { TomlTable } from "../support/toml.ts";
import { bundleOf, walletToml } from "./support.ts";

const START_MS = 1_800_000_000_000;
const MIB = 1024 * 1024;
const STALE_ROUTE = { path: "/*", pool: "wallet", stale_if_error: "5m" };

const origin = vi.fn<typeof fetch>();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
  origin.mockReset();
  vi.spyOn(globalThis, "fetch").mockImplementation(origin);
  // No body is watched for truncation, unless a test says so.
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function compiledOf(more: TomlTable = {}): Compiled {
  const toml = walletToml({ hk: 1, sg: 1 }, { routes: [STALE_ROUTE], ...more });
  const loaded = loadConfig(toml, { file: "tidegate.toml", environment: "production" });
  if (loaded.kind === "invalid") throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return compile(firstSnapshot(loaded.config, 1), undefined, Date.now(), 0);
}

let tests = 0;

/** An edge that has just started, and an address that no other test has. */
async function newEdge(more: TomlTable = {}) {
  vi.resetModules();
  const { withStale } = await import("../../src/edge/stale.ts");
  const snapshot = compiledOf(more);
  tests += 1;
  const url = `https://pay.example/rates/${tests}`;
  const behind: Promise<unknown>[] = [];
  const ctx = { waitUntil: (work: Promise<unknown>): void => void behind.push(work) };
  const through = async (
    request: Request,
    stages: (visit: Visit) => Promise<Response>,
    config: Compiled,
  ): Promise<Response> => {
    const visit = openVisit(request, config, Date.now(), ctx);
    spellPath(visit);
    route(visit);
    return withStale(visit, () => stages(visit));
  };
  return {
    url,
    behind,
    snapshot,
    /** A request through the stage, with `fetch` as the origins. */
    ask: (init: RequestInit = {}, target = url, config = snapshot) =>
      through(
        new Request(target, init),
        (visit) => {
          if (visit.pool === undefined) throw new Error("no route");
          return forward(visit, visit.pool, () => undefined);
        },
        config,
      ),
    /** A request through the stage, with an answer of the test's making. */
    askFor: (answer: Response) => through(new Request(url), async () => answer, snapshot),
    send: (request: Request, answer: Response) => through(request, async () => answer, snapshot),
    async settled() {
      for (let work = behind.shift(); work !== undefined; work = behind.shift()) await work;
    },
  };
}

type Edge = Awaited<ReturnType<typeof newEdge>>;

function answering(body: string, headers: Record<string, string> = {}, status = 200): void {
  origin.mockImplementation(
    async () =>
      new Response(body, {
        status,
        headers: { "content-length": String(body.length), "cache-control": "max-age=60", ...headers },
      }),
  );
}

function down(): void {
  origin.mockImplementation(async () => {
    throw new Error("connection refused");
  });
}

/** One good answer, seen to its end; then no origin answers any more. */
async function keptAt(
  edge: Edge,
  headers: Record<string, string> = {},
  init: RequestInit = {},
): Promise<void> {
  answering("good", headers);
  expect(await (await edge.ask(init)).text()).toBe("good");
  await edge.settled();
  down();
}

async function isServed(answer: Response): Promise<boolean> {
  const text = await answer.text();
  if (answer.status === 200) expect(text).toBe("good");
  else expect(answer.headers.has("cache-status")).toBe(false);
  return answer.status === 200;
}

describe("a kept answer", () => {
  it("answers when no origin does, and says how old it is", async () => {
    const edge = await newEdge();
    await keptAt(edge, { "content-type": "application/json", etag: '"7"', "x-rate": "7.8", age: "10" });
    vi.setSystemTime(START_MS + 70_500);
    const answer = await edge.ask();
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe("good");
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "application/json",
      "cache-control": "max-age=60",
      etag: '"7"',
      "x-rate": "7.8",
      via: "1.1 tidegate",
      age: "80",
      "cache-status": "tidegate; hit; ttl=-21; detail=stale-if-error",
    });
    expect(answer.headers.has("server-timing")).toBe(false);
  });

  it("was already as old as it took to come (RFC 9111 §4.2.3)", async () => {
    const edge = await newEdge();
    origin.mockImplementation(async () => {
      vi.setSystemTime(START_MS + 3000);
      return new Response("good", { headers: { "content-length": "4", age: "10" } });
    });
    await (await edge.ask()).text();
    await edge.settled();
    down();
    expect((await edge.ask()).headers.get("age")).toBe("13");
  });

  it("says so too while it is fresh", async () => {
    const edge = await newEdge();
    await keptAt(edge);
    vi.setSystemTime(START_MS + 5000);
    const { headers } = await edge.ask();
    expect(headers.get("age")).toBe("5");
    expect(headers.get("cache-status")).toBe("tidegate; hit; ttl=55; detail=stale-if-error");
  });

  it("uses the edge's name and stands after the origin's own Cache-Status", async () => {
    const edge = await newEdge({ edge: { name: "edge-1" } });
    await keptAt(edge, { "cache-status": "origin; fwd=miss" });
    expect((await edge.ask()).headers.get("cache-status")).toMatch(/^origin; fwd=miss, edge-1; hit; ttl=/);
  });

  it("does not tell which region it came from", async () => {
    const edge = await newEdge({ edge: { debug_headers: true } });
    answering("good");
    expect((await edge.ask()).headers.has("tidegate-origin")).toBe(true);
    await edge.settled();
    down();
    const { headers } = await edge.ask();
    expect(headers.has("cache-status")).toBe(true);
    expect(headers.has("tidegate-origin")).toBe(false);
    expect(headers.has("tidegate-attempts")).toBe(false);
  });

  it.each([500, 502, 503, 504])(
    "answers in the place of an origin's %i, whose body is let go",
    async (status) => {
      const edge = await newEdge();
      await keptAt(edge);
      const cancelled = vi.fn();
      origin.mockImplementation(
        async () => new Response(new ReadableStream({ cancel: cancelled }), { status }),
      );
      expect(await isServed(await edge.ask())).toBe(true);
      expect(cancelled).toHaveBeenCalled();
    },
  );

  it("answers in the place of an error whose body has broken off", async () => {
    const edge = await newEdge();
    await keptAt(edge);
    const broken = new ReadableStream({ start: (controller) => controller.error(new Error("cut off")) });
    expect(await isServed(await edge.askFor(new Response(broken, { status: 503 })))).toBe(true);
    await edge.settled();
  });

  it("answers in the place of a 503 with Retry-After, and of what the platform says for an origin", async () => {
    const edge = await newEdge();
    await keptAt(edge);
    answering("later", { "retry-after": "5" }, 503);
    expect(await isServed(await edge.ask())).toBe(true);
    answering("error code: 521", {}, 521);
    expect(await isServed(await edge.ask())).toBe(true);
  });

  it("answers when the origins take too long", async () => {
    const edge = await newEdge({ pool: { timeout: "100ms" } });
    await keptAt(edge);
    origin.mockImplementation(
      (_target, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener("abort", () => reject(new Error("aborted")));
        }),
    );
    expect(await isServed(await edge.ask())).toBe(true);
  });

  it.each(["no-origin", "busy", "origin-unreachable", "origin-timeout"] as const)(
    "answers in the place of the edge's own word: %s",
    async (name) => {
      const edge = await newEdge();
      await keptAt(edge);
      expect(await isServed(await edge.askFor(problem(name, { requestId: "1", method: "GET" })))).toBe(true);
    },
  );

  it.each([301, 304, 400, 401, 403, 404, 410, 429, 501, 505])("leaves a %i as it was", async (status) => {
    const edge = await newEdge();
    await keptAt(edge);
    const answer = await edge.askFor(new Response(null, { status, headers: { "x-own": "1" } }));
    expect(answer.status).toBe(status);
    expect(answer.headers.get("x-own")).toBe("1");
  });

  it("leaves the maintenance of the whole pool as it was, with its end", async () => {
    const window = {
      start: new Date(START_MS).toISOString(),
      end: new Date(START_MS + 60_000).toISOString(),
    };
    const edge = await newEdge();
    await keptAt(edge);
    const inMaintenance = compiledOf({ maintenance: [{ pool: "wallet", ...window }] });
    const answer = await edge.ask({}, edge.url, inMaintenance);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("60");
    expect(await answer.json()).toMatchObject({ title: "Maintenance" });
  });

  it("answers while one origin is in maintenance and the other fails", async () => {
    const window = {
      start: new Date(START_MS).toISOString(),
      end: new Date(START_MS + 60_000).toISOString(),
    };
    const edge = await newEdge();
    await keptAt(edge);
    const config = compiledOf({ maintenance: [{ pool: "wallet", origin: "hk", ...window }] });
    expect(await isServed(await edge.ask({}, edge.url, config))).toBe(true);
  });

  it("is replaced by a newer one after ten seconds", async () => {
    const edge = await newEdge();
    await keptAt(edge);
    answering("newer");
    await edge.ask();
    await edge.settled();
    vi.setSystemTime(START_MS + 10_000);
    answering("newest");
    await edge.ask();
    await edge.settled();
    down();
    const answer = await edge.ask();
    expect(await answer.text()).toBe("newest");
    expect(answer.headers.get("age")).toBe("0");
  });

  it("answers at other edges of the same place", async () => {
    const first = await newEdge();
    await keptAt(first);
    const second = await newEdge();
    expect(await isServed(await second.ask({}, first.url))).toBe(true);
  });

  it("is the same to every spelling of its path, and comes whole with any bytes", async () => {
    const edge = await newEdge();
    const bytes = new Uint8Array(256).map((_, index) => index);
    origin.mockImplementation(async () => new Response(bytes, { headers: { "content-length": "256" } }));
    await (await edge.ask()).arrayBuffer();
    await edge.settled();
    down();
    const answer = await edge.ask({}, edge.url.replace("/rates", "//x/../%72ates"));
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes);
  });

  it("is kept also when the body's end is watched for the health of its origin", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const edge = await newEdge();
    await keptAt(edge);
    expect(await isServed(await edge.ask())).toBe(true);
  });

  it("is coded as it was, perhaps to other bytes", async () => {
    const edge = await newEdge();
    await keptAt(edge, { "content-encoding": "gzip", "content-length": "24", etag: '"7"' });
    const answer = await edge.ask();
    expect(answer.headers.get("content-encoding")).toBe("gzip");
    expect(answer.headers.has("content-length")).toBe(false);
    expect(answer.headers.get("etag")).toBe('W/"7"');
    expect(await isServed(answer)).toBe(true);
  });
});

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

describe("time", () => {
  it("ends a kept answer with its fresh time and the route's", async () => {
    const edge = await newEdge();
    await keptAt(edge);
    vi.setSystemTime(START_MS + 359_999);
    expect(await isServed(await edge.ask())).toBe(true);
    vi.setSystemTime(START_MS + 360_000);
    expect(await isServed(await edge.ask())).toBe(false);
  });

  it("is shorter when the origin says so", async () => {
    const edge = await newEdge();
    await keptAt(edge, { "cache-control": "max-age=10, stale-if-error=20" });
    vi.setSystemTime(START_MS + 29_999);
    expect(await isServed(await edge.ask())).toBe(true);
    vi.setSystemTime(START_MS + 30_000);
    expect(await isServed(await edge.ask())).toBe(false);
  });

  it("is the route's of now, when that has become shorter since", async () => {
    const edge = await newEdge();
    await keptAt(edge);
    const shorter = compiledOf({ routes: [{ ...STALE_ROUTE, stale_if_error: "10s" }] });
    vi.setSystemTime(START_MS + 70_000);
    expect(await isServed(await edge.ask({}, edge.url, shorter))).toBe(false);
    vi.setSystemTime(START_MS + 69_999);
    expect(await isServed(await edge.ask({}, edge.url, shorter))).toBe(true);
  });
});

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

describe("the size of what is kept", () => {
  const put = () => vi.spyOn(caches.default, "put");

  it.each([
    [MIB, true],
    [MIB + 1, false],
  ])("%i bytes by Content-Length: kept %s", async (bytes, isKept) => {
    const edge = await newEdge();
    const stored = put();
    answering("x".repeat(bytes));
    const answer = await edge.ask();
    expect(edge.behind.length).toBe(isKept ? 1 : 0);
    expect((await answer.text()).length).toBe(bytes);
    await edge.settled();
    expect(stored).toHaveBeenCalledTimes(isKept ? 1 : 0);
    down();
    expect((await edge.ask()).status).toBe(isKept ? 200 : 502);
  });

  it("counts bytes as they come, whatever length was said", async () => {
    const edge = await newEdge();
    const stored = put();
    answering("x".repeat(MIB + 1), { "content-encoding": "gzip", "content-length": "1000" });
    expect((await (await edge.ask()).text()).length).toBe(MIB + 1);
    await edge.settled();
    expect(stored).not.toHaveBeenCalled();
  });

  it("does not touch a stream without a length", async () => {
    const edge = await newEdge();
    const stream = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) });
    const response = new Response(stream);
    expect(await edge.askFor(response)).toBe(response);
    expect(edge.behind).toEqual([]);
    expect(response.body?.locked).toBe(false);
  });

  it("is bounded for all copies together", async () => {
    const edge = await newEdge();
    const stored = put();
    answering("x".repeat(MIB));
    for (let n = 0; n < 20; n++) await (await edge.ask({}, `${edge.url}?${n}`)).arrayBuffer();
    await edge.settled();
    expect(stored).toHaveBeenCalledTimes(16);
  });
});

describe("a body that breaks off", () => {
  it.each([
    ["an error", (controller: ReadableStreamDefaultController) => controller.error(new Error("cut off"))],
    ["an early end", (controller: ReadableStreamDefaultController) => controller.close()],
  ])("with %s is not kept, and the next whole one is", async (_how, end) => {
    const edge = await newEdge();
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("go"));
        end(controller);
      },
    });
    const answer = await edge.askFor(new Response(body, { headers: { "content-length": "4" } }));
    await answer.text().catch(() => undefined);
    await edge.settled();
    down();
    expect(await isServed(await edge.ask())).toBe(false);
    await keptAt(edge);
    expect(await isServed(await edge.ask())).toBe(true);
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
