import { describe, expect, it, vi } from "vitest";
import {
  answering,
  compiledOf,
  down,
  isServed,
  keptAt,
  MIB,
  newEdge,
  STALE_ROUTE,
  START_MS,
  useStaleOrigins,
} from "./stale-edge.ts";

useStaleOrigins();

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
