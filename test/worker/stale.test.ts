import { describe, expect, it, vi } from "vitest";
import { problem } from "../../src/edge/problem.ts";
import {
  answering,
  compiledOf,
  down,
  isServed,
  keptAt,
  newEdge,
  origin,
  START_MS,
  useStaleOrigins,
} from "./stale-edge.ts";

useStaleOrigins();

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
